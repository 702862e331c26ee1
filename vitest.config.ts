import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./tooling/vitest/reporter.ts";

export default defineConfig({
  test: {
    projects: ["packages", "apps", "examples", "tooling"].map((folder) => `${folder}/*/vitest.config.ts`),
    // One more than by itself: the main thread mostly waits, and of two cores one would idle.
    maxWorkers: availableParallelism(),
    reporters: ["default", new SummaryReporter()],
    coverage: { provider: "v8", include: ["packages/*/src/**"] },
  },
});
