import { describe, expect, it } from "vitest";
import { describeCiphertext, memoryAuditSink, providerAssociatedData, type EncryptedDataKey } from "../../src/index.ts";
import type { KmsDriver } from "../../src/driver.ts";
import { code, data, failure, given, sealer, vendor } from "./given.ts";
import { keyedDriver, openOaep, rsaPair, version, type KeyedDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const oaep = { algorithm: "RSA-OAEP-2048-SHA256" } as const;
const pair = rsaPair(2048);
const info = new TextEncoder().encode("fake/1");

/** RSA-OAEP whose public half works here; the provider only has the private one. */
const rsaDriver = (more: Partial<KmsDriver<never, never>> = {}): KeyedDriver => {
  const driver: KeyedDriver = keyedDriver({
    ...oaep,
    row: {
      associatedData: "none",
      operations: {
        encrypt: "local",
        decrypt: "native",
        generateDataKey: "local",
        wrapDataKey: "local",
        unwrapDataKey: "native",
        getPublicKey: "native",
      },
    },
    record: { versions: [version("1", { publicKey: pair.spki })] },
    driver: {
      encrypt: () => Promise.reject(new Error("asked")),
      decrypt: (key, ciphertext) => {
        driver.calls.push(`decrypt ${key.version}`);
        return { id: key.id, version: key.version, bytes: openOaep(pair, ciphertext) };
      },
      nameDataKey: (key, wrapped) => ({
        providerId: "fake",
        providerInfo: new TextEncoder().encode(`fake/${key.version}`),
        ciphertext: wrapped,
      }),
      unwrapDataKey: (key, { ciphertext }) => ({ id: key.id, version: "1", bytes: openOaep(pair, ciphertext) }),
      ...more,
    },
  });
  return driver;
};

describe("RSA-OAEP under the pinned public key", () => {
  it("encrypts here, reads no state, and opens at the provider under the version that the header names", async () => {
    const driver = rsaDriver();
    const { kms } = given(driver, { maxStateAgeMs: 0 });
    const key = await kms.generateKey("it", oaep);
    driver.record = { ...driver.record, state: "disabled" };
    driver.calls.length = 0;
    const ciphertext = await kms.encrypt(key, data);
    expect(driver.calls).toEqual([]);
    expect(describeCiphertext(ciphertext)).toMatchObject({
      keyVersion: "1",
      algorithm: oaep.algorithm,
      keyId: "store/key",
    });
    expect(await kms.decrypt(key, ciphertext)).toEqual(data);
    expect(driver.calls).toEqual(["decrypt 1"]);
  });

  it("takes no associated data: UNSUPPORTED, before anything happens", async () => {
    const { kms } = given(rsaDriver());
    const key = await kms.generateKey("it", oaep);
    const refused = [
      kms.encrypt(key, data, { a: "1" }),
      kms.decrypt(key, data, { a: "1" }),
      kms.generateDataKey(key, 32, { a: "1" }),
      kms.wrapDataKey(key, new Uint8Array(32), { a: "1" }),
    ].map(async (promise) => code(promise));
    expect(new Set(await Promise.all(refused))).toEqual(new Set(["UNSUPPORTED"]));
    const ciphertext = await kms.encrypt(key, data, {});
    // Nothing binds the header of RSA: to say that the provider sees it would be false.
    expect(() => providerAssociatedData(ciphertext)).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }) as Error);
  });

  it("is TOO_LARGE above k − 2h − 2 bytes", async () => {
    const { kms } = given(rsaDriver());
    const key = await kms.generateKey("it", oaep);
    expect(await code(kms.encrypt(key, new Uint8Array(191)))).toBe("TOO_LARGE");
    expect(await kms.decrypt(key, await kms.encrypt(key, new Uint8Array(190)))).toHaveLength(190);
  });

  it("wraps data keys here, named as the provider's format has it", async () => {
    const { kms } = given(rsaDriver());
    const key = await kms.generateKey("it", oaep);
    const { plaintext, encrypted } = await kms.generateDataKey(key, 24);
    expect(plaintext).toHaveLength(24);
    expect(encrypted).toMatchObject({ providerId: "fake", providerInfo: info });
    expect(await kms.unwrapDataKey(key, encrypted)).toEqual(plaintext);
    const brought = Uint8Array.from({ length: 32 }, (_, at) => at);
    expect(await kms.unwrapDataKey(key, await kms.wrapDataKey(key, brought))).toEqual(brought);
    const again = await kms.generateDataKey(key, 24);
    expect(again.plaintext).not.toEqual(plaintext);
  });
});

