import { createHash, createPublicKey, verify as verifyWith } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bytes, call, context, keyOf, refusal, rejection, stand, text, told } from "./setup.ts";

const aes = "AES-256-GCM";

describe("symmetric encryption", () => {
  test("is asked for by the key's name, and says which version it was; decryption does not", async () => {
    const here = await stand();
    const key = await keyOf(here, aes);
    here.emulator.requests.clear();
    const { bytes: ciphertext, ...named } = await here.driver.encrypt(key, bytes("x"), context("aad"), call());
    expect(named).toEqual({ id: key.id, version: "1" });
    const { bytes: plaintext, ...unnamed } = await here.driver.decrypt(key, ciphertext, context("aad"), call());
    expect(text(plaintext)).toBe("x");
    expect(unnamed).toEqual({ id: undefined, version: undefined });
    expect(here.emulator.requests.list().map(({ name }) => name)).toEqual([key.id, key.id]);
  });

  test("is by the primary version, whichever the handle knows", async () => {
    const here = await stand();
    const key = await keyOf(here, aes);
    await here.client.createCryptoKeyVersion({ parent: key.id });
    await here.client.updateCryptoKeyPrimaryVersion({ name: key.id, cryptoKeyVersionId: "2" });
    expect(await here.driver.encrypt(key, bytes("x"), context(), call())).toMatchObject({ version: "2" });
  });

  test("hands out plaintext in memory of its own", async () => {
    const here = await stand();
    const key = await keyOf(here, aes);
    const { bytes: ciphertext } = await here.driver.encrypt(key, bytes("x"), context(), call());
    const { bytes: plaintext } = await here.driver.decrypt(key, ciphertext, context(), call());
    expect(plaintext.buffer.byteLength).toBe(plaintext.byteLength);
    expect(Object.getPrototypeOf(plaintext)).toBe(Uint8Array.prototype);
  });

  test("opens nothing under other associated data, another key, or altered", async () => {
    const here = await stand();
    const [key, other] = [await keyOf(here, aes), await keyOf(here, aes)];
    const { bytes: ciphertext } = await here.driver.encrypt(key, bytes("x"), context("aad"), call());
    const altered = ciphertext.map((byte, at) => (at === ciphertext.length - 1 ? byte ^ 1 : byte));
    for (const attempt of [
      () => here.driver.decrypt(key, ciphertext, context("other"), call()),
      () => here.driver.decrypt(other, ciphertext, context("aad"), call()),
      () => here.driver.decrypt(key, altered, context("aad"), call()),
    ]) {
      const cause = await rejection(attempt());
      expect(told(here, cause, "decrypt")).toMatchObject({ code: "DECRYPTION_FAILED", outcome: "none" });
    }
    here.emulator.requests.clear();
    for (const length of [0, 131_073]) {
      expect(await refusal(here.driver.decrypt(key, new Uint8Array(length), context("aad"), call()))).toMatchObject({
        code: "DECRYPTION_FAILED",
      });
    }
    expect(here.emulator.requests.count()).toBe(0);
  });
});

describe("RSA decryption", () => {
  test("names the version, and opens no ciphertext of another length or version", async () => {
    const here = await stand();
    const key = await keyOf(here, "RSA-OAEP-2048-SHA256");
    here.emulator.requests.clear();
    for (const length of [0, 1, 255, 257]) {
      expect(await refusal(here.driver.decrypt(key, new Uint8Array(length), context(), call()))).toMatchObject({
        code: "DECRYPTION_FAILED",
      });
    }
    expect(here.emulator.requests.count()).toBe(0);
    const cause = await rejection(here.driver.decrypt(key, new Uint8Array(256), context(), call()));
    expect(told(here, cause, "decrypt").code).toBe("DECRYPTION_FAILED");
    expect(here.emulator.requests.list()).toMatchObject([{ name: `${key.id}/cryptoKeyVersions/1` }]);
    const absent = await refusal(here.driver.decrypt({ ...key, version: "9" }, new Uint8Array(256), context(), call()));
    expect(absent).toMatchObject({ code: "DECRYPTION_FAILED" });
    // One that the handle pins was there: no ciphertext made it up.
    const pinned = { ...key, version: "9", pinned: ["1", "9"] };
    const gone = await rejection(here.driver.decrypt(pinned, new Uint8Array(256), context(), call()));
    expect(told(here, gone, "decrypt")).toMatchObject({ code: "NOT_FOUND" });
    const unversioned = { ...key, version: undefined };
    expect(await refusal(here.driver.decrypt(unversioned, new Uint8Array(256), context(), call()))).toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });
});

