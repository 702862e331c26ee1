import { describe, expect, it } from "vitest";
import { reEncryptWith, type Algorithm, type KmsDriver, type ReEncryptAt } from "../../src/driver.ts";
import { createKms, describeCiphertext, memoryAuditSink, providerAssociatedData } from "../../src/index.ts";
import { fakeDriver, never, TestClock } from "./fake-driver.ts";
import { code, data, failure, given, sealer, settle, vendor } from "./given.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const old = { tenant: "42" } as const;

type At = (...given: Parameters<ReEncryptAt>) => ReturnType<ReEncryptAt>;

/** A provider whose ciphertext is the length, the plaintext and the associated data: it exchanges the last. */
const exchange: At = async ({ from, to }) => {
  const [length = 0] = from.ciphertext;
  const plaintext = from.ciphertext.slice(1, 1 + length);
  return {
    bytes: Uint8Array.of(length, ...plaintext, ...to.associatedData.bytes),
    from: { id: from.key.id, version: from.key.version },
    to: { id: to.key.id, version: to.key.version },
  };
};

const setUp = async (options: Parameters<typeof given>[1] = {}, driver = fakeDriver()) => {
  const { kms, clock } = given(driver, options);
  const from = await kms.generateKey("it", aes);
  const to = await kms.generateKey("it", aes);
  return { driver, kms, clock, from, to, ciphertext: await kms.encrypt(from, data, old) };
};

describe("reEncryptWith", () => {
  it("answers a ciphertext of the other key that decrypt opens with the same associated data", async () => {
    const { kms, driver, from, to, ciphertext } = await setUp();
    driver.calls.length = 0;
    const answer = await reEncryptWith(kms, { ciphertext, from, to }, exchange, { associatedData: old });
    expect(driver.calls).toEqual([]);
    expect(describeCiphertext(answer)).toMatchObject({ keyId: to.keyId, keyVersion: "1", ...aes });
    expect(await kms.decrypt(to, answer, old)).toEqual(data);
    expect(await code(kms.decrypt(from, answer, old))).toBe("DECRYPTION_FAILED");
  });

  it("tells the provider both keys, the body without its header, and what each is bound to", async () => {
    const { kms, driver, from, to, ciphertext } = await setUp();
    const seen: Parameters<At>[] = [];
    const at: At = (...asked) => {
      seen.push(asked);
      return exchange(...asked);
    };
    const newAssociatedData = { tenant: "43" };
    const answer = await reEncryptWith(kms, { ciphertext, from, to }, at, { associatedData: old, newAssociatedData });
    const [sides, asked] = seen[0] ?? [];
    expect(asked).toBe(driver);
    expect(sides?.from.key.id).toBe(from.keyId);
    expect(sides?.from.ciphertext).toEqual(describeCiphertext(ciphertext).providerCiphertext);
    expect(sides?.from.associatedData.map).toEqual(providerAssociatedData(ciphertext, old));
    expect(sides?.to.key.id).toBe(to.keyId);
    expect(sides?.to.associatedData.map).toEqual(providerAssociatedData(answer, newAssociatedData));
  });

  it("refuses a ciphertext of another key, and altered ones, before the provider is asked", async () => {
    const { kms, from, to, ciphertext } = await setUp();
    const at: At = () => Promise.reject(new Error("asked"));
    for (const bytes of [await kms.encrypt(to, data, old), ciphertext.subarray(1), new Uint8Array(40)]) {
      const answer = reEncryptWith(kms, { ciphertext: bytes, from, to }, at, { associatedData: old });
      expect(await failure(answer)).toMatchObject({ code: "DECRYPTION_FAILED", operation: "decrypt" });
    }
  });

  it.each(["from", "to"] as const)("finds out when another key than the one asked answers: %s", async (side) => {
    const { kms, from, to, ciphertext } = await setUp();
    const at: At = async (...asked) => ({ ...(await exchange(...asked)), [side]: { id: "store/other", version: "1" } });
    expect(await code(reEncryptWith(kms, { ciphertext, from, to }, at, { associatedData: old }))).toBe("TAMPERED");
  });

  it("leaves the events of a decrypt with, inside it, those of an encrypt", async () => {
    const audit = memoryAuditSink();
    const { kms, from, to, ciphertext } = await setUp({ audit });
    const before = audit.events().length;
    await reEncryptWith(kms, { ciphertext, from, to }, exchange, { associatedData: old });
    const events = audit.events().slice(before);
    expect(events.map(({ phase, operation, keyId }) => [phase, operation, keyId])).toEqual([
      ["intent", "decrypt", from.keyId],
      ["intent", "encrypt", to.keyId],
      ["outcome", "encrypt", to.keyId],
      ["outcome", "decrypt", from.keyId],
    ]);
    expect(events.every(({ associatedData }) => associatedData?.["tenant"] === "42")).toBe(true);
  });

  it("says in the record of the decrypt what lay under an opaque failure", async () => {
    const audit = memoryAuditSink();
    const { kms, from, to, ciphertext } = await setUp({ audit });
    const at: At = () => Promise.reject(vendor("DECRYPTION_FAILED"));
    const error = await failure(reEncryptWith(kms, { ciphertext, from, to }, at, { associatedData: old }));
    expect(error).toMatchObject({ code: "DECRYPTION_FAILED", operation: "decrypt", keyId: undefined });
    expect(audit.events().at(-1)).toMatchObject({
      operation: "decrypt",
      code: "DECRYPTION_FAILED",
      diagnostic: "Error",
    });
  });
});

