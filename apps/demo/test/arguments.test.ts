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
      live: undefined,
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

  it("takes a key of the user's own at a provider", () => {
    const argv = [
      "--live",
      "aws",
      "--key",
      "alias/orders",
      "--region",
      "eu-west-1",
      "--algorithm",
      "HMAC-SHA256",
      "a.txt",
    ];
    expect(readArguments(argv)).toMatchObject({
      kind: "run",
      path: "a.txt",
      live: { provider: "aws", key: "alias/orders", region: "eu-west-1", algorithm: "HMAC-SHA256" },
    });
  });

  it.each([
    [["--live", "aws"]],
    [["--live", "aws", "--key", ""]],
    [["--key", "alias/orders"]],
    [["--region", "eu-west-1"]],
    [["--algorithm", "HMAC-SHA256"]],
    [["--live", "aws", "--key", "alias/orders", "--store", "keys.sqlite"]],
  ])("refuses %j: a key goes with its provider, and without a store", (argv) => {
    expect(readArguments(argv).kind).toBe("wrong");
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
