import { defineConfig } from "vitest/config";
import { LongFirst } from "./tooling/vitest/long-first.ts";
import { SummaryReporter } from "./tooling/vitest/reporter.ts";

export default defineConfig({
  test: {
    projects: ["packages", "apps", "examples", "tooling"].map((folder) => `${folder}/*/vitest.config.ts`),
    reporters: ["default", new SummaryReporter()],
    sequence: { sequencer: LongFirst },
    coverage: { provider: "v8", include: ["packages/*/src/**"] },
  },
});