describe("data keys", () => {
  test("name the key under a symmetric one, and its version under RSA", async () => {
    const here = await stand();
    const [key, rsa] = [await keyOf(here, aes), await keyOf(here, "RSA-OAEP-2048-SHA256")];
    const { encrypted, ...named } = await here.driver.wrapDataKey(key, bytes("k"), context("aad"), call());
    expect([encrypted.providerId, text(encrypted.providerInfo)]).toEqual(["google-cloud-kms", key.id]);
    expect(named).toEqual({ id: key.id, version: "1" });
    expect(text((await here.driver.unwrapDataKey(key, encrypted, context("aad"), call())).bytes)).toBe("k");
    expect(text(here.driver.nameDataKey(rsa, bytes("c")).providerInfo)).toBe(`${rsa.id}/cryptoKeyVersions/1`);
  });

  test("that name another provider, key or no version are not asked about", async () => {
    const here = await stand();
    const [key, rsa] = [await keyOf(here, aes), await keyOf(here, "RSA-OAEP-2048-SHA256")];
    const { encrypted } = await here.driver.wrapDataKey(key, bytes("k"), context(), call());
    const named = here.driver.nameDataKey(rsa, new Uint8Array(256));
    here.emulator.requests.clear();
    for (const [of, given] of [
      [key, { ...encrypted, providerId: "aws-kms" }],
      [key, { ...encrypted, providerInfo: bytes(`${key.id}2`) }],
      [key, { ...encrypted, providerInfo: bytes(`${key.id}/cryptoKeyVersions/1`) }],
      [key, { ...encrypted, providerInfo: Uint8Array.of(0xff) }],
      [key, { ...encrypted, providerInfo: bytes(`\uFEFF${key.id}`) }],
      [rsa, { ...named, providerId: "" }],
      [rsa, { ...named, providerInfo: bytes(rsa.id) }],
      [rsa, { ...named, providerInfo: bytes(`\uFEFF${text(named.providerInfo)}`) }],
      [rsa, { ...named, providerInfo: bytes(`${key.id}/cryptoKeyVersions/1`) }],
      [rsa, { ...named, providerInfo: bytes(`${rsa.id}/cryptoKeyVersions/0`) }],
    ] as const) {
      expect(await refusal(here.driver.unwrapDataKey(of, given, context(), call()))).toMatchObject({
        code: "DECRYPTION_FAILED",
      });
    }
    expect(here.emulator.requests.count()).toBe(0);
  });
});

describe("signing", () => {
  test.each([
    ["ECDSA-P256-SHA256", "SHA-256", "sha256"],
    ["ECDSA-P384-SHA384", "SHA-384", "sha384"],
    ["RSA-PKCS1-2048-SHA256", "SHA-256", "sha256"],
  ] as const)("%s takes a digest, and node:crypto verifies the message", async (algorithm, hash, digest) => {
    const here = await stand();
    const key = await keyOf(here, algorithm);
    const input = { kind: "digest", hash, bytes: createHash(digest).update("message").digest() } as const;
    const { bytes: signature, ...named } = await here.driver.sign(key, input, call());
    expect(named).toEqual({ id: key.id, version: "1" });
    const { bytes: spki } = await here.driver.getPublicKey(key, call());
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    expect(verifyWith(digest, bytes("message"), publicKey, signature)).toBe(true);
  });

  test("Ed25519 takes the message, and each refuses what its row does not ask for", async () => {
    const here = await stand();
    const [edwards, ecdsa] = [await keyOf(here, "Ed25519"), await keyOf(here, "ECDSA-P256-SHA256")];
    const message = { kind: "message", bytes: bytes("message") } as const;
    const digest = { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) } as const;
    const { bytes: signature } = await here.driver.sign(edwards, message, call());
    const { bytes: spki } = await here.driver.getPublicKey(edwards, call());
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    expect(verifyWith(null, bytes("message"), publicKey, signature)).toBe(true);
    expect(await refusal(here.driver.sign(edwards, digest, call()))).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(await refusal(here.driver.sign(ecdsa, message, call()))).toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("MACs", () => {
  test.each([
    ["HMAC-SHA256", 32],
    ["HMAC-SHA384", 48],
    ["HMAC-SHA512", 64],
  ] as const)(
    "of %s have %d bytes; a wrong one is false, one of another length without a call",
    async (algorithm, length) => {
      const here = await stand();
      const key = await keyOf(here, algorithm);
      const { bytes: mac, ...named } = await here.driver.generateMac(key, bytes("message"), call());
      expect(mac).toHaveLength(length);
      expect(named).toEqual({ id: key.id, version: "1" });
      const verdict = async (given: Uint8Array) => here.driver.verifyMac(key, bytes("message"), given, call());
      expect(await verdict(mac)).toEqual({ valid: true, id: key.id, version: "1" });
      expect((await verdict(mac.map((byte, at) => (at === 0 ? byte ^ 1 : byte)))).valid).toBe(false);
      here.emulator.requests.clear();
      for (const other of [mac.subarray(1), new Uint8Array(length + 1), new Uint8Array()]) {
        expect(await verdict(other)).toEqual({ valid: false, id: undefined, version: undefined });
      }
      expect(here.emulator.requests.count()).toBe(0);
    },
  );
});

describe("random bytes", () => {
  test.each([1, 7, 8, 1024])("as many as asked for: %d", async (length) => {
    const { driver } = await stand();
    const [one, two] = [await driver.generateRandom(length, call()), await driver.generateRandom(length, call())];
    expect([one.length, two.length, one.buffer.byteLength]).toEqual([length, length, length]);
    expect(length < 7 || Buffer.compare(one, two) !== 0).toBe(true);
  });

  test.each([
    [0, "INVALID_ARGUMENT"],
    [-1, "INVALID_ARGUMENT"],
    [1.5, "INVALID_ARGUMENT"],
    [NaN, "INVALID_ARGUMENT"],
    [1025, "TOO_LARGE"],
  ])("%d are %s before any call", async (length, code) => {
    const { driver, emulator } = await stand();
    expect(await refusal(driver.generateRandom(length, call()))).toMatchObject({ code });
    expect(emulator.requests.count()).toBe(0);
  });
});
