import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startVitest, type Reporter, type TestModule } from "vitest/node";
import { closingLines, conformanceOf, summarise, type ConformanceResults, type RunSummary } from "../reporter.ts";

type Ran = RunSummary & { readonly conformance: ConformanceResults };

const runOf = async (root: string, files: Record<string, string>): Promise<Ran> => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  let summary: Ran | undefined;
  const reporter: Reporter = {
    onTestRunEnd: (modules: readonly TestModule[], errors) => {
      summary = { ...summarise(modules, errors.length), conformance: conformanceOf(modules) };
    },
  };
  const before = process.exitCode;
  const options = {
    root,
    watch: false,
    config: false as const,
    globals: true,
    reporters: [reporter],
    include: ["*.ts"],
  };
  await (await startVitest("test", [], options))?.close();
  process.exitCode = before;
  if (summary === undefined) throw new Error("the inner run reported nothing");
  return summary;
};

describe("the sums that end a run", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "kms-reporter-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("count every test by its result and name every skip with its reason", async () => {
    const summary = await runOf(root, {
      "a.ts": `it("a", () => {}); it("b", () => { throw new Error("x"); }); it.skip("c", () => {}); it.todo("d");`,
      "b.ts": `describe("e", () => { it("f", ({ skip }) => skip("no vectors here")); it("g", () => {}); });`,
      "c.ts": `describe.skip("h (skipped: no folder)", () => { it("i", () => {}); });`,
    });
    expect(closingLines(summary).sort()).toEqual([
      "2 passed, 1 failed, 4 skipped",
      "skipped: : c (no reason stated)",
      "skipped: : d (no reason stated)",
      "skipped: : e > f (no vectors here)",
      "skipped: : h > i (no folder)",
    ]);
  });

  it("count a file that does not load and a hook that throws as failures", async () => {
    const summary = await runOf(root, {
      "a.ts": `throw new Error("x");`,
      "b.ts": `describe("e", () => { beforeAll(() => { throw new Error("y"); }); it("g", () => {}); });`,
    });
    expect(summary).toMatchObject({ passed: 0, failed: 2 });
    expect(summary.skipped).toHaveLength(1);
  });

  it("count an error that no test caught as a failure", async () => {
    const summary = await runOf(root, {
      "a.ts": `it("a", async () => { void Promise.reject(new Error("z")); await new Promise((done) => setImmediate(done)); });`,
    });
    expect(summary).toMatchObject({ passed: 1, failed: 1 });
  });

  it("leave the verdicts of the conformance suite to whoever reports them, by adapter and case", async () => {
    const noting = (verdict: string): string =>
      `(...given) => { given[0].task.meta.conformance = "${verdict}"; if ("${verdict}" === "failed") throw new Error("x"); }`;
    const { conformance } = await runOf(root, {
      "a.ts": `describe("conformance of one (emulator)", () => {
        it("a/b: does it", ${noting("passed")}); it("a/c: is refused: so", ${noting("refused")}); });
        it("d/e: stands alone", ${noting("passed")});`,
      "b.ts": `describe("conformance of another", () => { it("a/b: does it", ${noting("failed")}); it("f", () => {}); });`,
    });
    expect(conformance).toEqual({
      "one (emulator)": [
        { id: "a/b", result: "passed" },
        { id: "a/c", result: "refused" },
      ],
      another: [{ id: "a/b", result: "failed" }],
    });
  });

  it("stand on the last line", () => {
    const skipped = [{ title: "unit: a", reason: "b" }];
    expect(closingLines({ passed: 1, failed: 2, skipped }).at(-1)).toBe("1 passed, 2 failed, 1 skipped");
  });
});
