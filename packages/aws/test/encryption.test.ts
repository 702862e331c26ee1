import { describe, expect, test } from "vitest";
import { DecryptCommand, EncryptCommand } from "@aws-sdk/client-kms";
import { bytes, call, context, refusal, rejection, stand, target, text, told, type Stand } from "./setup.ts";

const algorithm = "AES-256-GCM";
const given = context({ tenant: "42", "kms-header": "aGVhZGVy" });

async function encrypted({ driver }: Stand) {
  const record = await driver.createKey({ algorithm }, call());
  const key = target(record, algorithm);
  const { bytes: ciphertext } = await driver.encrypt(key, bytes("attack at dawn"), given, call());
  return { record, key, ciphertext };
}

/** The code that the driver's own table gives an error of the SDK, or that a `KmsError` carries. */
const codeOf = async (here: Stand, promise: unknown): Promise<string> =>
  told(here, await rejection(promise), "decrypt").code;

describe("encryption", () => {
  test("what was encrypted opens under the same key and associated data", async () => {
    const here = await stand();
    const { key, ciphertext } = await encrypted(here);
    const opened = await here.driver.decrypt(key, ciphertext, given, call());
    expect(text(opened.bytes)).toBe("attack at dawn");
  });

  test("encrypt names the key that answered and no version; decrypt names both", async () => {
    const here = await stand();
    const { record, key, ciphertext } = await encrypted(here);
    const answer = await here.driver.encrypt(key, bytes("x"), context(), call());
    expect(answer).toMatchObject({ id: record.id, version: undefined });
    expect(await here.driver.decrypt(key, ciphertext, given, call())).toMatchObject({
      id: record.id,
      version: record.currentVersion,
    });
  });

  test("associated data reaches AWS as the encryption context, entry by entry", async () => {
    const here = await stand();
    const { record, ciphertext } = await encrypted(here);
    const opened = await here.client.send(
      new DecryptCommand({ KeyId: record.id, CiphertextBlob: ciphertext, EncryptionContext: { ...given.map } }),
    );
    expect(text(opened.Plaintext ?? new Uint8Array())).toBe("attack at dawn");
  });

  test("a blob that the raw SDK made opens", async () => {
    const here = await stand();
    const record = await here.driver.createKey({ algorithm }, call());
    const blob = await here.client.send(new EncryptCommand({ KeyId: record.id, Plaintext: bytes("raw") }));
    const ciphertext = blob.CiphertextBlob ?? new Uint8Array();
    expect(text((await here.driver.decrypt(target(record, algorithm), ciphertext, context(), call())).bytes)).toBe(
      "raw",
    );
  });

  test("plaintexts of 1 and 4096 bytes go through, and come back in memory of their own", async () => {
    const { driver } = await stand();
    const key = target(await driver.createKey({ algorithm }, call()), algorithm);
    for (const length of [1, 4096]) {
      const plaintext = new Uint8Array(length).fill(7);
      const { bytes: ciphertext } = await driver.encrypt(key, plaintext, context(), call());
      const opened = await driver.decrypt(key, ciphertext, context(), call());
      expect(opened.bytes).toEqual(plaintext);
      expect(opened.bytes.buffer.byteLength).toBe(length);
      expect(plaintext.every((byte) => byte === 7)).toBe(true);
    }
  });
});

describe("decrypt refuses as DECRYPTION_FAILED", () => {
  test.each([
    ["another value", { tenant: "43", "kms-header": "aGVhZGVy" }],
    ["a missing entry", { tenant: "42" }],
    ["an entry too many", { tenant: "42", "kms-header": "aGVhZGVy", more: "x" }],
    ["no associated data", {}],
  ])("%s in the associated data", async (_what, map) => {
    const here = await stand();
    const { key, ciphertext } = await encrypted(here);
    expect(await codeOf(here, here.driver.decrypt(key, ciphertext, context(map), call()))).toBe("DECRYPTION_FAILED");
  });

  test("a ciphertext in which any one byte was changed", async () => {
    const here = await stand();
    const { key, ciphertext } = await encrypted(here);
    for (const index of ciphertext.keys()) {
      const altered = ciphertext.map((byte, at) => (at === index ? byte ^ 1 : byte));
      expect(await codeOf(here, here.driver.decrypt(key, altered, given, call()))).toBe("DECRYPTION_FAILED");
    }
  });

  test("a ciphertext of another key", async () => {
    const here = await stand();
    const { ciphertext } = await encrypted(here);
    const other = target(await here.driver.createKey({ algorithm }, call()), algorithm);
    expect(await codeOf(here, here.driver.decrypt(other, ciphertext, given, call()))).toBe("DECRYPTION_FAILED");
  });

  test.each([0, 6145])("a ciphertext of %d bytes, without a call", async (length) => {
    const here = await stand();
    const { key } = await encrypted(here);
    here.emulator.requests.clear();
    const error = await refusal(here.driver.decrypt(key, new Uint8Array(length), given, call()));
    expect(error.code).toBe("DECRYPTION_FAILED");
    expect(error.cause).toBeUndefined();
    expect(here.emulator.requests.count()).toBe(0);
  });

  test.each([1, 12, 40])("a ciphertext cut to %d bytes", async (length) => {
    const here = await stand();
    const { key, ciphertext } = await encrypted(here);
    expect(await codeOf(here, here.driver.decrypt(key, ciphertext.slice(0, length), given, call()))).toBe(
      "DECRYPTION_FAILED",
    );
  });
});

test("encrypt refuses a key of another purpose before any call", async () => {
  const here = await stand();
  const record = await here.driver.createKey({ algorithm: "HMAC-SHA256" }, call());
  here.emulator.requests.clear();
  const error = await refusal(here.driver.encrypt(target(record, "HMAC-SHA256"), bytes("x"), context(), call()));
  expect(error).toMatchObject({ code: "INVALID_ARGUMENT", keyId: record.id });
  expect(here.emulator.requests.count()).toBe(0);
});

test("rotation leaves what was encrypted before readable", async () => {
  const here = await stand();
  const { record, key, ciphertext } = await encrypted(here);
  const rotated = await here.driver.rotate(key, call());
  const fresh = await here.driver.encrypt(key, bytes("after"), given, call());
  expect(await here.driver.decrypt(key, ciphertext, given, call())).toMatchObject({ version: record.currentVersion });
  expect(await here.driver.decrypt(key, fresh.bytes, given, call())).toMatchObject({ version: rotated.version });
});
