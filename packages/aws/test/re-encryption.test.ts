import { createKms, describeCiphertext, memoryAuditSink, providerAssociatedData } from "@kms/core";
import { describe, expect, test } from "vitest";
import { DecryptCommand, DisableKeyCommand } from "@aws-sdk/client-kms";
import { awsKms, awsReEncrypt } from "../src/index.ts";
import { guarded, kmsOver, type Guarded } from "./guarded.ts";
import { bytes, dayMs, endWithTest, refusal, text } from "./setup.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const old = { tenant: "42" };

const twoKeys = async (here: Guarded) => {
  const from = await here.kms.generateKey("aws", aes);
  const to = await here.kms.generateKey("aws", aes);
  const ciphertext = await here.kms.encrypt(from, bytes("attack at dawn"), old);
  here.emulator.requests.clear();
  return { from, to, ciphertext };
};

describe("awsReEncrypt", () => {
  test("puts a ciphertext under another key in one request, and decrypt opens it", async () => {
    const here = await guarded();
    const given = await twoKeys(here);
    const answer = await awsReEncrypt(here.kms, given, { associatedData: old });
    expect(here.emulator.requests.list().map(({ operation }) => operation)).toEqual(["ReEncrypt"]);
    expect(describeCiphertext(answer)).toMatchObject({ kind: "aws-kms", keyId: given.to.keyId, keyVersion: null });
    expect(text(await here.kms.decrypt(given.to, answer, old))).toBe("attack at dawn");
    expect(await refusal(here.kms.decrypt(given.from, answer, old))).toMatchObject({ code: "DECRYPTION_FAILED" });
  });

  test("binds new associated data, and the raw SDK opens the result under it", async () => {
    const here = await guarded();
    const given = await twoKeys(here);
    const newAssociatedData = { tenant: "43" };
    const answer = await awsReEncrypt(here.kms, given, { associatedData: old, newAssociatedData });
    expect(text(await here.kms.decrypt(given.to, answer, newAssociatedData))).toBe("attack at dawn");
    const opened = await here.client.send(
      new DecryptCommand({
        CiphertextBlob: describeCiphertext(answer).providerCiphertext,
        EncryptionContext: { ...providerAssociatedData(answer, newAssociatedData) },
      }),
    );
    expect(text(opened.Plaintext ?? new Uint8Array())).toBe("attack at dawn");
  });

  test("goes to an RSA key and back from it", async () => {
    const here = await guarded();
    const { from, ciphertext } = await twoKeys(here);
    const to = await here.kms.generateKey("aws", { algorithm: "RSA-OAEP-2048-SHA256" });
    const wrapped = await awsReEncrypt(
      here.kms,
      { ciphertext, from, to },
      { associatedData: old, newAssociatedData: {} },
    );
    expect(text(await here.kms.decrypt(to, wrapped))).toBe("attack at dawn");
    const back = await awsReEncrypt(here.kms, { ciphertext: wrapped, from: to, to: from }, { newAssociatedData: old });
    expect(text(await here.kms.decrypt(from, back, old))).toBe("attack at dawn");
  });

  test("renews a ciphertext of a rotated key under its current version", async () => {
    const here = await guarded();
    const { from, ciphertext } = await twoKeys(here);
    await here.kms.rotateKey(from);
    const audit = memoryAuditSink();
    const kms = kmsOver(here, { audit });
    const key = await kms.openHandle(await here.kms.sealHandle(from), aes);
    await awsReEncrypt(kms, { ciphertext, from: key, to: key }, { associatedData: old });
    const versions = audit
      .events()
      .filter(({ phase }) => phase === "outcome")
      .map(({ keyVersion }) => keyVersion);
    expect(new Set(versions).size).toBe(2);
    expect(versions).not.toContain(undefined);
  });

  test("refuses wrong associated data and altered bytes as decrypt does", async () => {
    const here = await guarded();
    const given = await twoKeys(here);
    const altered = given.ciphertext.with(-1, (given.ciphertext.at(-1) ?? 0) ^ 1);
    for (const [ciphertext, associatedData] of [
      [given.ciphertext, { tenant: "43" }],
      [altered, old],
    ] as const) {
      const error = await refusal(awsReEncrypt(here.kms, { ...given, ciphertext }, { associatedData }));
      expect(error).toMatchObject({ code: "DECRYPTION_FAILED", operation: "decrypt" });
    }
  });

  test("names the action that is missing, and the key that it is missing on", async () => {
    const here = await guarded();
    const given = await twoKeys(here);
    for (const [permission, operation, { keyId }] of [
      ["kms:ReEncryptFrom", "decrypt", given.from],
      ["kms:ReEncryptTo", "encrypt", given.to],
    ] as const) {
      here.emulator.permissions.reset();
      here.emulator.permissions.deny(permission);
      const error = await refusal(awsReEncrypt(here.kms, given, { associatedData: old }));
      expect(error).toMatchObject({ code: "PERMISSION_DENIED", permission, operation, keyId });
    }
  });

  test.each([
    ["from", "decrypt"],
    ["to", "encrypt"],
  ] as const)("says which key's state does not allow it: %s", async (side, operation) => {
    const here = await guarded();
    const given = await twoKeys(here);
    const { keyId } = given[side];
    await here.client.send(new DisableKeyCommand({ KeyId: keyId }));
    const error = await refusal(awsReEncrypt(here.kms, given, { associatedData: old }));
    expect(error).toMatchObject({ code: "INVALID_STATE", state: "suspended", operation, keyId, outcome: "none" });
    expect(error.cause).toMatchObject({ name: "DisabledException" });
  });

  test.each([
    ["from", "decrypt"],
    ["to", "encrypt"],
  ] as const)("says which key is gone: %s", async (side, operation) => {
    const here = await guarded();
    const given = await twoKeys(here);
    await here.kms.scheduleDestruction(given[side], { windowDays: 7 });
    here.emulator.clock.advance(8 * dayMs);
    const error = await refusal(awsReEncrypt(here.kms, given, { associatedData: old }));
    expect(error).toMatchObject({ code: "NOT_FOUND", operation, keyId: given[side].keyId, outcome: "none" });
  });

  test("is TOO_LARGE for what the key to encrypt with cannot take, and names that key", async () => {
    const here = await guarded();
    const { from } = await twoKeys(here);
    const to = await here.kms.generateKey("aws", { algorithm: "RSA-OAEP-2048-SHA256" });
    const ciphertext = await here.kms.encrypt(from, new Uint8Array(191));
    const error = await refusal(awsReEncrypt(here.kms, { ciphertext, from, to }));
    expect(error).toMatchObject({ code: "TOO_LARGE", operation: "encrypt", keyId: to.keyId, outcome: "none" });
  });

  test("refuses keys of another purpose, and associated data for RSA, before any request", async () => {
    const here = await guarded();
    const given = await twoKeys(here);
    const mac = await here.kms.generateKey("aws", { algorithm: "HMAC-SHA256" });
    const rsa = await here.kms.generateKey("aws", { algorithm: "RSA-OAEP-2048-SHA256" });
    here.emulator.requests.clear();
    const toMac = awsReEncrypt(here.kms, { ...given, to: mac }, { associatedData: old });
    expect(await refusal(toMac)).toMatchObject({ code: "INVALID_ARGUMENT" });
    const fromMac = awsReEncrypt(here.kms, { ...given, from: mac });
    expect(await refusal(fromMac)).toMatchObject({ code: "INVALID_ARGUMENT" });
    const bound = awsReEncrypt(here.kms, { ...given, to: rsa }, { associatedData: old });
    expect(await refusal(bound)).toMatchObject({ code: "UNSUPPORTED" });
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("is UNSUPPORTED for keys of a driver that awsKms did not make", async () => {
    const { client } = await guarded();
    const kms = createKms({ providers: { aws: { ...awsKms({ client }) } } });
    endWithTest(() => kms.close());
    const key = await kms.generateKey("aws", aes);
    const ciphertext = await kms.encrypt(key, bytes("x"));
    const error = await refusal(awsReEncrypt(kms, { ciphertext, from: key, to: key }));
    expect(error).toMatchObject({ code: "UNSUPPORTED" });
  });
});
