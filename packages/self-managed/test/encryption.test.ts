import { describe, expect, it } from "vitest";
import { recipes, selfManagedAlgorithms } from "../src/algorithms.ts";
import { associated, at, call, codeOf, driverOver, failure, flipped, makeKey } from "./fixture.ts";
import { encryptOaep } from "./rsa-reference.ts";

const plaintext = new TextEncoder().encode("for one reader");
const none = associated();

describe("encryption with AES-256-GCM keys", () => {
  it("answers at once, without a promise, once a key is in a memory store", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    const sealed = driver.encrypt(key, plaintext, associated("a"), call());
    expect(sealed).not.toBeInstanceOf(Promise);
    const opened = driver.decrypt(key, (await sealed).bytes, associated("a"), call());
    expect(opened).toMatchObject({ id: key.id, version: "1" });
    expect(Buffer.from((await opened).bytes)).toEqual(Buffer.from(plaintext));
  });

  it("needs the version named", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    const target = { ...key, version: undefined };
    expect(await codeOf(() => driver.encrypt(target, plaintext, none, call()))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => driver.decrypt(target, new Uint8Array(80), none, call()))).toBe("INVALID_ARGUMENT");
  });

  it("opens under the version that made it alone: of another version, another key, and a version that never was, it is one opaque answer", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    const other = await makeKey(driver, "AES-256-GCM");
    const { bytes } = await driver.encrypt(key, plaintext, none, call());
    await driver.rotate(key, call());
    const messages = new Set<string>();
    for (const wrong of [at(key, "2"), at(key, "3"), other]) {
      const error = await failure(() => driver.decrypt(wrong, bytes, none, call()));
      expect([error.code, error.keyId, error.cause, error.state]).toEqual([
        "DECRYPTION_FAILED",
        undefined,
        undefined,
        undefined,
      ]);
      messages.add(error.message);
    }
    expect(messages.size).toBe(1);
    expect(Buffer.from((await driver.decrypt(key, bytes, none, call())).bytes)).toEqual(Buffer.from(plaintext));
  });

  it("is NOT_FOUND under a key that is not in the store, or a version that is not there to protect", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    const foreign = { ...key, id: `${"0".repeat(32)}/key` };
    expect(await codeOf(() => driver.encrypt(foreign, plaintext, none, call()))).toBe("NOT_FOUND");
    expect(await codeOf(() => driver.decrypt(foreign, new Uint8Array(80), none, call()))).toBe("NOT_FOUND");
    expect(await codeOf(() => driver.encrypt(at(key, "2"), plaintext, none, call()))).toBe("NOT_FOUND");
  });

  it("is refused under a key of another purpose", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-KWP");
    expect(await codeOf(() => driver.encrypt(key, plaintext, none, call()))).toBe("UNSUPPORTED");
    expect(await codeOf(() => driver.decrypt(key, new Uint8Array(100), none, call()))).toBe("UNSUPPORTED");
  });
});

describe("decryption with RSA-OAEP keys", () => {
  const rsa = selfManagedAlgorithms.filter((algorithm) => recipes[algorithm].kind === "oaep");
  it.each(rsa)(
    "%s opens what an independent implementation encrypted, up to its limit",
    { timeout: 60_000 },
    async (algorithm) => {
      const driver = await driverOver();
      const key = await makeKey(driver, algorithm);
      const hash = algorithm.endsWith("SHA512") ? "sha512" : "sha256";
      const { bytes: spki } = await driver.getPublicKey(key, call());
      const limit =
        driver.capabilities.rows.find((row) => row.algorithm === algorithm)?.limits.maximumPlaintextBytes ?? 0;
      for (const size of [0, 1, limit]) {
        const opened = await driver.decrypt(key, encryptOaep(spki, hash, new Uint8Array(size).fill(9)), none, call());
        expect([opened.bytes.length, opened.id, opened.version]).toEqual([size, key.id, "1"]);
      }
      const otherHash = encryptOaep(spki, hash === "sha256" ? "sha512" : "sha256", plaintext);
      expect(await codeOf(() => driver.decrypt(key, otherHash, none, call()))).toBe("DECRYPTION_FAILED");
    },
  );

  it("refuses a label, every changed byte, and ciphertexts shorter or longer than the modulus", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "RSA-OAEP-2048-SHA256");
    const { bytes: spki } = await driver.getPublicKey(key, call());
    const sealed = encryptOaep(spki, "sha256", plaintext);
    const labelled = encryptOaep(spki, "sha256", plaintext, new TextEncoder().encode("label"));
    const wrong = [labelled, ...[...sealed.keys()].map((offset) => flipped(sealed, offset))];
    wrong.push(
      sealed.slice(1),
      sealed.slice(0, -1),
      Uint8Array.of(0, ...sealed),
      Uint8Array.of(...sealed, 0),
      new Uint8Array(),
    );
    for (const ciphertext of wrong) {
      expect(await codeOf(() => driver.decrypt(key, ciphertext, none, call()))).toBe("DECRYPTION_FAILED");
    }
  });

  it("takes a ciphertext whose leading zero byte was dropped for what it is: too short", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "RSA-OAEP-2048-SHA256");
    const { bytes: spki } = await driver.getPublicKey(key, call());
    const sealed = leadingZero(spki);
    expect(await codeOf(() => driver.decrypt(key, sealed.slice(1), none, call()))).toBe("DECRYPTION_FAILED");
    expect((await driver.decrypt(key, sealed, none, call())).bytes).toHaveLength(2);
  });

  it("does not encrypt: the guard does, with the pinned public key", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "RSA-OAEP-2048-SHA256");
    expect(await codeOf(() => driver.encrypt(key, plaintext, none, call()))).toBe("UNSUPPORTED");
  });
});

/** An OAEP ciphertext that begins with a zero byte: one message in 256 has one. */
function leadingZero(spki: Uint8Array): Uint8Array {
  for (let count = 0; count < 65_536; count += 1) {
    const sealed = encryptOaep(spki, "sha256", Uint8Array.of(count >> 8, count & 0xff));
    if (sealed[0] === 0) return sealed;
  }
  return expect.unreachable("no ciphertext began with a zero byte");
}
