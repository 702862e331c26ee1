import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tryOut, type Application } from "../src/packed-install.ts";
import type { Tarball } from "../src/packed.ts";
import { examine } from "../src/published-packages.ts";
import { runCommand } from "../src/run-command.ts";
import { inWorkspace } from "./workspace.ts";

const manifest = (name: string, more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    name,
    version: "1.0.0",
    license: "Apache-2.0",
    type: "module",
    files: ["dist"],
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
    ...more,
  });

const sound = {
  "core/package.json": manifest("@kms/core"),
  "core/dist/index.js": "export const answer = 42;\n",
  "core/dist/index.d.ts": "export declare const answer: number;\n",
};

const packAt = (root: string, folder: string, name: string): Tarball => {
  const { output } = runCommand("npm", ["pack", "--silent"], join(root, folder));
  return { name, path: join(root, folder, output.trim()) };
};

const program = `import { answer } from "@kms/core";\nconst a: number = answer;\nif (a !== 42) throw new Error("not ours");`;
const application: Application = {
  name: "own keys",
  packages: ["@kms/core"],
  fromRegistry: [],
  foreign: ["@aws-sdk"],
  program: () => program,
};

describe("a packed package", () => {
  it("that is sound passes publint, has types that resolve, and works where it is installed", () =>
    inWorkspace(sound, async (root) => {
      const tarball = packAt(root, "core", "@kms/core");
      expect(await examine([tarball], root)).toEqual([]);
      const report = tryOut({ root, folder: root, tarballs: [tarball] }, application);
      expect(report.findings).toEqual([]);
      expect(report.notes?.[0]).toMatch(/^own keys: \d+\.\d\d MB in node_modules$/);
    }));

  it("whose door leads nowhere is refused by publint, and fails where it is installed", () =>
    inWorkspace(
      { ...sound, "core/dist/index.js": "", "core/package.json": manifest("@kms/core", { files: ["none"] }) },
      async (root) => {
        const tarball = packAt(root, "core", "@kms/core");
        expect((await examine([tarball], root)).some((finding) => finding.includes("publint"))).toBe(true);
        const { findings } = tryOut({ root, folder: root, tarballs: [tarball] }, application);
        expect(findings).toHaveLength(1);
        expect(findings[0]).toContain("fails when used");
      },
    ));

  it("whose types do not resolve is refused", () =>
    inWorkspace({ ...sound, "core/dist/index.d.ts": `export * from "./gone.ts";\n` }, async (root) => {
      const findings = await examine([packAt(root, "core", "@kms/core")], root);
      expect(findings.some((finding) => finding.includes("are the types wrong"))).toBe(true);
    }));

  it("that brings another cloud's SDK is refused", () =>
    inWorkspace({ ...sound, "sdk/package.json": manifest("@aws-sdk/client-kms"), "sdk/dist/index.js": "" }, (root) => {
      const tarballs = [packAt(root, "core", "@kms/core"), packAt(root, "sdk", "@aws-sdk/client-kms")];
      const greedy = { ...application, packages: ["@kms/core", "@aws-sdk/client-kms"] };
      const { findings } = tryOut({ root, folder: root, tarballs }, greedy);
      expect(findings).toEqual(["own keys: installs @aws-sdk, which it does not use"]);
    }));
});
