import { describe, expect, it } from "vitest";
import { memoryAuditSink, type KeyHandle } from "../../src/index.ts";
import { code, data, given } from "./given.ts";
import { keyedDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const bytes = (): Uint8Array<ArrayBuffer> => Uint8Array.of(1, 2, 3);

describe("refusals before the intent leave no event", () => {
  it("purpose, capability and limits", async () => {
    const audit = memoryAuditSink();
    const limits = {
      maximumPlaintextBytes: 10,
      minimumPlaintextBytes: 1,
      maximumAssociatedDataBytes: 100,
      maximumTogetherBytes: 105,
    };
    const driver = keyedDriver({ row: { limits, operations: ["encrypt"] } });
    const { kms } = given(driver, { audit });
    const key = await kms.generateKey("it", aes);
    const written = audit.events().length;
    driver.calls.length = 0;
    const wide: KeyHandle = key;
    // The reserved entry takes 57 bytes, the count of entries 2, an entry 4 and its text.
    const entry = (length: number): { readonly a: string } => ({ a: "x".repeat(length) });
    const refusals: readonly (readonly [string, Promise<unknown>])[] = [
      ["UNSUPPORTED", kms.encrypt(key, new Uint8Array(0))],
      ["TOO_LARGE", kms.encrypt(key, new Uint8Array(11))],
      ["TOO_LARGE", kms.encrypt(key, bytes(), entry(37))],
      ["TOO_LARGE", kms.encrypt(key, new Uint8Array(6), entry(36))],
      ["UNSUPPORTED", kms.decrypt(key, data)],
      ["INVALID_ARGUMENT", kms.sign(wide, data)],
      ["UNSUPPORTED", kms.generateDataKey(key, 32)],
      ["UNSUPPORTED", kms.importKey("it", aes, new Uint8Array(32))],
      ["UNSUPPORTED", kms.generateKey("it", { algorithm: "AES-256-KWP" })],
      ["UNSUPPORTED", kms.generateKey("it", { ...aes, protection: "hsm" })],
    ];
    const codes = await Promise.all(refusals.map(async ([, refused]) => code(refused)));
    expect(codes).toEqual(refusals.map(([expected]) => expected));
    expect(driver.calls).toEqual([]);
    expect(audit.events().length).toBe(written);
    await kms.encrypt(key, new Uint8Array(5), entry(36));
    expect(audit.events().length).toBe(written + 2);
  });

  it("but policy, restriction and authorize leave both", async () => {
    const audit = memoryAuditSink();
    const { kms } = given(keyedDriver(), { audit });
    const narrow = kms.restrictKey(await kms.generateKey("it", aes), { operations: [] });
    const written = audit.events().length;
    expect(await code(kms.encrypt(narrow, data))).toBe("POLICY_VIOLATION");
    expect(audit.events().slice(written)).toMatchObject([
      { phase: "intent", operation: "encrypt" },
      { phase: "outcome", code: "POLICY_VIOLATION", outcome: "none" },
    ]);
  });
});

describe("limits on the vendor's own ciphertexts", () => {
  it("count no header entry, which they do not have", async () => {
    const { kms } = given(keyedDriver({ row: { limits: { maximumAssociatedDataBytes: 100 } } }));
    const key = await kms.generateKey("it", aes);
    const entries = { a: "x".repeat(90) };
    expect(await code(kms.decrypt(key, data, entries))).toBe("TOO_LARGE");
    expect(await kms.decryptNative(key, Uint8Array.of(1, 7), entries)).toEqual(Uint8Array.of(7));
  });
});
