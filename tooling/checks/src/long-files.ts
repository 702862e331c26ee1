import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "./check.ts";
import { readReasons } from "./json-file.ts";
import { lineCount, sourceFiles } from "./source-files.ts";

const listName = "tooling/checks/long-files.json";
const folders = ["packages", "apps", "examples", "tooling", "scripts"];
const ceilingOf = (file: string): number => (/(^|\/)test\/|\.test\./.test(file) ? 400 : 250);

/** Files have at most 250 lines, tests 400 (`design.md` §2, Length); pure data tables are listed with a reason. */
export const longFiles: Check = {
  name: "long-files",
  run: (root) => {
    const reasons = readReasons(join(root, listName));
    const long = sourceFiles(root, folders, /\.(m|c)?[jt]s$/)
      .map((file) => ({ file, lines: lineCount(readFileSync(join(root, file), "utf8")) }))
      .filter(({ file, lines }) => lines > ceilingOf(file));
    const names = new Set(long.map(({ file }) => file));
    return {
      findings: [
        ...long
          .filter(({ file }) => !Object.hasOwn(reasons, file))
          .map(({ file, lines }) => `${file} has ${lines} lines, over ${ceilingOf(file)}: split it by concept`),
        ...Object.keys(reasons)
          .filter((file) => !names.has(file))
          .map((file) => `${file} is not long, or not there: take it off ${listName}`),
      ],
    };
  },
};
