import { describe, expect, it } from "vitest";
import { tally } from "../src/findings.ts";
import { leastDone, shortfalls, sums, table } from "../src/report.ts";

const tallies = [
  tally("kill: rotate", { kills: 20, findings: [{ kind: "lost", what: "a key" }] }),
  tally("kill: disable", { kills: 14 }),
  tally("flip: rows", {
    flips: 5300,
    findings: [
      { kind: "missed", what: "byte 7" },
      { kind: "missed", what: "byte 8" },
      { kind: "other", what: "slow" },
    ],
  }),
];

describe("the report", () => {
  it("ends with its sums in plain digits", () => {
    expect(sums(tallies)).toBe("kills 34, lost 1; flips 5300, missed 2");
    expect(sums([])).toBe("kills 0, lost 0; flips 0, missed 0");
  });

  it("says where a run did too little to show anything", () => {
    expect(shortfalls(tallies)).toEqual([]);
    expect(shortfalls([])).toEqual(["only 0 kills: at least 30 are wanted", "only 0 flips: at least 1000 are wanted"]);
    expect(shortfalls([tally("kill: rotate", { kills: leastDone.kills - 1, flips: leastDone.flips })])).toEqual([
      "only 29 kills: at least 30 are wanted",
    ]);
  });

  it("names every finding with its row", () => {
    expect(table(tallies).split("\n").slice(4)).toEqual([
      "lost: kill: rotate: a key",
      "missed: flip: rows: byte 7",
      "missed: flip: rows: byte 8",
      "other: flip: rows: slow",
    ]);
  });
});
