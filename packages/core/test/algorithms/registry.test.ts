import { describe, expect, it } from "vitest";
import { algorithmRow, isAlgorithm, symmetric } from "../../src/algorithms/registry.ts";
import { minimumStrengthAt, strengthRules } from "../../src/algorithms/strengths.ts";
import { algorithms } from "../../src/algorithms/table.ts";
import { codeOf, errorOf } from "../codes.ts";

const rows = Object.values(algorithms);

describe("the registry of algorithms", () => {
  it("has each row under its own name", () => {
    for (const [name, row] of Object.entries(algorithms)) expect(row.algorithm).toBe(name);
    expect(rows).toHaveLength(30);
  });

  it("gives RSA-OAEP the limits of RFC 8017 section 7.1.1", () => {
    const limits = rows
      .filter(({ family }) => family === "rsa-oaep")
      .map(({ maximumPlaintextBytes }) => maximumPlaintextBytes);
    expect(limits).toEqual([190, 318, 446, 382]);
  });

  it("gives each family the strengths of SP 800-57 Part 1 Table 2", () => {
    const bits = (name: keyof typeof algorithms): number => algorithms[name].strengthBits;
    expect([bits("RSA-PSS-2048-SHA256"), bits("RSA-OAEP-3072-SHA256"), bits("RSA-PKCS1-4096-SHA512")]).toEqual([
      112, 128, 128,
    ]);
    expect([
      bits("ECDSA-P256-SHA256"),
      bits("ECDH-P384"),
      bits("ECDSA-P521-SHA512"),
      bits("ECDSA-secp256k1-SHA256"),
      bits("Ed25519"),
    ]).toEqual([128, 192, 256, 128, 128]);
    expect([bits("ML-DSA-44"), bits("ML-DSA-65"), bits("ML-DSA-87"), bits("ML-KEM-768"), bits("ML-KEM-1024")]).toEqual([
      128, 192, 256, 192, 256,
    ]);
    expect([
      bits("AES-256-GCM"),
      bits("AES-256-KWP"),
      bits("HMAC-SHA256"),
      bits("HMAC-SHA384"),
      bits("HMAC-SHA512"),
    ]).toEqual([256, 256, 256, 384, 512]);
  });

  it("names as symmetric exactly the algorithms without a public key", () => {
    const names = rows.filter(symmetric).map(({ algorithm }) => algorithm);
    expect(names).toEqual(["AES-256-GCM", "HMAC-SHA256", "HMAC-SHA384", "HMAC-SHA512", "AES-256-KWP"]);
  });

  it("knows no name that an object inherits", () => {
    for (const name of [
      "toString",
      "__proto__",
      "constructor",
      "hasOwnProperty",
      "aes-256-gcm",
      "",
      1,
      null,
      undefined,
      {},
      ["Ed25519"],
    ]) {
      expect(isAlgorithm(name)).toBe(false);
      expect(codeOf(() => algorithmRow(name))).toBe("INVALID_ARGUMENT");
    }
  });

  it("shows an unknown name shortened and without control characters", () => {
    const { message } = errorOf(() => algorithmRow(`\n\u001b[2J${"x".repeat(10_000_000)}`));
    expect(message.length).toBeLessThan(200);
    expect(message).not.toMatch(/[\u0000-\u001f]/);
  });
});

describe("the least strength that may protect", () => {
  it("is 112 bits through 2030 and 128 bits from 2031 on", () => {
    expect(minimumStrengthAt(Date.parse("2030-12-31T23:59:59.999Z"))).toBe(112);
    expect(minimumStrengthAt(Date.parse("2031-01-01T00:00:00.000Z"))).toBe(128);
    expect(minimumStrengthAt(0)).toBe(112);
    expect(minimumStrengthAt(Date.parse("2100-01-01T00:00:00.000Z"))).toBe(128);
  });

  it("is a table in ascending order of dates, each row with its source", () => {
    const dates = strengthRules.map(({ from }) => from);
    expect(dates).toEqual(dates.toSorted());
    for (const { source } of strengthRules) expect(source).toMatch(/SP 800-57 Part 1 r5/);
  });
});
