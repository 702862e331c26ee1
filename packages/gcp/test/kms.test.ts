import { conformanceClock } from "@kms/conformance";
import { memoryAuditSink, verifySignature } from "@kms/core";
import { describe, expect, test } from "vitest";
import { guarded, kmsOver } from "./guarded.ts";
import { bytes, dayMs, refusal, text, usePermissions } from "./setup.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

describe("under the guard", () => {
  test("a key with labels, a name and a rotation period passes the read-back", async () => {
    const { kms, keyRing } = await guarded();
    const key = await kms.generateKey("gcp", {
      ...aes,
      name: "orders",
      protection: "hsm",
      labels: { app: "orders" },
      rotateEveryDays: 365,
      destructionWindowDays: 7,
    });
    expect(key.keyId).toBe(`${keyRing}/cryptoKeys/orders`);
    expect(await kms.describeKey(key)).toMatchObject({ labels: { app: "orders" }, state: "active", protection: "hsm" });
    expect((await kms.getKey("gcp", "orders", aes)).keyId).toBe(key.keyId);
    expect(await refusal(kms.generateKey("gcp", { ...aes, name: "orders" }))).toMatchObject({ code: "ALREADY_EXISTS" });
  });

  test("what was encrypted before a rotation opens after it, with nothing but the rights to use the key", async () => {
    const audit = memoryAuditSink();
    const here = await guarded();
    const key = await here.kms.generateKey("gcp", aes);
    const ciphertext = await here.kms.encrypt(key, bytes("attack at dawn"), { tenant: "42" });
    await here.kms.rotateKey(key);
    const token = await here.kms.sealHandle(key); // of the handle from before the rotation
    here.emulator.permissions.allowOnly(usePermissions);
    here.emulator.requests.clear();
    const kms = kmsOver(here, { audit });
    const opened = await kms.openHandle(token, aes);
    expect(text(await kms.decrypt(opened, ciphertext, { tenant: "42" }))).toBe("attack at dawn");
    await kms.encrypt(opened, bytes("x"));
    expect(here.emulator.requests.list().map(({ method }) => method)).toEqual(["Decrypt", "Encrypt"]);
    expect(audit.events().at(-1)).toMatchObject({ operation: "encrypt", phase: "outcome", keyVersion: "2" });
    expect(await refusal(kms.decrypt(opened, ciphertext, { tenant: "43" }))).toMatchObject({
      code: "DECRYPTION_FAILED",
    });
    here.emulator.permissions.allowOnly(["cloudkms.cryptoKeyVersions.useToDecrypt"]);
    expect(await refusal(kms.encrypt(opened, bytes("x")))).toMatchObject({
      code: "PERMISSION_DENIED",
      permission: "cloudkms.cryptoKeyVersions.useToEncrypt",
    });
  });

  test("a rotated key pair or MAC key signs with the version that the new handle pins; the old handle keeps its own", async () => {
    const { kms } = await guarded();
    const pair = await kms.generateKey("gcp", { algorithm: "ECDSA-P256-SHA256" });
    const next = await kms.rotateKey(pair);
    const [old, made] = [await kms.sign(pair, bytes("m")), await kms.sign(next, bytes("m"))];
    expect([old.keyVersion, made.keyVersion]).toEqual(["1", "2"]);
    expect(await kms.verify(next, bytes("m"), old)).toBe(true);
    expect(verifySignature(await kms.getPublicKey(next), bytes("m"), made)).toBe(true);
    expect(await refusal(kms.verify(pair, bytes("m"), made))).toMatchObject({ code: "STALE_HANDLE" });
    const mac = await kms.generateKey("gcp", { algorithm: "HMAC-SHA256" });
    const rotated = await kms.rotateKey(mac);
    expect((await kms.generateMac(rotated, bytes("m"))).keyVersion).toBe("2");
    expect(await kms.verifyMac(rotated, bytes("m"), await kms.generateMac(mac, bytes("m")))).toBe(true);
  });

  test("signatures verify here, never at Google, which has no such operation", async () => {
    const { kms, emulator } = await guarded();
    const key = await kms.generateKey("gcp", { algorithm: "Ed25519" });
    const signature = await kms.sign(key, bytes("message"));
    emulator.requests.clear();
    expect(await kms.verify(key, bytes("message"), signature)).toBe(true);
    expect(await kms.verify(key, bytes("another"), signature)).toBe(false);
    const remote = kms.restrictKey(key, { verifyAt: "provider" });
    expect(await refusal(kms.verify(remote, bytes("message"), signature))).toMatchObject({ code: "UNSUPPORTED" });
    expect(emulator.requests.count()).toBe(0);
  });

  test("data keys are fresh, and open under their entries alone", async () => {
    const { kms } = await guarded();
    for (const algorithm of ["AES-256-GCM", "RSA-OAEP-2048-SHA256"] as const) {
      const key = await kms.generateKey("gcp", { algorithm });
      const [one, two] = [await kms.generateDataKey(key, 32), await kms.generateDataKey(key, 32)];
      expect(one.plaintext).not.toEqual(two.plaintext);
      expect(await kms.unwrapDataKey(key, one.encrypted)).toEqual(one.plaintext);
    }
    const key = await kms.generateKey("gcp", aes);
    const { encrypted } = await kms.generateDataKey(key, 16, { tenant: "42" });
    expect(await refusal(kms.unwrapDataKey(key, encrypted, { tenant: "43" }))).toMatchObject({
      code: "DECRYPTION_FAILED",
    });
  });

  test("a key is suspended, resumed, scheduled for destruction, spared, and destroyed", async () => {
    const { kms, emulator } = await guarded();
    const key = await kms.generateKey("gcp", { ...aes, destructionWindowDays: 7 });
    expect((await kms.disableKey(key)).state).toBe("suspended");
    expect(await refusal(kms.encrypt(key, bytes("x")))).toMatchObject({ code: "INVALID_STATE", state: "suspended" });
    expect((await kms.enableKey(key)).state).toBe("active");
    expect(await refusal(kms.scheduleDestruction(key, { windowDays: 7 }))).toMatchObject({ code: "UNSUPPORTED" });
    expect((await kms.scheduleDestruction(key)).destroyAt).toBeInstanceOf(Date);
    expect((await kms.cancelDestruction(key)).state).toBe("suspended");
    await kms.scheduleDestruction(key);
    expect(await refusal(kms.getDestructionReceipt(key))).toMatchObject({ code: "NOT_READY" });
    emulator.clock.advance(8 * dayMs);
    expect(await kms.getDestructionReceipt(key)).toMatchObject({ keyId: key.keyId, level: "provider-reported" });
  });

  test("a key pair with a disabled version is adopted without that version's public key, and finds it later", async () => {
    const { kms } = await guarded();
    const algorithm = "ECDSA-P256-SHA256";
    const pair = await kms.generateKey("gcp", { algorithm });
    const old = await kms.sign(pair, bytes("m"));
    const rotated = await kms.rotateKey(pair);
    await kms.disableKey(rotated, { keyVersion: "1" });
    const adopted = await kms.getKey("gcp", pair.keyId, { algorithm });
    expect((await kms.sign(adopted, bytes("m"))).keyVersion).toBe("2");
    expect(await refusal(kms.verify(adopted, bytes("m"), old))).toMatchObject({ code: "STALE_HANDLE" });
    await kms.enableKey(rotated, { keyVersion: "1" });
    expect(await kms.verify(await kms.refreshHandle(adopted), bytes("m"), old)).toBe(true);
  });

  test("what Google cannot do is refused before any call", async () => {
    const { kms, emulator } = await guarded();
    const key = await kms.generateKey("gcp", aes);
    const hsm = await kms.generateKey("gcp", { ...aes, protection: "hsm" });
    emulator.requests.clear();
    expect(await refusal(kms.encrypt(key, new Uint8Array()))).toMatchObject({ code: "UNSUPPORTED" });
    expect(await refusal(kms.encrypt(key, new Uint8Array(65_537)))).toMatchObject({ code: "TOO_LARGE" });
    expect(await refusal(kms.encrypt(hsm, new Uint8Array(8_192)))).toMatchObject({ code: "TOO_LARGE" });
    expect(await refusal(kms.revokeKey(key, "superseded"))).toMatchObject({ code: "UNSUPPORTED" });
    expect(emulator.requests.count()).toBe(0);
  });

  test.each([
    [5_000, true],
    [600_000, false],
  ])(
    "a version that takes %d ms to generate is waited for, or NOT_READY at the deadline",
    async (generationDelayMs, inTime) => {
      const clock = conformanceClock();
      const { kms, emulator } = await guarded({ generationDelayMs, now: clock.now }, clock);
      const made = kms.generateKey("gcp", { algorithm: "ECDSA-P256-SHA256", name: "pair" });
      const outcome = await made.then(
        () => "made",
        (error: { readonly code: string }) => error.code,
      );
      expect(outcome).toBe(inTime ? "made" : "NOT_READY");
      emulator.clock.advance(generationDelayMs);
      const key = await kms.getKey("gcp", "pair", { algorithm: "ECDSA-P256-SHA256" });
      const rotated = await kms.rotateKey(key).then(
        () => "rotated",
        (error: { readonly code: string }) => error.code,
      );
      expect(rotated).toBe(inTime ? "rotated" : "NOT_READY");
    },
  );
});
