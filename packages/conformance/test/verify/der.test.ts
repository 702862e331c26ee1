import { describe, expect, it } from "vitest";
import { CaseFailure } from "../../src/assertions.ts";
import { fromBigInt, readDer, readInteger, readOne, toBigInt } from "../../src/verify/der.ts";

describe("readDer", () => {
  it("reads elements one after the other", () => {
    const elements = readDer(Uint8Array.of(2, 1, 5, 4, 0));
    expect(elements.map(({ tag, content }) => [tag, content.length])).toEqual([
      [2, 1],
      [4, 0],
    ]);
  });

  it.each([
    ["an element longer than what holds it", [2, 2, 5]],
    ["an end within the length", [2]],
    ["an indefinite length", [0x30, 0x80, 0, 0]],
    ["a length that is not minimal", [4, 0x81, 1, 0]],
    ["a longer length that is not minimal", [4, 0x82, 0, 0x80, ...new Uint8Array(0x80)]],
  ])("refuses %s", (_, bytes) => {
    expect(() => readDer(Uint8Array.from(bytes))).toThrow(CaseFailure);
  });
});

describe("readInteger", () => {
  it.each([
    ["a negative one", [2, 1, 0x80]],
    ["one with a needless zero", [2, 2, 0, 1]],
    ["an empty one", [2, 0]],
    ["another type", [4, 1, 1]],
  ])("refuses %s", (_, bytes) => {
    expect(() => readInteger(readDer(Uint8Array.from(bytes))[0])).toThrow(CaseFailure);
  });

  it("reads a leading zero that keeps the sign", () => {
    expect(readInteger(readDer(Uint8Array.of(2, 2, 0, 0x80))[0])).toBe(128n);
  });
});

describe("readOne", () => {
  it("refuses another tag and anything behind the element", () => {
    expect(() => readOne(Uint8Array.of(4, 0), 0x30)).toThrow(CaseFailure);
    expect(() => readOne(Uint8Array.of(4, 0, 4, 0), 4)).toThrow(CaseFailure);
  });
});

describe("big-endian numbers", () => {
  it("come back as they were", () => {
    expect(toBigInt(fromBigInt(0x01_02_03n, 5))).toBe(0x01_02_03n);
    expect(fromBigInt(1n, 3)).toEqual(Uint8Array.of(0, 0, 1));
  });
});
