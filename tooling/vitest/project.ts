import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfig } from "vitest/config";

// Not "module": it sends the AWS SDK to its bundler build, which Node cannot import.
const conditions = ["@kms/source", "node", "development|production"];

/** The vitest project of one package: its tests run from source, without a build. */
export const kmsProject = (name: string, overrides: NonNullable<ViteUserConfig["test"]> = {}): ViteUserConfig =>
  defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      include: ["test/**/*.test.ts"],
      testTimeout: 120_000,
      // One more than by itself: the main thread mostly waits, and of two cores one would idle.
      maxWorkers: availableParallelism(),
      ...overrides,
    },
  });