describe("reEncryptWith asks for both uses", () => {
  const refused: At = () => Promise.reject(new Error("asked"));

  it("of authorize", async () => {
    const asked: string[] = [];
    const { kms, from, to, ciphertext } = await setUp({
      authorize: ({ operation, keyId, associatedData }) => {
        asked.push(`${operation} ${keyId} ${associatedData["tenant"]}`);
      },
    });
    asked.length = 0;
    const newAssociatedData = { tenant: "43" };
    await reEncryptWith(kms, { ciphertext, from, to }, exchange, { associatedData: old, newAssociatedData });
    expect(asked).toEqual([`decrypt ${from.keyId} 42`, `encrypt ${to.keyId} 43`]);
  });

  it.each([
    ["from", { operations: ["encrypt"] }],
    ["to", { operations: ["decrypt"] }],
    ["to", { requiredAssociatedData: { purpose: "orders" } }],
  ] as const)("of the restriction of %s", async (side, restriction) => {
    const { kms, from, to, ciphertext } = await setUp();
    const keys = { from, to };
    const narrowed = { ...keys, [side]: kms.restrictKey(keys[side], restriction) };
    const answer = reEncryptWith(kms, { ciphertext, ...narrowed }, refused, { associatedData: old });
    expect(await code(answer)).toBe("POLICY_VIOLATION");
  });

  it("of today's policy", async () => {
    const driver = fakeDriver();
    const { kms, from, to, ciphertext } = await setUp({ sealer }, driver);
    const { kms: strict } = given(driver, { sealer, policy: { allowedProtection: ["hsm"] } });
    const keys = {
      from: await strict.openHandle(await kms.sealHandle(from)),
      to: await strict.openHandle(await kms.sealHandle(to)),
    };
    const answer = reEncryptWith(strict, { ciphertext, ...keys }, refused, { associatedData: old });
    expect(await code(answer)).toBe("POLICY_VIOLATION");
  });
});

describe("reEncryptWith refuses", () => {
  const refused: At = () => Promise.reject(new Error("asked"));

  it("keys of two providers, look-alikes, and objects that are no Kms", async () => {
    const driver: KmsDriver<Algorithm, never> = fakeDriver();
    const kms = createKms({ providers: { one: driver, two: driver }, clock: new TestClock() });
    const from = await kms.generateKey("one", aes);
    const to = await kms.generateKey("two", aes);
    const ciphertext = await kms.encrypt(from, data);
    expect(await code(reEncryptWith(kms, { ciphertext, from, to }, refused))).toBe("INVALID_ARGUMENT");
    expect(await code(reEncryptWith(kms, { ciphertext, from, to: { ...to } }, refused))).toBe("INVALID_ARGUMENT");
    expect(() => reEncryptWith({}, { ciphertext, from, to }, refused)).toThrow("createKms");
  });

  it("an option that it does not have, and associated data in a reserved name", async () => {
    const { kms, from, to, ciphertext } = await setUp();
    const wrong = { associatedData: old, more: 1 };
    expect(await code(reEncryptWith(kms, { ciphertext, from, to }, refused, wrong))).toBe("INVALID_ARGUMENT");
    const reserved = { associatedData: { "kms-header": "x" } };
    expect(await code(reEncryptWith(kms, { ciphertext, from, to }, refused, reserved))).toBe("INVALID_ARGUMENT");
  });

  it("to wait beyond its time", async () => {
    const { kms, clock, from, to, ciphertext } = await setUp();
    const at: At = (_sides, _driver, call) => never(call);
    const answer = reEncryptWith(kms, { ciphertext, from, to }, at, { associatedData: old, timeoutMs: 500 });
    await settle();
    expect(await code(clock.drain(answer))).toBe("DEADLINE_EXCEEDED");
  });

  it("a closed instance", async () => {
    const { kms, from, to, ciphertext } = await setUp();
    await kms.close();
    expect(await code(reEncryptWith(kms, { ciphertext, from, to }, refused))).toBe("CLOSED");
  });
});

it("tries again what failed for a moment, as any use", async () => {
  const { kms, clock, from, to, ciphertext } = await setUp();
  let attempts = 0;
  const at: At = (...asked) => {
    attempts += 1;
    return attempts === 1 ? Promise.reject(vendor("THROTTLED")) : exchange(...asked);
  };
  const answer = clock.drain(reEncryptWith(kms, { ciphertext, from, to }, at, { associatedData: old }));
  expect(await kms.decrypt(to, await answer, old)).toEqual(data);
  expect(attempts).toBe(2);
});
