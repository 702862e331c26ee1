import { describe, expect, it } from "vitest";
import type { Answer } from "../src/answers.ts";
import { judgeFlip } from "../src/flips/judge.ts";
import { tallyOf } from "../src/flips/flips.ts";
import type { Said } from "../src/jobs.ts";
import { answers } from "./fixture.ts";

const before = answers({ open: "opened", list: "[1]", "get aes": "record", "read aes 1": "true" });
const judged = (changed: Readonly<Record<string, string | Answer>>): ReturnType<typeof judgeFlip> =>
  judgeFlip(before, new Map([...before, ...answers(changed)]));
const flipped = (kind: "refused" | "inert" | "missed" | "untyped"): Said & { readonly said: "flipped" } => ({
  said: "flipped",
  at: 0,
  place: "byte 0",
  outcome: { kind, told: "", absent: false },
});
const findingsOf = (of: "rows" | "file", kind: "refused" | "inert" | "missed" | "untyped"): readonly string[] =>
  tallyOf(of, [flipped(kind)], []).findings.map((finding) => finding.kind);

describe("the judgement over a flip", () => {
  it("is refused when the store does not open, by either code", () => {
    expect(judgeFlip(before, answers({ open: { refused: "TAMPERED" } })).kind).toBe("refused");
    expect(judgeFlip(before, answers({ open: { refused: "WRONG_ROOT_KEY" } })).kind).toBe("refused");
  });

  it("is missed when an answer differs and nobody refuses", () => {
    expect(judged({ "get aes": "another record" }).kind).toBe("missed");
  });

  it("is missed when an answer differs though another one is refused", () => {
    expect(judged({ "get aes": "another record", list: { refused: "TAMPERED" } }).kind).toBe("missed");
  });

  it("is missed when the only refusal blames a ciphertext", () => {
    expect(judged({ "read aes 1": { refused: "DECRYPTION_FAILED" } }).kind).toBe("missed");
  });

  it("is missed when a key is told absent and nobody refuses", () => {
    expect(judged({ "get aes": '"absent"' }).kind).toBe("missed");
  });

  it("is refused, and counted, when a key is told absent and the list refuses", () => {
    expect(judged({ "get aes": '"absent"', list: { refused: "TAMPERED" } })).toMatchObject({
      kind: "refused",
      absent: true,
    });
  });

  it("is inert when every answer is as before", () => {
    expect(judged({}).kind).toBe("inert");
  });

  it("is a finding when an error is none of ours", () => {
    expect(judged({ list: { untyped: "RangeError" } }).kind).toBe("untyped");
  });
});

describe("the row over flips", () => {
  it("counts a flip in a row that changes nothing as missed, and one in the file not", () => {
    expect(findingsOf("rows", "inert")).toEqual(["missed"]);
    expect(findingsOf("file", "inert")).toEqual([]);
  });

  it("reports missed flips and errors that are none of ours", () => {
    expect(findingsOf("file", "missed")).toEqual(["missed"]);
    expect(findingsOf("file", "untyped")).toEqual(["other"]);
    expect(findingsOf("file", "refused")).toEqual([]);
  });
});
