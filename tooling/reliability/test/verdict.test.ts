import { describe, expect, it } from "vitest";
import { verdict } from "../src/kills/verdict.ts";
import { answers } from "./fixture.ts";

const before = answers({ list: "[1]", "read kept 1": "true", "get subject": "old", "root first": "opens" });
const after = answers({ list: "[1,2]", "read kept 1": "true", "get subject": "new", "root first": "opens" });
const kinds = (found: Parameters<typeof verdict>[1], acknowledged: boolean): readonly string[] =>
  verdict({ before, after, acknowledged }, found).map(({ kind }) => kind);

describe("the verdict after a kill", () => {
  it("finds nothing wrong with the store as before a change that was not acknowledged", () => {
    expect(kinds(before, false)).toEqual([]);
  });

  it("finds nothing wrong with the store as after the change, acknowledged or not", () => {
    expect(kinds(after, false)).toEqual([]);
    expect(kinds(after, true)).toEqual([]);
  });

  it("calls an acknowledged change that is undone lost", () => {
    expect(kinds(before, true)).toEqual(["lost"]);
  });

  it("calls a key that reads no more what it made lost", () => {
    const found = answers({
      list: "[1]",
      "read kept 1": { refused: "DECRYPTION_FAILED" },
      "get subject": "old",
      "root first": "opens",
    });
    expect(kinds(found, false)).toEqual(["lost"]);
  });

  it("calls a key that is not there lost", () => {
    const found = answers({ list: "[1]", "read kept 1": "true", "get subject": '"absent"', "root first": "opens" });
    expect(kinds(found, false)).toEqual(["lost"]);
  });

  it("calls a store that no root opens lost", () => {
    expect(kinds(answers({ "root first": { refused: "WRONG_ROOT_KEY" } }), false)).toContain("lost");
  });

  it("calls a record of after with a list of before half a change", () => {
    const found = answers({ list: "[1]", "read kept 1": "true", "get subject": "new", "root first": "opens" });
    expect(kinds(found, false)).toEqual(["other"]);
    expect(kinds(found, true)).toEqual(["other"]);
  });

  it("calls a state that is neither the old nor the new one half a change", () => {
    const found = answers({ list: "[1,3]", "read kept 1": "true", "get subject": "old", "root first": "opens" });
    expect(kinds(found, false)).toEqual(["other"]);
  });
});
