import { constants, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { jwkThumbprint, verifySignature, type Algorithm, type PublicKey } from "../../src/index.ts";
import { codeOf } from "../codes.ts";
import { curvePair, edwardsPair, rsaPair, type Pair } from "../guard/keyed-driver.ts";

const message = new TextEncoder().encode("a message");
const publicKey = (spki: Uint8Array<ArrayBuffer>, algorithm: Algorithm): PublicKey => ({
  spki,
  algorithm,
  keyVersion: "1",
  thumbprint: jwkThumbprint(spki),
});
const ecdsa = curvePair("P-256");
const signed = (pair: Pair, digest: string | null, more: object = {}): Uint8Array<ArrayBuffer> =>
  new Uint8Array(sign(digest, message, { key: pair.privateKey, ...more }));

describe("verifySignature", () => {
  const rsa = rsaPair(2048);
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING };
  const cases: readonly (readonly [Algorithm, Pair, Uint8Array<ArrayBuffer>])[] = [
    ["ECDSA-P256-SHA256", ecdsa, signed(ecdsa, "sha256")],
    ["RSA-PSS-2048-SHA256", rsa, signed(rsa, "sha256", { ...pss, saltLength: constants.RSA_PSS_SALTLEN_DIGEST })],
    ["RSA-PKCS1-2048-SHA256", rsa, signed(rsa, "sha256")],
  ];
  it.each(cases)("holds for %s, and for nothing that was changed", (algorithm, { spki }, signature) => {
    const key = publicKey(spki, algorithm);
    expect(verifySignature(key, message, signature)).toBe(true);
    expect(verifySignature(key, message, { bytes: signature, keyVersion: "1", algorithm })).toBe(true);
    expect(verifySignature(key, message.slice(1), signature)).toBe(false);
    for (let at = 0; at < signature.length; at += 7) {
      const flipped = signature.map((byte, index) => (index === at ? byte ^ 1 : byte));
      expect(verifySignature(key, message, flipped)).toBe(false);
    }
    expect(verifySignature(key, message, signature.slice(0, -1))).toBe(false);
    expect(verifySignature(key, message, new Uint8Array([...signature, 0]))).toBe(false);
    expect(verifySignature(key, message, new Uint8Array(0))).toBe(false);
  });

  it("holds for Ed25519", () => {
    const pair = edwardsPair();
    expect(verifySignature(publicKey(pair.spki, "Ed25519"), message, signed(pair, null))).toBe(true);
  });

  it("takes no PSS salt of another length, and no signature of the other RSA padding", () => {
    const key = publicKey(rsa.spki, "RSA-PSS-2048-SHA256");
    expect(verifySignature(key, message, signed(rsa, "sha256", { ...pss, saltLength: 20 }))).toBe(false);
    expect(verifySignature(key, message, signed(rsa, "sha256"))).toBe(false);
  });

  it("is INVALID_ARGUMENT for another algorithm or version than the key's, or a key that does not fit", () => {
    const key = publicKey(ecdsa.spki, "ECDSA-P256-SHA256");
    const bytes = signed(ecdsa, "sha256");
    const genuine = { bytes, keyVersion: "1", algorithm: "ECDSA-P256-SHA256" } as const;
    const wrong: readonly unknown[] = [
      { ...genuine, keyVersion: "2" },
      { ...genuine, algorithm: "Ed25519" },
      {},
      null,
      "x",
      1,
    ];
    for (const signature of wrong) {
      expect(codeOf(() => verifySignature(key, message, signature as never))).toBe("INVALID_ARGUMENT");
    }
    const keys: readonly unknown[] = [
      { ...key, algorithm: "ECDSA-P384-SHA384" },
      { ...key, spki: bytes },
      { ...key, spki: "x" },
      null,
      undefined,
      1,
      { ...key, spki: new Uint8Array([...ecdsa.spki, 0]) },
    ];
    for (const other of keys) {
      expect(codeOf(() => verifySignature(other as never, message, bytes))).toBe("INVALID_ARGUMENT");
    }
    expect(codeOf(() => verifySignature(key, "text" as never, bytes))).toBe("INVALID_ARGUMENT");
  });

  it("refuses Ed25519 keys of small order, under which anything verifies", () => {
    const { publicKey: any } = generateKeyPairSync("ed25519");
    const spki = new Uint8Array(any.export({ format: "der", type: "spki" }));
    spki.set(Uint8Array.of(1, ...new Uint8Array(31)), 12);
    const identity = { spki, algorithm: "Ed25519", keyVersion: "1", thumbprint: "" } as const;
    expect(codeOf(() => verifySignature(identity, message, new Uint8Array(64)))).toBe("INVALID_ARGUMENT");
  });

  it("is UNSUPPORTED for what signs nothing and for what this runtime lacks", () => {
    for (const algorithm of ["AES-256-GCM", "HMAC-SHA256", "ECDH-P256", "ML-DSA-65"] as const) {
      const key = { ...publicKey(ecdsa.spki, "ECDSA-P256-SHA256"), algorithm };
      expect(codeOf(() => verifySignature(key, message, message))).toBe("UNSUPPORTED");
    }
  });
});
