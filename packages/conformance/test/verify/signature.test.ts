import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import type { Algorithm, PublicKey } from "@kms/core";
import { describe, expect, it } from "vitest";
import { CaseFailure } from "../../src/assertions.ts";
import { flipped, utf8 } from "../../src/bytes.ts";
import { hasLowS, verifyIndependently } from "../../src/verify/signature.ts";

const message = utf8("a message");
const published = (algorithm: Algorithm, key: KeyObject): PublicKey => ({
  algorithm,
  spki: key.export({ type: "spki", format: "der" }),
  keyVersion: "1",
  thumbprint: "",
});

describe.each([
  ["ECDSA-P256-SHA256", "P-256", "sha256"],
  ["ECDSA-P384-SHA384", "P-384", "sha384"],
  ["ECDSA-P521-SHA512", "P-521", "sha512"],
  ["ECDSA-secp256k1-SHA256", "secp256k1", "sha256"],
] as const)("%s", (algorithm, namedCurve, hash) => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve });
  const key = published(algorithm, publicKey);

  it("is verified as DER, and never with a byte changed", () => {
    const signature = sign(hash, message, privateKey);
    expect(verifyIndependently(key, message, signature)).toBe(true);
    for (const at of signature.keys()) {
      expect(verifyIndependently(key, message, flipped(signature, at))).toBe(false);
    }
  });

  it("is not verified as r and s one after the other", () => {
    const signature = sign(hash, message, { key: privateKey, dsaEncoding: "ieee-p1363" });
    expect(verifyIndependently(key, message, signature)).toBe(false);
  });

  it("fails the case when the public key is on another curve than the algorithm says", () => {
    const other: Algorithm = algorithm === "ECDSA-P256-SHA256" ? "ECDSA-P384-SHA384" : "ECDSA-P256-SHA256";
    expect(() => verifyIndependently(published(other, publicKey), message, sign(hash, message, privateKey))).toThrow(
      CaseFailure,
    );
  });
});

describe("Ed25519", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");

  it("is verified over the message itself", () => {
    const key = published("Ed25519", publicKey);
    const signature = sign(null, message, privateKey);
    expect(verifyIndependently(key, message, signature)).toBe(true);
    expect(verifyIndependently(key, message, flipped(signature, 40))).toBe(false);
    expect(verifyIndependently(key, flipped(message, 0), signature)).toBe(false);
  });
});

describe("hasLowS", () => {
  it("tells the two halves of the order apart", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
    const found = new Set(Array.from({ length: 64 }, () => hasLowS(sign("sha256", message, privateKey))));
    expect(found).toEqual(new Set([true, false])); // node signs with either
  });
});
