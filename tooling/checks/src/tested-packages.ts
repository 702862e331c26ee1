import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "./check.ts";
import { sourceFiles } from "./source-files.ts";

/** Where the test run looks for projects, as vitest.config.ts says. */
const places = ["packages", "apps", "examples", "tooling"];

const foldersIn = (root: string, place: string): string[] =>
  existsSync(join(root, place))
    ? readdirSync(join(root, place), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${place}/${name}`)
    : [];

/** A package whose tests the test run does not see would pass for tested. */
export const testedPackages: Check = {
  name: "tested-packages",
  run: (root) => ({
    findings: places
      .flatMap((place) => foldersIn(root, place))
      .flatMap((folder) => {
        const isTested = sourceFiles(root, [folder], /\.test\.ts$/).length > 0;
        if (!isTested) return folder.startsWith("packages/") ? [`${folder} has no tests`] : [];
        return existsSync(join(root, folder, "vitest.config.ts"))
          ? []
          : [`${folder} has tests and no vitest.config.ts: the test run passes over them`];
      }),
  }),
};
