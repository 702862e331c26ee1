import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./tooling/vitest/reporter.ts";

export default defineConfig({
  test: {
    projects: ["packages", "apps", "examples", "tooling"].map((folder) => `${folder}/*/vitest.config.ts`),
    reporters: ["default", new SummaryReporter()],
    coverage: { provider: "v8", include: ["packages/*/src/**"] },
  },
});
