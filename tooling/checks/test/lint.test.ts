import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runCommand } from "../src/run-command.ts";
import { inWorkspace } from "./workspace.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const source = "packages/aws/src";

/** What lint must find: the rule, and a file that breaks it and nothing else of note. */
const violations: readonly (readonly [rule: string, file: string, text: string])[] = [
  ["no-explicit-any", `${source}/any.ts`, "export const a = (b: any): string => String(b);"],
  ["no-non-null-assertion", `${source}/non-null.ts`, "export const a = (b?: string): string => b!;"],
  ["no-default-export", `${source}/default.ts`, "export default 1;"],
  ["no-console", `${source}/console.ts`, "console.log(1);\nexport {};"],
  ["no-restricted-globals", `${source}/environment.ts`, "export const a = process.env;"],
  ["no-restricted-properties", `${source}/global-environment.ts`, "export const a: unknown = globalThis.process.env;"],
  ["no-restricted-imports", `${source}/process.ts`, `export { env } from "node:process";`],
  ["no-restricted-imports", `${source}/crypto.ts`, `export { createHash } from "node:crypto";`],
  [
    "no-restricted-imports",
    `${source}/crypto-import.ts`,
    `import { createHash } from "node:crypto";\nexport const a = createHash;`,
  ],
  ["no-restricted-imports", "packages/core/src/guard/primitives.ts", `export { createHmac } from "node:crypto";`],
  ["no-restricted-globals", `${source}/web-crypto.ts`, "export const a = crypto.subtle;"],
  ["no-floating-promises", `${source}/floating.ts`, "Promise.resolve(1);\nexport {};"],
  [
    "no-misused-promises",
    `${source}/misused.ts`,
    "[1].forEach(async (a) => { await Promise.resolve(a); });\nexport {};",
  ],
  ["consistent-type-imports", `${source}/types.ts`, `import { A } from "./a.ts";\nexport type B = A;`],
  ["ban-ts-comment", `${source}/ignore.ts`, "// @ts-ignore\nexport const a = 1;"],
  ["max-lines-per-function", `${source}/long.ts`, `export const a = (): void => {\n${"  void 1;\n".repeat(41)}};`],
  [
    "max-params",
    `${source}/parameters.ts`,
    "export const a = (b: 1, c: 1, d: 1, e: 1, f: 1): number => b + c + d + e + f;",
  ],
  ["filename-case", `${source}/camelCase.ts`, "export {};"],
  ["no-warning-comments", `${source}/later.ts`, "// TODO: later\nexport {};"],
  ["no-focused-tests", "packages/aws/test/focus.test.ts", `import { it } from "vitest";\nit.only("a", () => {});`],
];

const allowed: Readonly<Record<string, string>> = {
  "packages/core/src/algorithms/primitives.ts": `export { createHash } from "node:crypto";`,
  "packages/self-managed/src/primitives.ts": `export { createHash } from "node:crypto";`,
  [`${source}/key-object.ts`]: `import type { KeyObject } from "node:crypto";\nexport type A = KeyObject;`,
  "packages/aws/test/process.test.ts": `import { createHash } from "node:crypto";\nexport const a = [createHash, process.env];`,
  "apps/demo/src/main.ts": "console.log(process.env);\nexport {};",
  "vitest.config.ts": "export default 1;",
};

const tsconfig = JSON.stringify({
  compilerOptions: {
    module: "NodeNext",
    strict: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    lib: ["ES2023", "DOM"],
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  },
});

describe("lint", () => {
  const files = { ...allowed, ...Object.fromEntries(violations.map(([, file, text]) => [file, text])) };
  const found = inWorkspace(
    { ...files, "tsconfig.json": tsconfig, [`${source}/a.ts`]: "export interface A { readonly b: 1 }" },
    (folder) => {
      copyFileSync(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
      const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
      return runCommand(process.execPath, [oxlint, "-f", "unix"], folder).output.split("\n");
    },
  );

  it.each(violations)("%s is found in %s", async (rule, file) => {
    expect((await found).filter((line) => line.startsWith(file) && line.includes(`(${rule})`))).not.toEqual([]);
  });

  it.each(Object.keys(allowed))("nothing is found in %s", async (file) => {
    expect((await found).filter((line) => line.startsWith(`${file}:`))).toEqual([]);
  });
});
