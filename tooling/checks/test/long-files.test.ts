import { describe, expect, it } from "vitest";
import { longFiles } from "../src/long-files.ts";
import { inWorkspace } from "./workspace.ts";

const lines = (count: number): string => "x;\n".repeat(count);
const findingsIn = (files: Record<string, string>): Promise<readonly string[]> =>
  inWorkspace(files, async (root) => (await longFiles.run(root)).findings);

describe("the length of files", () => {
  it("250 lines pass, tests have 400, and what is not source is not counted", async () => {
    const files = {
      "packages/a/src/b.ts": lines(250),
      "packages/a/test/b.test.ts": lines(400),
      "packages/a/dist/b.js": lines(999),
      "packages/a/README.md": lines(999),
    };
    expect(await findingsIn(files)).toEqual([]);
  });

  it.each([
    ["packages/a/src/b.ts", 251],
    ["packages/a/test/b.test.ts", 401],
    ["scripts/c.mjs", 251],
  ])("%s is refused at %i lines", async (file, count) => {
    const findings = await findingsIn({ [file]: lines(count) });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain(file);
  });

  it("a listed table is exempt, and a listing that exempts nothing is refused", async () => {
    const list = JSON.stringify({ "packages/a/src/table.ts": "a table", "packages/a/src/gone.ts": "was a table" });
    const findings = await findingsIn({
      "packages/a/src/table.ts": lines(300),
      "tooling/checks/long-files.json": list,
    });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain("gone.ts");
  });

  it("a listing without a reason is refused", async () => {
    await expect(findingsIn({ "tooling/checks/long-files.json": `{"a.ts": " "}` })).rejects.toThrow(
      "must map each exception to its reason",
    );
  });
});
