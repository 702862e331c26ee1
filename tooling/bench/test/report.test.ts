import { describe, expect, it } from "vitest";
import { resultOf, table, type Measured } from "../src/report.ts";
import type { BenchRow } from "../src/bench-row.ts";

const row: BenchRow = {
  name: "guard/hmac",
  work: "work",
  baseline: "two createHmac",
  goal: 3.5,
  stretch: 2.5,
  counts: "time",
  stores: ["memory", "sqlite"],
};
const measured = (ratio: number, changes: Partial<BenchRow> = {}): Measured => ({
  row: { ...row, ...changes },
  summary: {
    ours: ratio * 10,
    baseline: 10,
    oursUs: ratio * 10,
    ratio,
    lowerRatio: ratio - 0.1,
    upperRatio: ratio + 0.1,
  },
});

describe("a result", () => {
  it("has exactly the members that readers of bench-results.json expect", () => {
    expect(resultOf(measured(3))).toEqual({
      name: "guard/hmac",
      ratio: 3,
      goal: 3.5,
      pass: true,
      baseline: "two createHmac",
      medianUs: 30,
    });
  });

  it("passes at the goal and not above it", () => {
    expect(resultOf(measured(3.5)).pass).toBe(true);
    expect(resultOf(measured(3.501)).pass).toBe(false);
  });

  it("passes at the goal and not below it where ratios tell how many times as fast", () => {
    const changes = { counts: "times as fast", goal: 0.5, stretch: undefined } as const;
    expect(resultOf(measured(0.5, changes)).pass).toBe(true);
    expect(resultOf(measured(0.499, changes)).pass).toBe(false);
    expect(table([measured(0.6, changes)], true)).toMatch(/≥ 0\.50.* met /);
  });
});

describe("a row of memory or calls", () => {
  const counted = (counts: "MiB" | "calls", ours: number): Measured => {
    const { row: plain, summary } = measured(1.05, { counts, goal: 1.1 });
    return { row: plain, summary: { ...summary, ours, baseline: 100, oursUs: 7 } };
  };

  it("passes at the goal and not above it, and says in the file how long ours took", () => {
    expect(resultOf(counted("MiB", 105))).toMatchObject({ ratio: 1.05, goal: 1.1, pass: true, medianUs: 7 });
    expect(resultOf(measured(1.101, { counts: "calls", goal: 1.1 })).pass).toBe(false);
  });

  it("is shown in its own unit", () => {
    expect(table([counted("MiB", 105)], true)).toMatch(/105\.0 MiB +100\.0 MiB .*≤ 1\.10/);
    expect(table([counted("calls", 105)], true)).toMatch(/105 calls +100 calls .*≤ 1\.10/);
    expect(table([measured(2)], true)).toMatch(/20\.00 µs +10\.00 µs/);
  });
});

describe("the table", () => {
  it("says of each row whether goal and stretch are met", () => {
    const lines = table([measured(2), measured(3), measured(4)], true)
      .split("\n")
      .slice(1);
    expect(lines.map((line) => /met, stretch|met|missed/.exec(line)?.[0])).toEqual(["met, stretch", "met", "missed"]);
  });

  it("judges nothing in a smoke run", () => {
    expect(table([measured(4)], false)).not.toMatch(/met|missed/);
  });
});
