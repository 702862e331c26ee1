import { describe, expect, it } from "vitest";
import { matrixOf, reportOf, type CaseResult } from "../src/index.ts";

const results: readonly CaseResult[] = [
  { id: "macs/round-trip", result: "passed" },
  { id: "macs/wrong-key", result: "failed", failure: new Error("secret") },
  { id: "rotation/twice", result: "refused" },
];
const report = reportOf([{ name: "one", results: [...results, { id: "macs/round-trip", result: "passed" }] }], {
  total: 3,
  caught: 2,
});

describe("reportOf", () => {
  it("counts every case once", () => {
    const [one] = report.adapters;
    expect([one?.passed, one?.failed, one?.refused, one?.cases.length]).toEqual([1, 1, 1, 3]);
  });

  it("keeps ids and results and nothing of the failures", () => {
    expect(report.adapters[0]?.cases).toEqual(results.map(({ id, result }) => ({ id, result })));
    expect(report.mutants).toEqual({ total: 3, caught: 2 });
  });
});

describe("matrixOf", () => {
  it("has a line for each theme and the sums", () => {
    const lines = matrixOf(report).split("\n");
    const cells = lines.map((line) => line.split("|").map((cell) => cell.trim()));
    expect(cells[0]).toEqual(["", "theme", "one", ""]);
    expect(cells).toContainEqual(["", "macs", "1 + **1 failed**", ""]);
    expect(cells).toContainEqual(["", "rotation", "0 + 1 refused", ""]);
    expect(cells).toContainEqual(["", "**all**", "1 + 1 refused + **1 failed**", ""]);
    expect(new Set(lines.filter((line) => line.startsWith("|")).map(({ length }) => length)).size).toBe(1);
    expect(lines.at(-1)).toMatch(/^3 distinct cases\. 2 of 3 /);
  });
});
