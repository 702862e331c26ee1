import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "./check.ts";
import { readJson } from "./json-file.ts";
import { sourceFiles } from "./source-files.ts";

const path = "packages/core/docs/requirements.json";
const count = 80;
const memberNames = new Set(["requirement", "tests", "later", "notPromised"]);
const isText = (value: unknown): value is string => typeof value === "string" && value.trim().length > 0;

const malformations = (entry: Record<string, unknown>): string[] => {
  const found = Object.keys(entry)
    .filter((name) => !memberNames.has(name))
    .map((name) => `has an unknown member "${name}"`);
  if (!isText(entry["requirement"])) found.push("does not say what is required");
  const { tests, later, notPromised } = entry;
  if (tests !== undefined && !(Array.isArray(tests) && tests.length > 0 && tests.every(isText))) {
    found.push("names its tests by something other than titles");
  }
  if (later !== undefined && !isText(later)) found.push("does not say which later work it waits for");
  if (notPromised !== undefined && !isText(notPromised)) found.push("does not say why it is not promised");
  if (tests === undefined && later === undefined && notPromised === undefined) {
    found.push("has neither tests, nor later work, nor a reason why it is not promised");
  }
  return found;
};

const titlesOf = ({ tests }: Record<string, unknown>): string[] => (Array.isArray(tests) ? tests.filter(isText) : []);

/** Whether a title stands in a source as a quoted string. */
const quotedIn = (sources: string, title: string): boolean =>
  ['"', "'", "`"].some((quote) => sources.includes(quote + title.replaceAll(quote, `\\${quote}`) + quote));

const inspect = (entries: Readonly<Record<string, unknown>>, sources: string): string[] => {
  const numbers = Array.from({ length: count }, (_, index) => String(index + 1));
  const known = new Set(numbers);
  return [
    ...Object.keys(entries)
      .filter((number) => !known.has(number))
      .map((number) => `"${number}" is no requirement: they run from 1 to ${count}`),
    ...numbers.flatMap((number) => {
      const entry = entries[number];
      if (typeof entry !== "object" || entry === null) return [`requirement ${number} is missing`];
      const members = entry as Record<string, unknown>;
      const absent = titlesOf(members).filter((title) => !quotedIn(sources, title));
      return [
        ...malformations(members).map((fault) => `requirement ${number} ${fault}`),
        ...absent.map((title) => `requirement ${number} names a test that does not exist: ${title}`),
      ];
    }),
  ];
};

/**
 * `requirements.json` answers each of the 80 requirements: `{ requirement, tests }` with titles that exist among the
 * tests or the conformance cases, `{ requirement, later }` with the work that will show it, or
 * `{ requirement, notPromised }` with the reason. `tests` may stand beside either.
 */
export const requirements: Check = {
  name: "requirements",
  run: (root) => {
    if (!existsSync(join(root, path))) return { findings: [`${path} is missing`] };
    const files = [
      ...sourceFiles(root, ["packages", "apps", "examples", "tooling"], /\.test\.ts$/),
      ...sourceFiles(root, ["packages/conformance/src"], /\.ts$/),
    ];
    const sources = files.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
    const entries = readJson(join(root, path)) as Readonly<Record<string, Record<string, unknown>>>;
    const all = Object.values(entries);
    const shown = all.filter((entry) => titlesOf(entry).length > 0).length;
    return {
      findings: inspect(entries, sources),
      notes: [`${shown} of ${count} requirements are shown by tests`],
    };
  },
};
