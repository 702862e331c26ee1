import { describe, expect, it } from "vitest";
import { inverted, median, quantile, summarise } from "../src/statistics.ts";

describe("the median", () => {
  it("is the middle of an odd number of samples, whatever their order", () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it("lies half way between the two middle ones of an even number", () => {
    expect(median([1, 2, 4, 100])).toBe(3);
  });

  it("of nothing is not a number", () => {
    expect(median([])).toBeNaN();
  });
});

describe("a quantile", () => {
  it("is interpolated between its neighbours", () => {
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    expect(quantile([0, 10, 20], 1)).toBe(20);
  });
});

describe("a summary", () => {
  it("compares the medians of the sides, not the median of the rounds", () => {
    const summary = summarise({ ours: [3, 30, 6], baseline: [2, 2, 4] });
    expect(summary).toMatchObject({ ours: 6, baseline: 2, oursUs: 6, ratio: 3 });
  });

  it("shows between what the middle half of the rounds' ratios lies", () => {
    const summary = summarise({ ours: [1, 2, 3, 4, 5], baseline: [1, 1, 1, 1, 1] });
    expect([summary.lowerRatio, summary.upperRatio]).toEqual([2, 4]);
  });

  it("keeps times beside what else is counted", () => {
    const summary = summarise({ ours: [110], baseline: [100], oursUs: [5, 9, 7] });
    expect(summary).toMatchObject({ ours: 110, ratio: 1.1, oursUs: 7 });
  });

  it("turned round tells how many times as fast ours is, low ratios still first", () => {
    const summary = inverted(summarise({ ours: [1, 2, 4, 8, 16], baseline: [2, 2, 2, 2, 2] }));
    expect([summary.ratio, summary.lowerRatio, summary.upperRatio]).toEqual([0.5, 0.25, 1]);
    expect(summary.oursUs).toBe(4);
  });
});
