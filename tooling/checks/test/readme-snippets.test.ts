import { describe, expect, it } from "vitest";
import { readmeSnippets } from "../src/readme-snippets.ts";
import { snippetsOf } from "../src/snippets.ts";
import { inWorkspace } from "./workspace.ts";

const fenced = (language: string, code: string, before = ""): string =>
  `Text.\n\n${before}\n\`\`\`${language}\n${code}\n\`\`\`\n`;

const findingsIn = (readme: string): Promise<readonly string[]> =>
  inWorkspace(
    { "README.md": readme, "package.json": `{"scripts":{"demo":"x","test":"y"}}` },
    async (root) => (await readmeSnippets.run(root)).findings,
  );

describe("the snippets of a README", () => {
  it("are found with their line, their language and the reason why they are not run", () => {
    const page = fenced("ts", "a;\nb;") + fenced("json", "{}") + fenced("bash", "npm test", "<!-- not run: slow -->");
    expect(snippetsOf(page)).toEqual([
      { language: "ts", code: "a;\nb;", line: 4, notRun: undefined },
      { language: "sh", code: "npm test", line: 17, notRun: "slow" },
    ]);
  });

  it("pass where they compile and run", async () => {
    const ts = fenced(
      "ts",
      `import { KMSClient } from "@aws-sdk/client-kms";\nconst a: string = typeof KMSClient;\nawait 1;`,
    );
    expect(await findingsIn(ts + fenced("js", `if (1 > 2) throw 1;\nconsole.log({ a: "b" }); // { a: "b" }`))).toEqual(
      [],
    );
  });

  it.each([
    ["a type error", fenced("ts", "const a: string = 1;"), "README.md:4 does not compile"],
    [
      "an import that does not exist",
      fenced("ts", `import type { X } from "@kms/nowhere"; type Y = X;`),
      "does not compile",
    ],
    ["an error when run", fenced("ts", `throw new Error("x");`), "README.md:4 fails when run"],
    ["a rejected promise", fenced("js", `await Promise.reject(new Error("x"));`), "README.md:4 fails when run"],
    [
      "a print that differs",
      fenced("js", `console.log({ ok: true }); // { ok: false }`),
      "does not print { ok: false }",
    ],
    ["a script that does not exist", fenced("sh", "npm run nothing"), "`npm run nothing`"],
    ["a command that nobody verifies", fenced("sh", "curl example.org"), "`curl example.org`"],
    ["a language that nobody checks", fenced("typescirpt", "const a: string = 1;"), "README.md:4"],
    ["a block that names no language", fenced("", "const a: string = 1;"), "README.md:4"],
    ["a package that is not ours", fenced("sh", "npm install left-pad"), "left-pad"],
  ])("are refused for %s", async (_, readme, words) => {
    const findings = await findingsIn(readme);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain(words);
  });

  it("name scripts that exist, with or without arguments", async () => {
    expect(await findingsIn(fenced("sh", "npm run demo -- --json   # all of it\nnpm test\nnpm run -s demo"))).toEqual(
      [],
    );
  });

  it("are not run where the line before says why", async () => {
    expect(await findingsIn(fenced("ts", "nonsense(", "<!-- not run: needs an account -->"))).toEqual([]);
  });

  it("are missed where a page is missing", async () => {
    const findings = await inWorkspace(
      { "package.json": "{}" },
      async (root) => (await readmeSnippets.run(root)).findings,
    );
    expect(findings).toEqual(["README.md is missing"]);
  });
});
