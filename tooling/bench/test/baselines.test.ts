import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";

// `design.md` §8: baselines call only node:crypto or a peer's public API.
const allowed: ReadonlySet<string> = new Set([
  "node:crypto",
  "jose",
  "@aws-crypto/client-node",
  "@aws-sdk/client-kms",
  "@azure/keyvault-keys",
  "@google-cloud/kms",
  "libsql",
]);
const folder = new URL("../baselines/", import.meta.url);
const files = readdirSync(folder);
// Static imports and exports, import() and require(): whatever names a module in quotes.
const modules = /(?<![.\w])(?:from\s*|import\s*\(?\s*|require\s*\(\s*)["']([^"']+)["']/g;

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(new URL(file, folder), "utf8").matchAll(modules)].map(([, name]) => name ?? "");

describe("the baselines", () => {
  it("are there", () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it.each(files)("%s imports node:crypto and peers alone, and at least one of them", (file) => {
    const found = importsOf(file);
    expect(found.filter((name) => !allowed.has(name))).toEqual([]);
    expect(found).not.toEqual([]);
  });
});
