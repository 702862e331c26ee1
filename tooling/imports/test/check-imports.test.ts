import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkImports, type ImportReport } from "../src/check-imports.ts";
import { rules } from "../src/rules.ts";

const exporting = (name: string, doors: Record<string, string>): string => JSON.stringify({ name, exports: doors });
const vendor = (name: string): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, main: "index.js" }),
  [`node_modules/${name}/index.js`]: "export const x = 1;",
});

/** A small house in which every import is allowed. */
const sound: Record<string, string> = {
  "package.json": "{}",
  "packages/core/package.json": exporting("@kms/core", {
    ".": "./src/index.ts",
    "./driver": "./src/driver.ts",
    "./insecure": "./src/insecure.ts",
  }),
  "packages/core/src/contract/words.ts": `import type { D } from "./driver.ts"; export type W = D;`,
  "packages/core/src/contract/driver.ts": `import type { W } from "./words.ts"; export type D = W;`,
  "packages/core/src/errors.ts": `import type { W } from "./contract/words.ts"; export type E = W;`,
  "packages/core/src/encoding/der.ts": `import type { E } from "../errors.ts"; export type X = E; export const x = 1;`,
  "packages/core/src/algorithms/primitives.ts": `import { x } from "../encoding/der.ts"; import "node:crypto"; export const y = x;`,
  "packages/core/src/keys/handle.ts": `export { y } from "../algorithms/primitives.ts";`,
  "packages/core/src/tokens/token.ts": `export { y } from "../keys/handle.ts";`,
  "packages/core/src/guard/pipeline.ts": `export { y } from "../tokens/token.ts";`,
  "packages/core/src/kms.ts": `export { y } from "./guard/pipeline.ts";`,
  "packages/core/src/index.ts": `export { y } from "./kms.ts";`,
  "packages/core/src/driver.ts": `export { y } from "./keys/handle.ts";`,
  "packages/core/src/insecure.ts": `export { y } from "./kms.ts";`,
  "packages/aws/package.json": exporting("@kms/aws", { ".": "./src/index.ts" }),
  "packages/aws/src/index.ts": `import "@kms/core"; import "@kms/core/driver"; import "@aws-sdk/client-kms"; import "node:fs";`,
  "packages/emulators/package.json": exporting("@kms/emulators", { "./aws": "./src/aws/index.ts" }),
  "packages/emulators/src/aws/index.ts": `import "node:http"; import "@smithy/signature-v4";`,
  "packages/conformance/package.json": exporting("@kms/conformance", { ".": "./src/index.ts" }),
  "packages/conformance/src/index.ts": `import "@kms/core"; import "@noble/curves";`,
  "packages/aws/test/aws.test.ts": `import "@kms/conformance"; import "@kms/emulators/aws"; import "../src/index.ts";`,
  "apps/demo/src/main.ts": `import "@kms/aws"; import "@kms/core"; import "@kms/emulators/aws"; import "@aws-sdk/client-kms";`,
  "examples/minimal-driver/src/index.ts": `import "@kms/core/driver";`,
  ...vendor("@aws-sdk/client-kms"),
  ...vendor("@smithy/signature-v4"),
  ...vendor("@noble/curves"),
  ...vendor("@azure/keyvault-keys"),
  ...vendor("left-pad"),
  ...vendor("vitest"),
};

const write = (root: string, files: Record<string, string>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
};

const build = (root: string, extra: Record<string, string>): void => {
  write(root, { ...sound, ...extra });
  mkdirSync(join(root, "node_modules/@kms"), { recursive: true });
  for (const name of ["core", "aws", "emulators", "conformance"]) {
    symlinkSync(join(root, "packages", name), join(root, "node_modules/@kms", name));
  }
};

