import { describe, expect, it } from "vitest";
import { readArguments } from "../src/arguments.ts";

describe("readArguments", () => {
  it("runs on the own documents where nothing is named", () => {
    expect(readArguments([])).toEqual({
      kind: "run",
      path: undefined,
      json: false,
      keep: false,
      storeFile: undefined,
    });
  });

  it("takes one path and the options in any order", () => {
    expect(readArguments(["--json", "a folder", "--keep", "--store", "keys.sqlite"])).toEqual({
      kind: "run",
      path: "a folder",
      json: true,
      keep: true,
      storeFile: "keys.sqlite",
    });
  });

  it("takes a path that looks like an option after --", () => {
    expect(readArguments(["--", "--json"])).toMatchObject({ kind: "run", path: "--json", json: false });
  });

  it("knows --help", () => {
    expect(readArguments(["--help"]).kind).toBe("help");
  });

  it.each([[["--jsn"]], [["a", "b"]], [[""]], [["--json=yes"]], [["--store"]], [["--store", ""]]])(
    "refuses %j",
    (argv) => {
      expect(readArguments(argv).kind).toBe("wrong");
    },
  );
});
