import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CryptoOperation } from "../../src/index.ts";
import {
  checkRestriction,
  narrow,
  readRestriction,
  restrictionFromJson,
  restrictionToJson,
  usesOf,
  type Restriction,
} from "../../src/keys/action-configuration.ts";
import { codeOf } from "../codes.ts";

const noon = Date.parse("2026-06-01T12:00:00Z");
const allowed = (restriction: Restriction, operation: CryptoOperation, map: object, now: number): boolean => {
  try {
    checkRestriction(restriction, operation, map as Record<string, string>, now);
    return true;
  } catch {
    return false;
  }
};
const entry = fc.constantFrom("a", "b", "c");
const configs = fc.record(
  {
    operations: fc.subarray([...usesOf.encryption]),
    requiredAssociatedData: fc.dictionary(entry, fc.option(fc.constantFrom("1", "2")), { maxKeys: 3 }),
    notAfter: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(2 * noon) }),
  },
  { requiredKeys: [] },
);

describe("narrowing", () => {
  it("never allows what either restriction refuses, and allows what both do", () => {
    const call = fc.record({
      operation: fc.constantFrom(...usesOf.encryption),
      map: fc.dictionary(entry, fc.constantFrom("1", "2", "3")),
      now: fc.integer({ min: 0, max: 2 * noon }),
    });
    fc.assert(
      fc.property(configs, configs, call, (first, second, { operation, map, now }) => {
        const [earlier, later] = [readRestriction(first, "encryption"), readRestriction(second, "encryption")];
        let both: Restriction;
        try {
          both = narrow(earlier, later);
        } catch {
          return; // they contradict each other: no handle comes of it
        }
        const expected = allowed(earlier, operation, map, now) && allowed(later, operation, map, now);
        expect(allowed(both, operation, map, now)).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it("refuses contradictions instead of choosing one side", () => {
    const at = (verifyAt: string): Restriction => readRestriction({ verifyAt }, "signature");
    expect(codeOf(() => narrow(at("provider"), at("local")))).toBe("INVALID_ARGUMENT");
    const tenant = (value: string | null): Restriction =>
      readRestriction({ requiredAssociatedData: { tenant: value } }, "encryption");
    expect(codeOf(() => narrow(tenant("1"), tenant("2")))).toBe("INVALID_ARGUMENT");
    expect(narrow(tenant("1"), tenant(null)).requiredAssociatedData).toEqual({ tenant: "1" });
    expect(narrow(tenant(null), tenant("1")).requiredAssociatedData).toEqual({ tenant: "1" });
  });
});

describe("a restriction", () => {
  it("comes through JSON unchanged", () => {
    fc.assert(
      fc.property(configs, (config) => {
        const read = readRestriction(config, "encryption");
        const json = JSON.parse(JSON.stringify(restrictionToJson(read))) as ReturnType<typeof restrictionToJson>;
        expect(restrictionFromJson(json, "encryption")).toEqual(read);
      }),
    );
  });

  it.each<readonly [string, unknown]>([
    ["null", null],
    ["a list", []],
    ["an unknown member", { widen: true }],
    ["an operation of another purpose", { operations: ["sign"] }],
    ["an operation that does not exist", { operations: ["toString"] }],
    ["operations as text", { operations: "encrypt" }],
    ["another place to verify", { verifyAt: "somewhere" }],
    ["a date as text", { notAfter: "2027-01-01T00:00:00.000Z" }],
    ["a date that is none", { notAfter: new Date(Number.NaN) }],
    ["entries that are no map", { requiredAssociatedData: ["a"] }],
    ["an entry that is a number", { requiredAssociatedData: { a: 1 } }],
    ["a reserved entry", { requiredAssociatedData: { "kms-header": null } }],
  ])("is refused when it is or has %s", (_what, value) => {
    expect(codeOf(() => readRestriction(value, "encryption"))).toBe("INVALID_ARGUMENT");
  });

  it("is refused where the key's uses have nothing for it to restrict", () => {
    expect(codeOf(() => readRestriction({ requiredAssociatedData: { a: "1" } }, "signature"))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => readRestriction({ requiredAssociatedData: { a: "1" } }, "mac"))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => readRestriction({ verifyAt: "local" }, "mac"))).toBe("INVALID_ARGUMENT");
  });

  it("is narrowed twice by an entry of any name", () => {
    const restrict = (value: string | null): Restriction =>
      readRestriction({ requiredAssociatedData: { constructor: value } }, "encryption");
    expect({ ...narrow(restrict(null), restrict(null)).requiredAssociatedData }).toEqual({ constructor: null });
    expect({ ...narrow(restrict("1"), restrict(null)).requiredAssociatedData }).toEqual({ constructor: "1" });
    const other = readRestriction({ requiredAssociatedData: { tenant: "1" } }, "encryption");
    expect({ ...narrow(other, restrict(null)).requiredAssociatedData }).toEqual({ tenant: "1", constructor: null });
  });

  it("looks for its entries among the map's own, inherited names do not count", () => {
    const restriction = readRestriction({ requiredAssociatedData: { constructor: null } }, "encryption");
    expect(codeOf(() => checkRestriction(restriction, "encrypt", {}, noon))).toBe("POLICY_VIOLATION");
  });

  it("holds until notAfter, that millisecond included", () => {
    const restriction = readRestriction({ notAfter: new Date(noon) }, "encryption");
    expect([allowed(restriction, "encrypt", {}, noon), allowed(restriction, "encrypt", {}, noon + 1)]).toEqual([
      true,
      false,
    ]);
  });
});
