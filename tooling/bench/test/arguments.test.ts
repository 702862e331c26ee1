import { describe, expect, it } from "vitest";
import { readArguments } from "../src/arguments.ts";

describe("the command line", () => {
  it("asks for every row, measured in full, by default", () => {
    expect(readArguments([])).toEqual({ help: false, only: undefined, smoke: false });
  });

  it("takes a text that names have to contain, and a smoke run", () => {
    expect(readArguments(["--only", "hmac", "--smoke"])).toEqual({ help: false, only: "hmac", smoke: true });
  });

  it.each(["--onyl", "--quick", "guard"])("refuses %s, which it does not know", (value) => {
    expect(() => readArguments([value])).toThrow(TypeError);
  });
});
