import { constants, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { applyRsaPrivateKey, digest, generateRsaKeyPair, type HashName, type KeyPair } from "../src/primitives.ts";
import { type RsaHash, signRsa, verifyRsa } from "../src/rsa.ts";

const BITS = 2048;
const MESSAGE = new TextEncoder().encode("message");
const HASHES = ["sha256", "sha384", "sha512"] as const;
const CASES = HASHES.flatMap((hash) => [{ scheme: "pss", hash } as const, { scheme: "pkcs1", hash } as const]);

let pair: KeyPair;
let publicKey: KeyObject;
beforeAll(async () => {
  pair = await generateRsaKeyPair(BITS);
  publicKey = createPublicKey({ key: Buffer.from(pair.publicKey), format: "der", type: "spki" });
});

// OpenSSL's own encoding of a digest that it makes itself: nothing of it is in src/rsa.ts.
const padding = (scheme: string, saltLength: number): { padding: number; saltLength?: number } =>
  scheme === "pss"
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
    : { padding: constants.RSA_PKCS1_PADDING };

const lengthOf = (hash: HashName): number => digest(hash, MESSAGE).length;
const isGenuine = (how: RsaHash, signature: Uint8Array): boolean =>
  verifyRsa(pair, BITS, how, { hashed: digest(how.hash, MESSAGE), signature });

describe("signRsa", () => {
  it.each(CASES)("makes $scheme signatures over $hash that OpenSSL accepts, salt as long as the hash", (how) => {
    const signature = signRsa(pair, BITS, how, digest(how.hash, MESSAGE));
    const key = { key: publicKey, ...padding(how.scheme, lengthOf(how.hash)) };
    expect(verify(how.hash, MESSAGE, key, signature)).toBe(true);
  });

  it("salts PSS afresh, and repeats PKCS #1", () => {
    const hashed = digest("sha256", MESSAGE);
    const signatures = (scheme: "pss" | "pkcs1"): string[] =>
      [1, 2].map(() => Buffer.from(signRsa(pair, BITS, { scheme, hash: "sha256" }, hashed)).toString("hex"));
    expect(new Set(signatures("pss")).size).toBe(2);
    expect(new Set(signatures("pkcs1")).size).toBe(1);
  });
});

describe("verifyRsa", () => {
  it.each(CASES)("accepts what OpenSSL signs with $scheme over $hash", (how) => {
    const key = { key: pair.privateKey, ...padding(how.scheme, lengthOf(how.hash)) };
    expect(isGenuine(how, sign(how.hash, MESSAGE, key))).toBe(true);
  });

  it.each(CASES)("refuses $scheme over $hash with any byte changed, cut, longer, or zeros", (how) => {
    const signature = signRsa(pair, BITS, how, digest(how.hash, MESSAGE));
    const changed = Array.from(signature, (_, at) => signature.map((byte, index) => (index === at ? byte ^ 1 : byte)));
    const forged = [
      ...changed,
      signature.subarray(1),
      signature.subarray(0, -1),
      Buffer.concat([Buffer.from([0]), signature]),
      new Uint8Array(BITS / 8),
      new Uint8Array(BITS / 8).fill(0xff),
      new Uint8Array(),
    ];
    expect(forged.filter((bytes) => isGenuine(how, bytes))).toEqual([]);
  });

  it.each([0, 20, 31, 33, 48])("refuses PSS over sha256 with a salt of %i bytes", (saltLength) => {
    const key = { key: pair.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
    expect(isGenuine({ scheme: "pss", hash: "sha256" }, sign("sha256", MESSAGE, key))).toBe(false);
  });

  it("refuses the other scheme, another hash and another message", () => {
    const signature = signRsa(pair, BITS, { scheme: "pss", hash: "sha256" }, digest("sha256", MESSAGE));
    expect(isGenuine({ scheme: "pkcs1", hash: "sha256" }, signature)).toBe(false);
    expect(isGenuine({ scheme: "pss", hash: "sha512" }, signature)).toBe(false);
    const hashed = digest("sha256", digest("sha256", MESSAGE));
    expect(verifyRsa(pair, BITS, { scheme: "pss", hash: "sha256" }, { hashed, signature })).toBe(false);
  });

  it("refuses PKCS #1 with less padding and rest behind the digest", () => {
    const info = Buffer.concat([
      Buffer.from("3031300d060960864801650304020105000420", "hex"),
      digest("sha256", MESSAGE),
    ]);
    const block = Buffer.alloc(BITS / 8, 0x41);
    Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(8, 0xff), Buffer.from([0]), info]).copy(block);
    const signature = applyRsaPrivateKey(pair, block);
    expect(isGenuine({ scheme: "pkcs1", hash: "sha256" }, signature)).toBe(false);
  });
});
