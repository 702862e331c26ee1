import { describe, expect, it } from "vitest";
import { testedPackages } from "../src/tested-packages.ts";
import { inWorkspace } from "./workspace.ts";

const findingsIn = (...files: readonly string[]): Promise<readonly string[]> =>
  inWorkspace(
    Object.fromEntries(files.map((file) => [file, ""])),
    async (root) => (await testedPackages.run(root)).findings,
  );

describe("the tests of a package", () => {
  it("pass where the test run finds them", async () => {
    const files = ["packages/core/test/a/b.test.ts", "packages/core/vitest.config.ts", "tooling/settings/base.json"];
    expect(await findingsIn(...files)).toEqual([]);
  });

  it.each([
    ["no test run would find them", ["tooling/bench/test/a.test.ts"], "tooling/bench has tests"],
    ["a published package has none", ["packages/core/src/a.ts", "packages/core/vitest.config.ts"], "core has no tests"],
  ])("are refused where %s", async (_, files, words) => {
    const findings = await findingsIn(...files);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain(words);
  });
});
