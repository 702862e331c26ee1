import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { permissions, type PermissionRow } from "../src/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

function line([operation, { always, when = {} }]: readonly [string, PermissionRow]): string {
  const names = always.map((right) => `\`${right}\``);
  const conditional = Object.entries<string | undefined>(when).map(([right, reason]) => `\`${right}\` if ${reason}`);
  return `| \`${operation}\` | ${[names.join(" "), ...conditional].filter(Boolean).join("; ")} |`;
}

/** Without the blanks and dashes that a formatter pads tables with. */
const plain = (markdown: string): string =>
  markdown.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---").replaceAll(/\n+/g, "\n");

test("the README's permissions are those of the table", () => {
  const table = [
    "<!-- permissions -->",
    "| operation | rights |",
    "| --- | --- |",
    ...Object.entries(permissions).map(line),
    "<!-- /permissions -->",
  ];
  expect(plain(readme)).toContain(table.join("\n"));
});

const parsed = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

test("the oldest client that the package and its README allow is the one that these tests run with", () => {
  const installed = parsed("../node_modules/@azure/keyvault-keys/package.json") as { readonly version: string };
  expect(parsed("../package.json")).toMatchObject({
    peerDependencies: { "@azure/keyvault-keys": `^${installed.version}` },
  });
  expect(readme).toContain(`(\`^${installed.version}\`)`);
});
