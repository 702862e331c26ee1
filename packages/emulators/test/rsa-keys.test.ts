import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decryptOaep, encryptOaep, privateKeyPem } from "../src/primitives.ts";
import { makeRsaKeyPair } from "../src/rsa-keys.ts";

const message = Buffer.from("a message");

describe("an emulator's RSA keys", () => {
  it.each([2048, 3072])("are all different, of %d bits, and work: OpenSSL finds each consistent", async (bits) => {
    const pairs = await Promise.all(Array.from({ length: 12 }, () => makeRsaKeyPair(bits)));
    const keys = pairs.map((pair) => {
      const privateKey = createPrivateKey(privateKeyPem(pair));
      const publicKey = createPublicKey({ key: Buffer.from(pair.publicKey), format: "der", type: "spki" });
      expect(privateKey.asymmetricKeyDetails).toMatchObject({ modulusLength: bits, publicExponent: 65_537n });
      // Through the Chinese remainder members: a wrong one of them gives another signature.
      expect(verify("sha256", message, publicKey, sign("sha256", message, privateKey))).toBe(true);
      return Buffer.from(pair.publicKey).toString("hex");
    });
    expect(new Set(keys).size).toBe(12);
  });

  it("of two sizes made at once have each its own size", async () => {
    const [small, large] = await Promise.all([makeRsaKeyPair(2048), makeRsaKeyPair(3072)]);
    expect(small.privateKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(large.privateKey.asymmetricKeyDetails?.modulusLength).toBe(3072);
  });
});

it("decryptOaep refuses a ciphertext without its leading zero byte", async () => {
  const pair = await makeRsaKeyPair(2048);
  let ciphertext = encryptOaep("sha256", pair, message);
  for (let count = 0; ciphertext[0] !== 0 && count < 10_000; count += 1) {
    ciphertext = encryptOaep("sha256", pair, message); // one in 256 begins with a zero byte
  }
  expect(decryptOaep("sha256", pair, ciphertext)).toEqual(new Uint8Array(message));
  expect(decryptOaep("sha256", pair, ciphertext.subarray(1))).toBeUndefined();
});
