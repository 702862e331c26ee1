import { constants, createHash, generateKeyPairSync, privateDecrypt, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { flipped, random, utf8 } from "../../src/bytes.ts";
import { encryptOaep, verifyPkcs1, verifyPss, type RsaPublicKey } from "../../src/verify/rsa.ts";
import { parseSpki } from "../../src/verify/spki.ts";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const parsed = parseSpki(publicKey.export({ type: "spki", format: "der" }));
const key: RsaPublicKey = parsed.type === "RSA" ? parsed : { type: "RSA", modulus: 0n, exponent: 0n };
const message = utf8("a message");

describe.each(["SHA256", "SHA512"] as const)("RSA with %s", (digest) => {
  const hash = digest.toLowerCase();

  it("verifies a PKCS #1 v1.5 signature of node and no changed one", () => {
    const signature = sign(hash, message, privateKey);
    expect(verifyPkcs1(key, digest, message, signature)).toBe(true);
    for (const at of [0, 100, 255]) expect(verifyPkcs1(key, digest, message, flipped(signature, at))).toBe(false);
    expect(verifyPkcs1(key, digest, flipped(message, 0), signature)).toBe(false);
    expect(verifyPkcs1(key, digest === "SHA256" ? "SHA512" : "SHA256", message, signature)).toBe(false);
    expect(verifyPkcs1(key, digest, message, signature.subarray(1))).toBe(false);
  });

  it("verifies a PSS signature of node whose salt is as long as the digest, and no other salt", () => {
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const saltLength = createHash(hash).digest().length;
    const signature = sign(hash, message, { key: privateKey, padding, saltLength });
    expect(verifyPss(key, digest, message, signature)).toBe(true);
    for (const at of [0, 100, 255]) expect(verifyPss(key, digest, message, flipped(signature, at))).toBe(false);
    expect(verifyPss(key, digest, flipped(message, 0), signature)).toBe(false);
    const shorter = sign(hash, message, { key: privateKey, padding, saltLength: saltLength - 1 });
    expect(verifyPss(key, digest, message, shorter)).toBe(false);
    expect(verifyPss(key, digest, message, sign(hash, message, privateKey))).toBe(false);
  });

  it("encrypts with OAEP what node decrypts", () => {
    for (const length of [0, 1, 62]) {
      const plaintext = random(length);
      const options = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash };
      expect(privateDecrypt(options, encryptOaep(key, digest, plaintext))).toEqual(Buffer.from(plaintext));
    }
  });
});
