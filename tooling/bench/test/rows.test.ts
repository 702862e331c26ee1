import { describe, expect, it } from "vitest";
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
  "adapter/aws/sequential",
  "adapter/aws/concurrent-64",
];

describe("the table of rows", () => {
  it("has every row once, in the order of the report", () => {
    expect(rows.map(({ name }) => name)).toEqual(names);
  });

  it("asks no more of the goal than of the stretch", () => {
    expect(rows.filter(({ goal, stretch }) => stretch > goal)).toEqual([]);
  });

  it("finds a row by its whole name only", () => {
    expect(rowOf("guard/hmac")?.name).toBe("guard/hmac");
    expect(rowOf("guard")).toBeUndefined();
    expect(rowOf(undefined)).toBeUndefined();
  });
});
