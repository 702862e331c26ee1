import { describe, expect, it } from "vitest";
import { meets, rowOf, rows } from "../src/rows.ts";

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
  "adapter/aws/sequential",
  "adapter/aws/concurrent-64",
  "adapter/gcp/sequential",
  "adapter/gcp/concurrent-64",
  "lookup/read",
  "lookup/create",
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
  });

  it("finds a row by its whole name only", () => {
    expect(rowOf("guard/hmac")?.name).toBe("guard/hmac");
    expect(rowOf("guard")).toBeUndefined();
    expect(rowOf(undefined)).toBeUndefined();
  });
});
