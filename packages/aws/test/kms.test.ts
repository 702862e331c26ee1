import { conformanceClock } from "@kms/conformance";
import { derToP1363, KmsError } from "@kms/core";
import { describe, expect, test } from "vitest";
import { guarded } from "./guarded.ts";
import { bytes, dayMs, refusal, text } from "./setup.ts";

describe("under the guard", () => {
  test("a key with labels, a name and a rotation period passes the read-back", async () => {
    const { kms } = await guarded();
    const key = await kms.generateKey("aws", {
      algorithm: "AES-256-GCM",
      name: "orders",
      protection: "hsm",
      labels: { app: "orders" },
      rotateEveryDays: 365,
      destructionWindowDays: 7,
    });
    expect(key.keyId).toMatch(/^arn:aws:kms:/);
    expect(await kms.describeKey(key)).toMatchObject({ labels: { app: "orders" }, state: "active", protection: "hsm" });
    expect((await kms.getKey("aws", "alias/orders", { algorithm: "AES-256-GCM" })).keyId).toBe(key.keyId);
  });

  test("what was encrypted before a rotation opens after it, and with nothing but the right to decrypt", async () => {
    const { kms, emulator } = await guarded();
    const key = await kms.generateKey("aws", { algorithm: "AES-256-GCM" });
    const ciphertext = await kms.encrypt(key, bytes("attack at dawn"), { tenant: "42" });
    await kms.rotateKey(key);
    const token = await kms.sealHandle(key);
    emulator.permissions.allowOnly(["kms:Decrypt"]);
    const opened = await kms.openHandle(token, { algorithm: "AES-256-GCM" });
    expect(text(await kms.decrypt(opened, ciphertext, { tenant: "42" }))).toBe("attack at dawn");
    expect(await refusal(kms.decrypt(opened, ciphertext, { tenant: "43" }))).toMatchObject({
      code: "DECRYPTION_FAILED",
    });
    expect(await refusal(kms.encrypt(opened, bytes("x")))).toMatchObject({
      code: "PERMISSION_DENIED",
      permission: "kms:Encrypt",
    });
  });

  test("signatures verify here, and at AWS where the handle says so", async () => {
    const { kms, emulator } = await guarded();
    const key = await kms.generateKey("aws", { algorithm: "ECDSA-P256-SHA256" });
    const signature = await kms.sign(key, bytes("message"));
    emulator.requests.clear();
    expect(await kms.verify(key, bytes("message"), signature)).toBe(true);
    expect(emulator.requests.count()).toBe(0);
    const remote = kms.restrictKey(key, { verifyAt: "provider" });
    expect(await kms.verify(remote, bytes("message"), signature)).toBe(true);
    expect(await kms.verify(remote, bytes("another"), signature)).toBe(false);
    expect(emulator.requests.count("Verify")).toBe(2);
  });

  test("signatures of secp256k1 come with the smaller s, whichever AWS answers", async () => {
    const { kms } = await guarded();
    const key = await kms.generateKey("aws", { algorithm: "ECDSA-secp256k1-SHA256" });
    const half = 0x7fffffff_ffffffff_ffffffff_ffffffff_5d576e73_57a4501d_dfe92f46_681b20a0n;
    for (let count = 0; count < 12; count += 1) {
      const signature = await kms.sign(key, bytes("message"));
      const pair = derToP1363(key.algorithm, signature.bytes);
      expect(BigInt(`0x${Buffer.from(pair.subarray(32)).toString("hex")}`) <= half).toBe(true);
      expect(await kms.verify(key, bytes("message"), signature)).toBe(true);
    }
  });

  test("MACs, data keys and random bytes", async () => {
    const { kms } = await guarded();
    const mac = await kms.generateKey("aws", { algorithm: "HMAC-SHA512" });
    const made = await kms.generateMac(mac, bytes("message"));
    expect(await kms.verifyMac(mac, bytes("message"), made)).toBe(true);
    expect(await kms.verifyMac(mac, bytes("another"), made)).toBe(false);
    const key = await kms.generateKey("aws", { algorithm: "AES-256-GCM" });
    const dataKey = await kms.generateDataKey(key, 32, { tenant: "42" });
    expect(await kms.unwrapDataKey(key, dataKey.encrypted, { tenant: "42" })).toEqual(dataKey.plaintext);
    expect(await kms.generateRandom("aws", 24)).toHaveLength(24);
  });

  test("a key is suspended, resumed, scheduled for destruction, spared, and destroyed", async () => {
    const clock = conformanceClock();
    const { kms } = await guarded({ now: clock.now }, clock);
    const key = await kms.generateKey("aws", { algorithm: "AES-256-GCM", destructionWindowDays: 7 });
    expect((await kms.disableKey(key)).state).toBe("suspended");
    expect(await refusal(kms.encrypt(key, bytes("x")))).toMatchObject({ code: "INVALID_STATE", state: "suspended" });
    expect((await kms.enableKey(key)).state).toBe("active");
    expect((await kms.scheduleDestruction(key)).destroyAt).toBeInstanceOf(Date);
    expect((await kms.cancelDestruction(key)).state).toBe("suspended");
    await kms.scheduleDestruction(key);
    expect(await refusal(kms.getDestructionReceipt(key))).toMatchObject({ code: "NOT_READY" });
    clock.advance(8 * dayMs);
    expect(await kms.getDestructionReceipt(key)).toMatchObject({ keyId: key.keyId, level: "provider-reported" });
  });

  test("what AWS cannot do is refused before any call, and says what to do instead", async () => {
    const { kms, emulator } = await guarded();
    const signing = await kms.generateKey("aws", { algorithm: "ECDSA-P256-SHA256" });
    const key = await kms.generateKey("aws", { algorithm: "AES-256-GCM" });
    emulator.requests.clear();
    const refused = await refusal(kms.rotateKey(signing));
    expect(refused.code).toBe("UNSUPPORTED");
    expect(refused.message).toContain("replaceKey");
    expect(await refusal(kms.encrypt(key, new Uint8Array()))).toMatchObject({ code: "UNSUPPORTED" });
    expect(await refusal(kms.encrypt(key, new Uint8Array(4097)))).toMatchObject({ code: "TOO_LARGE" });
    expect(await refusal(kms.revokeKey(key, "superseded"))).toMatchObject({ code: "UNSUPPORTED" });
    expect(emulator.requests.count()).toBe(0);
    const next = await kms.replaceKey(signing);
    expect(next.keyId).not.toBe(signing.keyId);
  });

  test("a reading call outlasts throttling; a change is never repeated", async () => {
    const { kms, emulator } = await guarded();
    const key = await kms.generateKey("aws", { algorithm: "AES-256-GCM" });
    emulator.faults.next("throttle", "Encrypt");
    expect(await kms.encrypt(key, bytes("x"))).toBeInstanceOf(Uint8Array);
    emulator.faults.next("answer-lost", "CreateKey");
    emulator.requests.clear();
    const error = await refusal(kms.generateKey("aws", { algorithm: "AES-256-GCM" }));
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown", retryable: false });
    expect(KmsError.isInstance(error)).toBe(true);
    expect(emulator.requests.count("CreateKey")).toBe(1);
  });

  test("a rotation that takes its time is waited for, or NOT_READY at the deadline", async () => {
    for (const [rotationDelayMs, isInTime] of [
      [3_000, true],
      [600_000, false],
    ] as const) {
      const clock = conformanceClock();
      const { kms } = await guarded({ rotationDelayMs, now: clock.now }, clock);
      const key = await kms.generateKey("aws", { algorithm: "AES-256-GCM" });
      const rotated = kms.rotateKey(key);
      if (isInTime) expect((await rotated).keyId).toBe(key.keyId);
      else expect(await refusal(rotated)).toMatchObject({ code: "NOT_READY", keyId: key.keyId });
    }
  });
});
