import { describe, expect, it } from "vitest";
import { meets } from "../src/bench-row.ts";
import { rowOf, rows } from "../src/rows.ts";

// `design.md` §8: exactly these names, of the rows that exist so far.
const names = [
  "guard/aes/floor",
  "guard/aes/raw",
  "guard/es256/sign",
  "guard/es256/verify",
  "guard/hmac",
  "guard/aes/jose",
  "guard/es256/sign/jose",
  "guard/es256/verify/jose",
  "guard/hmac/jose",
  "import/core",
  "import/aws",
  "import/gcp",
  "import/azure",
  "import/envelope",
  "adapter/aws/sequential",
  "adapter/aws/concurrent-64",
  "adapter/gcp/sequential",
  "adapter/gcp/concurrent-64",
  "adapter/azure/sequential",
  "adapter/azure/concurrent-64",
  "lookup/read",
  "lookup/create",
  "envelope/1k/floor",
  "envelope/1k/client-node",
  "envelope/1k-cached/floor",
  "envelope/1k-cached/client-node",
  "envelope/aws",
  "envelope/1m-64k/raw",
  "envelope/1m-1m/raw",
  "envelope/1m/client-node",
  "envelope/stream/raw",
  "envelope/stream/client-node",
  "envelope/stream/rss",
  "envelope/10k/client-node",
  "envelope/10k/calls",
];

describe("the table of rows", () => {
  it("has every row once, in the order of the report", () => {
    expect(rows.map(({ name }) => name)).toEqual(names);
  });

  it("asks no more of the goal than of the stretch", () => {
    expect(rows.filter((row) => row.stretch !== undefined && !meets(row, row.stretch, row.goal))).toEqual([]);
  });

  it("measures everything that is done with own keys over both stores, and look-ups in a file", () => {
    const storesOf = (prefix: string): readonly string[] => [
      ...new Set(rows.filter(({ name }) => name.startsWith(prefix)).map(({ stores }) => stores.join(" "))),
    ];
    expect(storesOf("guard/")).toEqual(["memory sqlite"]);
    expect(storesOf("lookup/")).toEqual(["sqlite"]);
    expect(storesOf("import/")).toEqual(["none"]);
    expect(storesOf("envelope/")).toEqual(["none"]);
  });

  it("compares 1 MiB at the frame lengths that the rows name, and with the official client at each", () => {
    const lengthsOf = (name: string): readonly number[] | undefined => rowOf(name)?.frameLengths;
    expect(lengthsOf("envelope/1m-64k/raw")).toEqual([65_536]);
    expect(lengthsOf("envelope/1m-1m/raw")).toEqual([1_048_576]);
    expect(lengthsOf("envelope/1m/client-node")).toEqual([4096, 65_536, 1_048_576]);
  });

  it("counts memory and calls as they are, and times one way or the other", () => {
    const counting = (counts: string): readonly string[] =>
      rows.filter((row) => row.counts === counts).map(({ name }) => name);
    expect(counting("MiB")).toEqual(["envelope/stream/rss"]);
    expect(counting("calls")).toEqual(["envelope/10k/calls"]);
    expect(counting("times as fast")).toEqual([
      "lookup/create",
      "envelope/1k/client-node",
      "envelope/1k-cached/client-node",
      "envelope/1m/client-node",
      "envelope/stream/raw",
      "envelope/stream/client-node",
      "envelope/10k/client-node",
    ]);
  });

  it("finds a row by its whole name only", () => {
    expect(rowOf("guard/hmac")?.name).toBe("guard/hmac");
    expect(rowOf("guard")).toBeUndefined();
    expect(rowOf(undefined)).toBeUndefined();
  });
});
