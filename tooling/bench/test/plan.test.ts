import { describe, expect, it } from "vitest";
import { meets } from "../src/bench-row.ts";
import { rows } from "../src/rows.ts";
import { fullPlan } from "../src/run-row.ts";

describe("a goal", () => {
  it("is the highest ratio of times, memory and calls, and the lowest of how many times as fast", () => {
    for (const counts of ["time", "MiB", "calls"] as const) {
      expect([meets({ counts }, 1, 1), meets({ counts }, 1.001, 1)]).toEqual([true, false]);
    }
    expect([meets({ counts: "times as fast" }, 1, 1), meets({ counts: "times as fast" }, 0.999, 1)]).toEqual([
      true,
      false,
    ]);
  });
});

describe("the full plan", () => {
  it("works on the sizes that the rows name", () => {
    for (const row of rows) {
      expect(fullPlan(row).scale).toEqual({ manyKeys: 100_000, streamBytes: 268_435_456, messages: 10_000 });
    }
  });

  it("counts calls once, since they do not vary", () => {
    const { processes, effort } = fullPlan({ name: "envelope/10k/calls" });
    expect([processes, effort.rounds]).toEqual([1, 1]);
  });
});
