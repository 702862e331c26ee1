import { createKms, hmacSealer, memoryAuditSink, systemClock, verifySignature, type Clock, type Kms } from "@kms/core";
import { exportKey, insecureKeyAccess } from "@kms/core/insecure";
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { memoryStore, selfManagedKms, type SelfManagedDriver } from "../src/index.ts";
import { codeOf, dayMs, failure, start } from "./fixture.ts";

const sealer = hmacSealer({ keys: [{ kid: "test", secret: new Uint8Array(32).fill(1) }] });
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const message = text("a message");

interface Opened {
  readonly kms: Kms<{ own: SelfManagedDriver }>;
  /** Lets days pass. */
  readonly wait: (days: number) => void;
}

async function open(): Promise<Opened> {
  let now = start;
  const clock: Clock = { now: () => now, sleep: systemClock().sleep };
  const own = await selfManagedKms({ store: memoryStore() });
  const kms = createKms({ providers: { own }, sealer, audit: memoryAuditSink(), clock });
  return {
    kms,
    wait: (days) => {
      now += days * dayMs;
    },
  };
}

describe("own keys through Kms", () => {
  it("encrypt under associated data, and read the old after a rotation", async () => {
    const { kms } = await open();
    const key = await kms.generateKey("own", { algorithm: "AES-256-GCM" });
    const sealed = await kms.encrypt(key, message, { tenant: "42" });
    const rotated = await kms.rotateKey(key);
    const fresh = await kms.encrypt(rotated, message, { tenant: "42" });
    for (const ciphertext of [sealed, fresh]) {
      expect(Buffer.from(await kms.decrypt(rotated, ciphertext, { tenant: "42" })).toString()).toBe("a message");
      expect(await codeOf(() => kms.decrypt(rotated, ciphertext, { tenant: "43" }))).toBe("DECRYPTION_FAILED");
      expect(await codeOf(() => kms.decrypt(rotated, ciphertext))).toBe("DECRYPTION_FAILED");
    }
  });

  it("sign, verified offline with the exported public key", async () => {
    const { kms } = await open();
    for (const algorithm of [
      "Ed25519",
      "ECDSA-P256-SHA256",
      "ECDSA-secp256k1-SHA256",
      "RSA-PSS-2048-SHA256",
      "RSA-PKCS1-2048-SHA256",
    ] as const) {
      const key = await kms.generateKey("own", { algorithm });
      const signature = await kms.sign(key, message);
      expect(await kms.verify(key, message, signature)).toBe(true);
      expect(await kms.verify(key, text("another"), signature)).toBe(false);
      expect(verifySignature(await kms.getPublicKey(key), message, signature)).toBe(true);
    }
  });

  it("authenticate, wrap, agree, and carry data keys under AES and RSA", async () => {
    const { kms } = await open();
    const mac = await kms.generateKey("own", { algorithm: "HMAC-SHA384" });
    expect(await kms.verifyMac(mac, message, await kms.generateMac(mac, message))).toBe(true);
    const wrapping = await kms.generateKey("own", { algorithm: "AES-256-KWP" });
    expect(Buffer.from(await kms.unwrapKey(wrapping, await kms.wrapKey(wrapping, message)))).toEqual(
      Buffer.from(message),
    );
    const agreeing = await kms.generateKey("own", { algorithm: "ECDH-P384" });
    const peerSpki = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({
      type: "spki",
      format: "der",
    });
    expect(await kms.deriveSharedSecret(agreeing, peerSpki, { info: message, lengthBytes: 32 })).toHaveLength(32);
    for (const algorithm of ["AES-256-GCM", "RSA-OAEP-2048-SHA256"] as const) {
      const key = await kms.generateKey("own", { algorithm });
      const made = await kms.generateDataKey(key, 32);
      expect(Buffer.from(await kms.unwrapDataKey(key, made.encrypted))).toEqual(Buffer.from(made.plaintext));
    }
  });

  it("stop when disabled, read again on an accepted risk, and go for good at the end of their window", async () => {
    const { kms, wait } = await open();
    const key = await kms.generateKey("own", { algorithm: "AES-256-GCM", destructionWindowDays: 7 });
    const sealed = await kms.encrypt(key, message);
    expect((await kms.disableKey(key)).state).toBe("suspended");
    const refused = await failure(() => kms.decrypt(key, sealed));
    expect([refused.code, refused.state]).toEqual(["INVALID_STATE", "suspended"]);
    const accept = { state: "suspended", reason: "an incident" } as const;
    expect(Buffer.from(await kms.decrypt(key, sealed, {}, { accept }))).toEqual(Buffer.from(message));
    expect((await kms.enableKey(key)).state).toBe("active");
    await kms.scheduleDestruction(key);
    expect((await kms.cancelDestruction(key)).state).toBe("suspended");
    const { destroyAt } = await kms.scheduleDestruction(key);
    expect(destroyAt).toEqual(new Date(start + 7 * dayMs));
    expect(await codeOf(() => kms.getDestructionReceipt(key))).toBe("NOT_READY");
    wait(7);
    const receipt = await kms.getDestructionReceipt(key);
    expect([receipt.level, receipt.mayRemain.length > 0]).toEqual(["removed", true]);
    expect((await failure(() => kms.decrypt(key, sealed))).state).toBe("destroyed");
    expect((await kms.describeKey(key)).state).toBe("destroyed");
  });

  it("revoked for a compromise, protect no more and read on an accepted risk alone", async () => {
    const { kms } = await open();
    const key = await kms.generateKey("own", { algorithm: "HMAC-SHA256" });
    const mac = await kms.generateMac(key, message);
    expect((await kms.revokeKey(key, "key-compromise")).state).toBe("compromised");
    expect(await codeOf(() => kms.generateMac(key, message))).toBe("INVALID_STATE");
    expect(await codeOf(() => kms.verifyMac(key, message, mac))).toBe("INVALID_STATE");
    expect(await kms.verifyMac(key, message, mac, { accept: { state: "compromised", reason: "forensics" } })).toBe(
      true,
    );
    expect((await kms.describeKey(key)).revocation?.reason).toBe("key-compromise");
  });

  it("are imported and exported whole, under the reason of the access, and read what was made before", async () => {
    const audit = memoryAuditSink();
    const kms = createKms({ providers: { own: await selfManagedKms({ store: memoryStore() }) }, audit });
    const material = new Uint8Array(32).map((_, at) => at + 1);
    const key = await kms.importKey("own", { algorithm: "AES-256-GCM", exportable: true }, material);
    const sealed = await kms.encrypt(key, message, { tenant: "42" });
    expect((await kms.describeKey(key)).origin).toBe("imported");
    const rotated = await kms.rotateKey(key);
    expect(Buffer.from(await kms.decrypt(rotated, sealed, { tenant: "42" })).toString()).toBe("a message");
    const access = insecureKeyAccess("migration 7");
    expect(await exportKey(kms, rotated, access, { keyVersion: "1" })).toEqual(material);
    expect(await exportKey(kms, key, access)).not.toEqual(material); // the version that protects by now
    expect(
      audit
        .events()
        .slice(-2)
        .map(({ operation, reason, keyVersion }) => [operation, reason, keyVersion]),
    ).toEqual([
      ["exportKey", "migration 7", undefined],
      ["exportKey", "migration 7", "2"],
    ]);
  });

  it("are replaced by generated ones, and not exported unless that was asked for when they were made", async () => {
    const { kms } = await open();
    const imported = await kms.importKey("own", { algorithm: "AES-256-GCM" }, new Uint8Array(32).fill(7));
    expect(await codeOf(() => exportKey(kms, imported, insecureKeyAccess("curiosity")))).toBe("POLICY_VIOLATION");
    const next = await kms.replaceKey(imported);
    expect((await kms.describeKey(next)).origin).toBe("generated");
  });
});