describe("data keys of a symmetric key", () => {
  const encrypted: EncryptedDataKey = { providerId: "fake", providerInfo: info, ciphertext: data };
  const answering = (change: object): KeyedDriver =>
    keyedDriver({
      driver: {
        generateDataKey: () => ({ id: "store/key", version: "1", plaintext: new Uint8Array(32), encrypted, ...change }),
        wrapDataKey: () => ({ id: "store/key", version: "1", encrypted, ...change }),
        unwrapDataKey: () => ({ id: "store/key", version: "7", bytes: new Uint8Array(32), ...change }),
      },
    });

  it("are the provider's own bytes, in arrays that share nothing larger", async () => {
    const large = new Uint8Array(64);
    const { kms } = given(answering({ plaintext: large.subarray(0, 32) }));
    const key = await kms.generateKey("it", aes);
    const made = await kms.generateDataKey(key, 32);
    expect(made.encrypted).toEqual(encrypted);
    expect(made.plaintext.buffer.byteLength).toBe(32);
    made.plaintext.fill(7);
    expect(large).toEqual(new Uint8Array(64));
    expect([made, made.encrypted].map((part) => Object.isFrozen(part))).toEqual([true, true]);
  });

  it("do not share the driver's own bytes with the caller", async () => {
    const { kms } = given(answering({}));
    const key = await kms.generateKey("it", aes);
    const { encrypted: first } = await kms.generateDataKey(key, 32);
    first.providerInfo.fill(0);
    expect((await kms.generateDataKey(key, 32)).encrypted.providerInfo).toEqual(new TextEncoder().encode("fake/1"));
  });

  it("are TAMPERED when another key answers, or another length", async () => {
    const { kms } = given(answering({ id: "store/other" }));
    const key = await kms.generateKey("it", aes);
    const refused = [
      kms.generateDataKey(key, 32),
      kms.wrapDataKey(key, new Uint8Array(32)),
      kms.unwrapDataKey(key, encrypted),
    ].map(async (promise) => code(promise));
    expect(new Set(await Promise.all(refused))).toEqual(new Set(["TAMPERED"]));
    const short = given(answering({ plaintext: new Uint8Array(16) })).kms;
    expect(await code(short.generateDataKey(await short.generateKey("it", aes), 32))).toBe("TAMPERED");
  });

  it("open under whichever version the answer names", async () => {
    const { kms } = given(answering({}), { sealer });
    expect(await kms.unwrapDataKey(await kms.generateKey("it", aes), encrypted)).toHaveLength(32);
  });
});

describe("generateRandom", () => {
  it("answers as many bytes as asked for, CORRUPTED when the provider gives fewer", async () => {
    const { kms } = given(keyedDriver());
    expect(await kms.generateRandom("it", 1_024)).toHaveLength(1_024);
    const { kms: short } = given(keyedDriver({ driver: { generateRandom: async () => new Uint8Array(7) } }));
    expect((await failure(short.generateRandom("it", 8))).code).toBe("CORRUPTED");
    const { kms: without } = given(keyedDriver({ row: { operations: ["encrypt"] } }));
    expect(await code(without.generateRandom("it", 8))).toBe("UNSUPPORTED");
  });
});

describe("a driver that makes no data keys", () => {
  it("has them drawn here and wraps them, and says by which version", async () => {
    const audit = memoryAuditSink();
    const wrapDataKey: KmsDriver["wrapDataKey"] = async ({ id, version: used }, plaintext) => ({
      id,
      version: used,
      encrypted: { providerId: "fake", providerInfo: info, ciphertext: plaintext.map((byte) => byte ^ 1) },
    });
    const unwrapDataKey: KmsDriver["unwrapDataKey"] = async ({ id }, { ciphertext }) => ({
      id,
      version: undefined,
      bytes: ciphertext.map((byte) => byte ^ 1),
    });
    const driver = keyedDriver({ driver: { generateDataKey: undefined, wrapDataKey, unwrapDataKey } });
    const { kms } = given(driver, { audit });
    const key = await kms.generateKey("it", aes);
    const [one, two] = [await kms.generateDataKey(key, 32), await kms.generateDataKey(key, 32)];
    expect(one.plaintext).toHaveLength(32);
    expect(one.plaintext).not.toEqual(two.plaintext);
    expect(await kms.unwrapDataKey(key, one.encrypted)).toEqual(one.plaintext);
    expect(audit.events().at(-3)).toMatchObject({ operation: "generateDataKey", phase: "outcome", keyVersion: "1" });
  });

  it("is compared with the key that was asked, and its failure is that of the operation", async () => {
    for (const [wrapDataKey, expected] of [
      [
        async () => ({
          id: "store/other",
          version: "1",
          encrypted: { providerId: "", providerInfo: info, ciphertext: info },
        }),
        "TAMPERED",
      ],
      [async () => Promise.reject(vendor("PERMISSION_DENIED")), "PERMISSION_DENIED"],
    ] as const) {
      const { kms } = given(keyedDriver({ driver: { generateDataKey: undefined, wrapDataKey } }));
      const error = await failure(kms.generateDataKey(await kms.generateKey("it", aes), 32));
      expect(error).toMatchObject({ code: expected, operation: "generateDataKey" });
    }
  });
});
