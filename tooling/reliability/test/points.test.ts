import { describe, expect, it } from "vitest";
import { pointsOf } from "../src/kills/kills.ts";

const writes = ["PRAGMA journal_mode = WAL", "BEGIN IMMEDIATE", "UPDATE records", "COMMIT", "close"];
const told = (isSmall: boolean, begins = 1, of: readonly string[] = writes): readonly string[] =>
  pointsOf({ writes: of, begins }, { isSmall, atATime: 1 }).map(({ write, when }) => `${when} ${write}`);

describe("the points at which a process is killed", () => {
  it("are before and after every write of the change, and none of what comes before it", () => {
    const expected = [2, 3, 4, 5].flatMap((write) => [`before ${write}`, `after ${write}`]);
    expect(told(false)).toEqual(expected);
  });

  it("are before and after the commit in the small size", () => {
    expect(told(true)).toEqual(["before 4", "after 4"]);
  });

  it("are before and after the first write in the small size where nothing is committed", () => {
    expect(told(true, 0, ["PRAGMA journal_mode = WAL", "close"])).toEqual(["before 1", "after 1"]);
  });
});