/** One forbidden file for each rule: the rule, where the file stands, what it imports. */
const violations: readonly (readonly [rule: string, file: string, text: string])[] = [
  ["core-stands-alone", "packages/core/src/encoding/bad-1.ts", `import "left-pad";`],
  ["core-stands-alone", "packages/core/src/encoding/bad-2.ts", `import type { X } from "left-pad"; export type Y = X;`],
  ["conformance-over-core", "packages/conformance/src/bad-1.ts", `import "@kms/aws";`],
  ["conformance-over-core", "packages/conformance/src/bad-2.ts", `import "vitest";`],
  ["envelope-over-core", "packages/envelope/src/bad-1.ts", `import "@aws-sdk/client-kms";`],
  ["audit-over-core", "packages/audit/src/bad-1.ts", `import "left-pad";`],
  ["emulators-know-no-client", "packages/emulators/src/bad-1.ts", `import "@aws-sdk/client-kms";`],
  ["emulators-know-no-client", "packages/emulators/src/bad-2.ts", `import "@kms/core";`],
  ["apps-over-packages", "apps/demo/src/bad-1.ts", `import "@kms/conformance";`],
  ["examples-over-core", "examples/minimal-driver/src/bad-1.ts", `import "@kms/aws";`],
  ["adapter-aws", "packages/aws/src/bad-1.ts", `import "@azure/keyvault-keys";`],
  ["adapter-aws", "packages/aws/src/bad-2.ts", `import "@kms/core/insecure";`],
  ["adapter-aws", "packages/aws/src/bad-3.ts", `import type { X } from "@kms/emulators/aws"; export type Y = X;`],
  ["adapter-azure", "packages/azure/src/bad-1.ts", `import "@kms/aws";`],
  ["adapter-gcp", "packages/gcp/src/bad-1.ts", `import "@aws-sdk/client-kms";`],
  ["adapter-self-managed", "packages/self-managed/src/bad-1.ts", `import "@aws-sdk/client-kms";`],
  ["core-floor-contract", "packages/core/src/contract/bad-1.ts", `import "../errors.ts";`],
  ["core-floor-errors", "packages/core/src/errors.ts", `import "./encoding/der.ts";`],
  ["core-floor-encoding", "packages/core/src/encoding/bad-3.ts", `import "../algorithms/primitives.ts";`],
  ["core-floor-algorithms", "packages/core/src/algorithms/bad-1.ts", `import "../keys/handle.ts";`],
  [
    "core-floor-keys",
    "packages/core/src/keys/bad-1.ts",
    `import type { T } from "../tokens/token.ts"; export type U = T;`,
  ],
  ["core-floor-tokens", "packages/core/src/tokens/bad-1.ts", `import "../guard/pipeline.ts";`],
  ["core-floor-guard", "packages/core/src/guard/bad-1.ts", `import "../kms.ts";`],
  ["core-floor-kms", "packages/core/src/kms.ts", `import "./index.ts";`],
  ["core-unknown-room", "packages/core/src/utilities/bad-1.ts", `import "../errors.ts";`],
  ["no-cycle", "packages/core/src/encoding/bad-4.ts", `import "./bad-4.ts";`],
  ["no-path-past-exports", "packages/aws/src/bad-4.ts", `import "../../core/src/index.ts";`],
  ["no-path-past-exports", "packages/aws/test/bad-5.test.ts", `import "../../core/src/keys/handle.ts";`],
  ["no-unresolvable", "packages/aws/src/bad-6.ts", `import "@kms/core/src/keys/handle.ts";`],
  ["no-unresolvable", "apps/demo/src/bad-2.ts", `import "not-installed";`],
  ["packages-below-apps", "packages/core/test/bad-1.test.ts", `import "../../../apps/demo/src/main.ts";`],
  ["source-without-tests", "packages/core/src/keys/bad-2.ts", `import "vitest";`],
  ["source-without-tests", "packages/aws/src/bad-7.ts", `import "../test/aws.test.ts";`],
  ["no-dynamic-builtins", "packages/aws/src/bad-8.ts", `export const c = await import("node:crypto");`],
  ["no-dynamic-builtins", "packages/aws/src/bad-9.ts", `export const c = await import("process");`],
];

describe("who may import whom", () => {
  let root: string;
  let report: ImportReport;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "kms-imports-"));
    build(join(root, "sound"), {});
    build(join(root, "broken"), Object.fromEntries(violations.map(([, file, text]) => [file, text])));
    report = await checkImports(join(root, "broken"));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it("a house in which every import is allowed has no finding", async () => {
    const clean = await checkImports(join(root, "sound"));
    expect(clean.violations).toEqual([]);
    expect(clean.modules).toBeGreaterThan(Object.keys(sound).filter((file) => file.endsWith(".ts")).length - 1);
  });

  it.each(violations)("%s refuses %s", (rule, file) => {
    expect(report.violations.filter((found) => found.from === file).map((found) => found.rule)).toContain(rule);
  });

  it("every rule has a violation that shows it at work", () => {
    const shown = new Set(violations.map(([rule]) => rule));
    expect(rules.map((rule) => rule.name).filter((name) => !shown.has(name))).toEqual([]);
  });
});
