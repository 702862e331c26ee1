import { capabilities, capabilityRow } from "@kms/core/driver";
import { describe, expect, it } from "vitest";
import { claimsOf, expectedText } from "../src/index.ts";
import { differences } from "../src/claims.ts";

const row = capabilityRow({ algorithm: "HMAC-SHA256", version: "caller", operations: ["generateMac", "verifyMac"] });
const claims = claimsOf(capabilities({ kind: "x", rows: [row] }), ["suspended"]);

describe("claimsOf", () => {
  it("survives being written and read", () => {
    expect(differences(claims, JSON.parse(expectedText(claims)))).toEqual([]);
  });

  it("shows an operation that vanished, one that appeared, and a changed limit", () => {
    const { verifyMac: _, ...operations } = row.operations;
    const less = claimsOf(capabilities({ kind: "x", rows: [{ ...row, operations }] }), ["suspended"]);
    expect(differences(less, claims)).toHaveLength(1);
    expect(differences(claims, less)).toHaveLength(1);
    const limited = claimsOf(capabilities({ kind: "x", rows: [{ ...row, limits: { maximumMessageBytes: 1 } }] }), []);
    expect(differences(limited, claims).length).toBe(2);
  });
});
