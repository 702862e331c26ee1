import { describe, expect, it } from "vitest";
import { mutants, runBase, runMutant, runNarrowed } from "../src/index.ts";

describe("the suite against drivers that work", () => {
  it.each(["self-managed", "minimal"] as const)("passes the %s base of the mutants", async (base) => {
    expect(await runBase(base)).toEqual([]);
  });
});

describe("the suite against drivers that do less", () => {
  it.each([
    { what: "protects and reads nothing", without: ["decrypt", "verifyMac", "unwrapKey", "unwrapDataKey"] },
    { what: "reads and protects nothing", without: ["encrypt", "generateMac", "wrapKey", "generateDataKey", "sign"] },
    { what: "wraps data keys and generates none", without: ["generateDataKey"] },
    { what: "generates data keys and wraps none", without: ["wrapDataKey"] },
  ] as const)("asks nothing of a driver that $what but what it claims", async ({ without }) => {
    const results = await runNarrowed("self-managed", without);
    expect(results.filter(({ result }) => result === "failed")).toEqual([]);
  });

  it("looks at the defects of data keys also where they are wrapped alone", async () => {
    const results = await runNarrowed("self-managed", ["generateDataKey"]);
    const byId = new Map(results.map(({ id, result }) => [id, result]));
    for (const what of ["every-byte-flipped", "foreign", "renamed", "nonces", "long-associated-data"]) {
      expect(byId.get(`data-keys/${what}`)).toBe("passed");
    }
  });

  it("does not call a use refused that is claimed for keys which the suite cannot make", async () => {
    const results = await runNarrowed("minimal", ["generateKey"]);
    const byId = new Map(results.map(({ id, result }) => [id, result]));
    expect(byId.get("encryption/round-trip")).toBe("failed");
    expect(byId.get("associated-data/wrong")).toBe("failed");
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
