import { describe, expect, it } from "vitest";
import { mutants, runBase, runMutant } from "../src/index.ts";

describe("the suite against drivers that work", () => {
  it.each(["self-managed", "minimal"] as const)("passes the %s base of the mutants", async (base) => {
    expect(await runBase(base)).toEqual([]);
  });
});

describe("the suite against broken drivers", () => {
  it.each(mutants)("fails exactly the named cases when $name", async (mutant) => {
    const { missed, beside } = await runMutant(mutant);
    expect({ missed, beside }).toEqual({ missed: [], beside: [] });
  });

  it("has a name of its own for every mutant, and a case that catches it", () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    expect(mutants.filter(({ fails }) => fails.length === 0)).toEqual([]);
  });
});
