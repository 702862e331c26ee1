import { describe, expect, it } from "vitest";
import { readArguments } from "../src/arguments.ts";

describe("readArguments", () => {
  it("runs on the own documents where nothing is named", () => {
    expect(readArguments([])).toEqual({ kind: "run", path: undefined, json: false, keep: false });
  });

  it("takes one path and the options in any order", () => {
    expect(readArguments(["--json", "a folder", "--keep"])).toEqual({
      kind: "run",
      path: "a folder",
      json: true,
      keep: true,
    });
  });

  it("takes a path that looks like an option after --", () => {
    expect(readArguments(["--", "--json"])).toMatchObject({ kind: "run", path: "--json", json: false });
  });

  it("knows --help", () => {
    expect(readArguments(["--help"]).kind).toBe("help");
  });

  it.each([[["--jsn"]], [["a", "b"]], [[""]], [["--json=yes"]]])("refuses %j", (argv) => {
    expect(readArguments(argv).kind).toBe("wrong");
  });
});
