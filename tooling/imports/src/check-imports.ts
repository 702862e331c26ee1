import { cruise, type ICruiseResult, type IViolation } from "dependency-cruiser";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { rules } from "./rules.ts";

/** What one pass over the imports of a tree found. */
export interface ImportReport {
  readonly modules: number;
  readonly violations: readonly {
    readonly rule: string;
    readonly from: string;
    readonly to: string;
    readonly because: string;
  }[];
}

const folders = ["packages", "apps", "examples", "tooling"];

const described = (violation: IViolation): ImportReport["violations"][number] => ({
  rule: violation.rule.name,
  from: violation.from,
  to: violation.cycle === undefined ? violation.to : violation.cycle.map((step) => step.name).join(" → "),
  because: rules.find((rule) => rule.name === violation.rule.name)?.comment ?? "",
});

/**
 * Every import, of values and of types alike, that breaks a rule of `rules.ts` in the workspace at `root`.
 * Packages are resolved by their source condition, so that nothing needs to be built.
 */
export const checkImports = async (root: string): Promise<ImportReport> => {
  const present = folders.filter((folder) => existsSync(join(root, folder)));
  const result = await cruise(
    present,
    {
      baseDir: resolve(root),
      ruleSet: { forbidden: [...rules] },
      validate: true,
      tsPreCompilationDeps: true,
      combinedDependencies: true,
      doNotFollow: { path: ["node_modules"] },
      exclude: { path: ["^[^/]+/[^/]+/dist/", "/fixtures/"] },
    },
    { conditionNames: ["@kms/source", "node", "import", "require", "default"], exportsFields: ["exports"] },
  );
  const output: ICruiseResult | string = result.output;
  if (typeof output === "string") {
    throw new Error(`dependency-cruiser answered text where data was asked for: ${output}`);
  }
  return { modules: output.summary.totalCruised, violations: output.summary.violations.map(described) };
};
