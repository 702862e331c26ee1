import { describe, expect, it } from "vitest";
import { associated, at, call, codeOf, driverOver, flipped, makeKey } from "./fixture.ts";
import { encryptOaep } from "./rsa-reference.ts";

const context = associated("tenant=42");
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("data keys", () => {
  it.each([16, 24, 32])(
    "a fresh one of %i bytes comes in clear and wrapped, named by key and version",
    async (length) => {
      const driver = await driverOver();
      const key = await makeKey(driver, "AES-256-GCM");
      const made = await driver.generateDataKey(key, length, context, call());
      expect([made.plaintext.length, made.id, made.version]).toEqual([length, key.id, "1"]);
      expect(made.encrypted.providerId).toBe("kms-self-managed");
      expect(Buffer.from(made.encrypted.providerInfo).toString()).toBe(`${key.id}/1`);
      const opened = await driver.unwrapDataKey(key, made.encrypted, context, call());
      expect(opened).toMatchObject({ id: key.id, version: "1" });
      expect(Buffer.compare(opened.bytes, made.plaintext)).toBe(0);
      expect(Buffer.from((await driver.generateDataKey(key, length, context, call())).plaintext)).not.toEqual(
        Buffer.from(made.plaintext),
      );
    },
  );

  it("a caller's own is wrapped and, after a rotation, still unwrapped by the version that it names", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    const material = new Uint8Array(32).fill(3);
    const { encrypted } = await driver.wrapDataKey(key, material, context, call());
    await driver.rotate(key, call());
    const again = await driver.wrapDataKey(at(key, "2"), material, context, call());
    for (const wrapped of [encrypted, again.encrypted]) {
      expect(Buffer.from((await driver.unwrapDataKey(key, wrapped, context, call())).bytes)).toEqual(
        Buffer.from(material),
      );
    }
    expect(Buffer.from(again.encrypted.providerInfo).toString()).toBe(`${key.id}/2`);
  });

  it("does not change its input, and what it wrapped is no ciphertext of data, nor the other way round", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    const { encrypted } = await driver.wrapDataKey(key, new Uint8Array(32), context, call());
    expect(await codeOf(() => driver.decrypt(key, encrypted.ciphertext, context, call()))).toBe("DECRYPTION_FAILED");
    const { bytes } = await driver.encrypt(key, new Uint8Array(32), context, call());
    expect(await codeOf(() => driver.unwrapDataKey(key, { ...encrypted, ciphertext: bytes }, context, call()))).toBe(
      "DECRYPTION_FAILED",
    );
  });

  it("is refused with other associated data, any changed byte, and any other name of provider, key or version", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    const { encrypted } = await driver.wrapDataKey(key, new Uint8Array(32), context, call());
    await driver.rotate(key, call());
    const names = [
      "",
      "1",
      `${key.id}`,
      `${key.id}/`,
      `${key.id}/2`,
      `${key.id}/3`,
      `${key.id}/01`,
      `${key.id}/1/`,
      `x${key.id}/1`,
      `${key.id}/1\0`,
      `${key.id}/${"9".repeat(5000)}`,
    ];
    const wrong = [
      { ...encrypted, providerId: "aws-kms" },
      ...names.map((name) => ({ ...encrypted, providerInfo: utf8(name) })),
      ...[...encrypted.ciphertext.keys()].map((offset) => ({
        ...encrypted,
        ciphertext: flipped(encrypted.ciphertext, offset),
      })),
      ...[...encrypted.providerInfo.keys()].map((offset) => ({
        ...encrypted,
        providerInfo: flipped(encrypted.providerInfo, offset),
      })),
    ];
    for (const changed of wrong) {
      expect(await codeOf(() => driver.unwrapDataKey(key, changed, context, call()))).toBe("DECRYPTION_FAILED");
    }
    expect(await codeOf(() => driver.unwrapDataKey(key, encrypted, associated("tenant=43"), call()))).toBe(
      "DECRYPTION_FAILED",
    );
  });

  it("under RSA are wrapped by the guard, named and unwrapped by the driver", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "RSA-OAEP-2048-SHA256");
    const { bytes: spki } = await driver.getPublicKey(key, call());
    const encrypted = driver.nameDataKey(key, encryptOaep(spki, "sha256", new Uint8Array(32).fill(8)));
    expect(Buffer.from(encrypted.providerInfo).toString()).toBe(`${key.id}/1`);
    expect(Buffer.from((await driver.unwrapDataKey(key, encrypted, associated(), call())).bytes)).toEqual(
      Buffer.alloc(32, 8),
    );
    const changed = { ...encrypted, ciphertext: flipped(encrypted.ciphertext, 100) };
    expect(await codeOf(() => driver.unwrapDataKey(key, changed, associated(), call()))).toBe("DECRYPTION_FAILED");
    expect(await codeOf(() => driver.generateDataKey(key, 32, associated(), call()))).toBe("UNSUPPORTED");
    expect(await codeOf(() => driver.wrapDataKey(key, new Uint8Array(32), associated(), call()))).toBe("UNSUPPORTED");
  });
});
