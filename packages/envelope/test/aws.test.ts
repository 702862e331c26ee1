import { randomBytes } from "node:crypto";
import { AlgorithmSuiteIdentifier } from "@aws-crypto/client-node";
import { KMSClient } from "@aws-sdk/client-kms";
import { awsKms } from "@kms/aws";
import { createKms, memoryAuditSink, type KeyHandle, type Kms, type MemoryAuditSink } from "@kms/core";
import { startAwsEmulator, type AwsEmulator } from "@kms/emulators/aws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decrypt, encrypt, kmsRecipient, recipientReport } from "../src/index.ts";
import { official, officialBefore, officialKms, type OfficialSuite } from "./official.ts";
import { bytes, refusal, text } from "./setup.ts";

let emulator: AwsEmulator;
let kms: Kms;
let key: KeyHandle<"AES-256-GCM">;
let other: KeyHandle<"AES-256-GCM">;
const audit: MemoryAuditSink = memoryAuditSink();

beforeAll(async () => {
  emulator = await startAwsEmulator();
  const client = new KMSClient({ ...emulator.clientConfiguration, maxAttempts: 1 });
  const made = createKms({ providers: { aws: awsKms({ client }) }, audit });
  key = await made.generateKey("aws", { algorithm: "AES-256-GCM" });
  other = await made.generateKey("aws", { algorithm: "AES-256-GCM" });
  kms = made;
});
afterAll(async () => {
  await kms.close();
  await emulator.close();
});

const entries = { tenant: "42", purpose: "orders", größe: "\u{1F511}" };

describe("AWS KMS by way of Kms", () => {
  test.each([0x0478, 0x0578] as const)("a message in suite %d opens with the official KMS keyring", async (suite) => {
    const plaintext = randomBytes(10_000);
    const message = await encrypt(kmsRecipient(kms, key), plaintext, entries, { suite, frameBytes: 1_000 });
    const opened = await official.decrypt(officialKms(emulator, key.keyId), message);
    expect(opened.plaintext.equals(plaintext)).toBe(true);
    expect(opened.messageHeader.encryptedDataKeys[0]?.providerInfo).toBe(key.keyId);
  });

  test.each(
    Object.values(AlgorithmSuiteIdentifier).filter((suite): suite is OfficialSuite => typeof suite === "number"),
  )("a message of the official KMS keyring in suite %d opens", async (suiteId) => {
    const commits = suiteId === 0x0478 || suiteId === 0x0578;
    const plaintext = randomBytes(5_000);
    const settings = { suiteId, encryptionContext: entries, frameLength: 1_000 };
    const keyring = officialKms(emulator, key.keyId);
    const { result } = await (commits ? official : officialBefore).encrypt(keyring, plaintext, settings);
    const policy = { commitmentPolicy: "require-encrypt-allow-decrypt" } as const;
    const opened = await decrypt(kmsRecipient(kms, key), result, entries, policy);
    expect([opened.suite, Buffer.from(opened.plaintext).equals(plaintext)]).toEqual([suiteId, true]);
  });

  test("a message of the official KMS keyring opens, whether its data key was generated or wrapped under the key", async () => {
    const keyring = officialKms(emulator, key.keyId, other.keyId);
    const { result } = await official.encrypt(keyring, "attack at dawn", { encryptionContext: entries });
    for (const held of [key, other]) {
      const { plaintext, associatedData } = await decrypt(kmsRecipient(kms, held), result, { tenant: "42" });
      expect(text(plaintext)).toBe("attack at dawn");
      expect({ ...associatedData }).toEqual(entries);
    }
  });

  test("the key is asked for its own data key alone, and once", async () => {
    const keyring = officialKms(emulator, key.keyId, other.keyId);
    const { result } = await official.encrypt(keyring, "attack at dawn");
    emulator.requests.clear();
    const before = audit.events().length;
    await decrypt(kmsRecipient(kms, other), result);
    expect(emulator.requests.count()).toBe(1);
    expect(
      audit
        .events()
        .slice(before)
        .map(({ operation, phase }) => `${operation} ${phase}`),
    ).toEqual(["unwrapDataKey intent", "unwrapDataKey outcome"]);
  });

  test("a message for another key is refused without a call", async () => {
    const message = await encrypt(kmsRecipient(kms, key), bytes("attack at dawn"));
    emulator.requests.clear();
    const error = await refusal(decrypt(kmsRecipient(kms, other), message));
    expect(error.code).toBe("DECRYPTION_FAILED");
    expect(recipientReport(error)?.outcome).toBe("not-for-this-recipient");
    expect(emulator.requests.count()).toBe(0);
  });

  test("a disabled key is told from a wrong message", async () => {
    const held = await kms.generateKey("aws", { algorithm: "AES-256-GCM" });
    const message = await encrypt(kmsRecipient(kms, held), bytes("attack at dawn"));
    await kms.disableKey(held);
    const error = await refusal(decrypt(kmsRecipient(kms, held), message));
    expect(error.code).toBe("INVALID_STATE");
    expect(recipientReport(error)).toMatchObject({ outcome: "state" });
  });

  test("an RSA key opens what was made with its public half, without a call and without associated data in the wrap", async () => {
    const held = await kms.generateKey("aws", { algorithm: "RSA-OAEP-2048-SHA256" });
    emulator.requests.clear();
    const message = await encrypt(kmsRecipient(kms, held), bytes("attack at dawn"), entries);
    expect(emulator.requests.count()).toBe(0);
    const opened = await decrypt(kmsRecipient(kms, held), message, entries);
    expect(text(opened.plaintext)).toBe("attack at dawn");
    expect(await refusal(decrypt(kmsRecipient(kms, held), message, { tenant: "43" }))).toMatchObject({
      code: "DECRYPTION_FAILED",
    });
  });
});
