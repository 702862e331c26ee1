import { describe, expect, it } from "vitest";
import { acknowledgeClock, memoryAuditSink, type AuthorizationRequest, type KeyPolicy } from "../../src/index.ts";
import { TestClock } from "./fake-driver.ts";
import { code, data, dayMs, failure, given, sealer } from "./given.ts";
import { curvePair, keyedDriver, macDriver, rsaPair, signingDriver, version } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const rsa = { algorithm: "RSA-PSS-2048-SHA256" } as const;
const at = (date: string): TestClock => {
  const clock = new TestClock();
  clock.advance(Date.parse(date) - clock.now());
  return clock;
};

describe("strength by date", () => {
  const pair = rsaPair(2048);

  it("lets 112 bits protect until the end of 2030 and only verify from 2031 on", async () => {
    const clock = at("2030-12-31T23:59:59Z");
    const { kms } = given(signingDriver([pair], rsa), { clock });
    const key = await kms.generateKey("it", rsa);
    const signature = { ...(await kms.sign(key, data)) };
    clock.advance(1_000);
    expect(await code(kms.sign(key, data))).toBe("POLICY_VIOLATION");
    expect(await code(kms.generateKey("it", rsa))).toBe("POLICY_VIOLATION");
    expect(await kms.verify(key, data, signature)).toBe(false); // the fake signs by PKCS #1: wrong, but not refused
    expect((await kms.getKey("it", "store/key", rsa)).keyId).toBe("store/key");
  });

  it("is what policy says where it says it", async () => {
    const clock = at("2031-01-01T00:00:00Z");
    const { kms } = given(signingDriver([pair], rsa), { clock, policy: { minimumStrengthBits: 112 } });
    expect((await kms.sign(await kms.generateKey("it", rsa), data)).keyVersion).toBe("1");
    const ecdsa = { algorithm: "ECDSA-P256-SHA256" } as const;
    const { kms: strict } = given(signingDriver([curvePair("P-256")], ecdsa), { policy: { minimumStrengthBits: 192 } });
    expect(await code(strict.generateKey("it", ecdsa))).toBe("POLICY_VIOLATION");
  });
});

describe("policy of today", () => {
  it("decides about handles that were made under another one, and the token's digest is only reported", async () => {
    const driver = keyedDriver();
    const { kms } = given(driver, { sealer });
    const token = await kms.sealHandle(await kms.generateKey("it", aes));
    const { kms: later } = given(driver, { sealer, policy: { allowedAlgorithms: ["HMAC-SHA256"] } });
    const key = await later.openHandle(token, aes);
    expect(await code(later.encrypt(key, data))).toBe("POLICY_VIOLATION");
    expect((await later.describeKey(key)).findings).toMatchObject([{ what: "policy", severity: "info" }]);
    const { kms: hsm } = given(driver, { sealer, policy: { allowedProtection: ["hsm"] } });
    expect(await code(hsm.decrypt(await hsm.openHandle(token, aes), data))).toBe("POLICY_VIOLATION");
  });

  it("refuses JavaScript implementations unless it allows them", async () => {
    const row = { operations: { encrypt: "js" } } as const;
    const { kms } = given(keyedDriver({ row }));
    expect(await code(kms.encrypt(await kms.generateKey("it", aes), data))).toBe("POLICY_VIOLATION");
    const { kms: lenient } = given(keyedDriver({ row }), { policy: { allowJsPrimitives: true } });
    expect(await lenient.encrypt(await lenient.generateKey("it", aes), data)).toBeInstanceOf(Uint8Array);
  });

  it.each<readonly [string, unknown]>([
    ["an unknown member", { minimumStrength: 1 }],
    ["a strength of 0", { minimumStrengthBits: 0 }],
    ["an unknown algorithm", { allowedAlgorithms: ["AES"] }],
    ["a list that is none", { allowedProtection: "hsm" }],
    ["an unknown purpose", { maximumProtectAgeDays: { encrypting: 1 } }],
    ["an age of 0", { maximumProtectAgeDays: { encryption: 0 } }],
    ["a yes that is no boolean", { allowJsPrimitives: 1 }],
    ["null", null],
  ])("is refused when malformed: %s", (_what, policy) => {
    expect(() => given(keyedDriver(), { policy: policy as KeyPolicy })).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }) as Error,
    );
  });
});

describe("the age of a version", () => {
  const createdAt = new Date("2026-06-01T00:00:00Z");
  const policy = { maximumProtectAgeDays: { encryption: 90, mac: 30 } };

  it("ends protecting at the stated day, not reading", async () => {
    const { kms, clock } = given(keyedDriver({ record: { versions: [version("1", { createdAt })] } }), { policy });
    const key = await kms.generateKey("it", aes);
    clock.advance(90 * dayMs - 1);
    const ciphertext = await kms.encrypt(key, data);
    clock.advance(1);
    expect(await code(kms.encrypt(key, data))).toBe("POLICY_VIOLATION");
    expect(await kms.decrypt(key, ciphertext)).toEqual(data);
    const { kms: maker, clock: time } = given(macDriver(["1"]), { policy });
    const mac = await maker.generateKey("it", { algorithm: "HMAC-SHA256" });
    time.advance(30 * dayMs);
    expect(await code(maker.generateMac(mac, data))).toBe("POLICY_VIOLATION");
  });

  it("must be known, and not lie in the future", async () => {
    for (const more of [{ createdAt: undefined }, { createdAt: new Date("2026-06-02T00:00:01Z") }]) {
      const { kms } = given(keyedDriver({ record: { versions: [version("1", more), version("2", more)] } }), {
        policy,
      });
      expect(await code(kms.encrypt(await kms.generateKey("it", aes), data))).toBe("POLICY_VIOLATION");
    }
  });

  it("is that of the version that protected when the handle was made, where the provider picks it", async () => {
    const driver = keyedDriver({ row: { version: "provider" }, record: { versions: [version("1", { createdAt })] } });
    const { kms, clock } = given(driver, { policy });
    const key = await kms.generateKey("it", aes);
    clock.advance(90 * dayMs);
    expect(await code(kms.encrypt(key, data))).toBe("POLICY_VIOLATION");
    const second = version("2", { createdAt: new Date(clock.now()) });
    driver.record = { ...driver.record, versions: [version("1", { createdAt }), second] };
    expect(await code(kms.encrypt(await kms.refreshHandle(key), data))).toBe("POLICY_VIOLATION"); // made, not yet in use
    driver.record = { ...driver.record, currentVersion: "2" };
    expect(await kms.encrypt(await kms.refreshHandle(key), data)).toBeInstanceOf(Uint8Array);
  });
});

describe("a restriction", () => {
  it("allows the stated operations with the stated entries until the stated time", async () => {
    const { kms, clock } = given(keyedDriver());
    const key = await kms.generateKey("it", aes);
    const notAfter = new Date(clock.now() + 1_000);
    const narrow = kms.restrictKey(key, {
      operations: ["encrypt"],
      requiredAssociatedData: { tenant: "42", user: null },
      notAfter,
    });
    const entries = { tenant: "42", user: "x", more: "y" };
    const ciphertext = await kms.encrypt(narrow, data, entries);
    expect(await code(kms.decrypt(narrow, ciphertext, entries))).toBe("POLICY_VIOLATION");
    for (const wrong of [{}, { tenant: "42" }, { tenant: "43", user: "x" }, undefined]) {
      expect(await code(kms.encrypt(narrow, data, wrong))).toBe("POLICY_VIOLATION");
    }
    clock.advance(1_001);
    expect(await code(kms.encrypt(narrow, data, entries))).toBe("POLICY_VIOLATION");
    expect(await kms.encrypt(key, data)).toBeInstanceOf(Uint8Array);
  });

  it("covers the vendor's own ciphertexts as decrypt", async () => {
    const { kms } = given(keyedDriver());
    const narrow = kms.restrictKey(await kms.generateKey("it", aes), { operations: ["encrypt"] });
    expect(await code(kms.decryptNative(narrow, data))).toBe("POLICY_VIOLATION");
  });
});

describe("authorize", () => {
  it("sees a frozen copy of exactly what will be done, in the name of the actor", async () => {
    const seen: AuthorizationRequest[] = [];
    const { kms } = given(keyedDriver(), { actor: "app", authorize: (request) => void seen.push(request) });
    const key = await kms.generateKey("it", aes);
    const entries = { tenant: "42" };
    const used = kms.withActor("alice").encrypt(key, data, entries);
    entries.tenant = "43";
    await used;
    expect(seen[0]).toMatchObject({ actor: "app", operation: "generateKey", provider: "it" });
    expect({ ...seen[1]?.associatedData }).toEqual({ tenant: "42" });
    expect(seen[1]).toMatchObject({ actor: "alice", operation: "encrypt", keyId: "store/key" });
    expect([seen[1], seen[1]?.associatedData].map((part) => Object.isFrozen(part))).toEqual([true, true]);
    expect(seen).toHaveLength(2);
  });

  it.each([
    ["false", () => false as never],
    ["a promise of false", async () => false as never],
  ])("denies by %s too, which its type rules out", async (_what, authorize) => {
    const driver = keyedDriver();
    const { kms } = given(driver, { authorize });
    expect(await failure(kms.generateKey("it", aes))).toMatchObject({ code: "PERMISSION_DENIED", outcome: "none" });
  });

  it("is asked in every operation with a key, and an error that it throws or rejects with denies", async () => {
    const asked: string[] = [];
    let deny = false;
    const authorize = async ({ operation }: AuthorizationRequest): Promise<void> => {
      asked.push(operation);
      if (deny) throw new Error("no");
    };
    const asking = async (): Promise<never> => Promise.reject(new Error("asked"));
    const listKeys = async function* (): AsyncGenerator<never> {
      yield await asking();
    };
    const driver = keyedDriver({ driver: { setEnabled: asking, listKeys } });
    const { kms } = given(driver, { authorize });
    const key = await kms.generateKey("it", aes);
    deny = true;
    driver.calls.length = 0;
    const listing = kms.listKeys("it")[Symbol.asyncIterator]();
    const calls = [
      () => kms.encrypt(key, data),
      () => kms.describeKey(key),
      () => kms.refreshHandle(key),
      () => kms.disableKey(key),
      () => kms.getKey("it", "store/key", aes),
      () => kms.generateRandom("it", 8),
      () => listing.next(),
    ];
    for (const call of calls) {
      expect(await failure(call())).toMatchObject({ code: "PERMISSION_DENIED", outcome: "none" });
    }
    expect(asked).toEqual([
      "generateKey",
      "encrypt",
      "describeKey",
      "refreshHandle",
      "disableKey",
      "getKey",
      "generateRandom",
      "listKeys",
    ]);
    expect(driver.calls).toEqual([]);
  });

  it("that does not answer ends with the call: nothing was begun", async () => {
    const driver = keyedDriver();
    const { kms, clock } = given(driver, { authorize: async () => new Promise<void>(() => undefined) });
    const ended = failure(kms.generateKey("it", aes, { timeoutMs: 500 }));
    clock.advance(500);
    expect(await ended).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "none" });
    expect(driver.calls).toEqual([]);
  });
});

describe("effective time", () => {
  /** A wall clock that a test sets beside a monotonic one. */
  const clocks = (): { wall: number; steady: number; readonly clock: TestClock } => {
    const time = { wall: Date.parse("2026-06-01T00:00:00Z"), steady: 1_000, clock: new TestClock() };
    Object.assign(time.clock, { now: () => time.wall, monotonic: () => time.steady });
    return time;
  };

  it.each([dayMs, -dayMs, 3_650 * dayMs])(
    "does not follow a leap of %i ms, and refuses changes until it is acknowledged",
    async (leap) => {
      const time = clocks();
      const audit = memoryAuditSink();
      const driver = keyedDriver();
      const { kms } = given(driver, { clock: time.clock, audit });
      const key = await kms.generateKey("it", aes);
      time.wall += 5_000 + leap;
      time.steady += 5_000;
      driver.calls.length = 0;
      expect(await failure(kms.generateKey("it", aes))).toMatchObject({ code: "CONFLICT", outcome: "none" });
      expect(driver.calls).toEqual([]);
      expect(await kms.encrypt(key, data)).toBeInstanceOf(Uint8Array);
      expect(audit.events().at(-1)?.at).toEqual(new Date("2026-06-01T00:00:05Z"));
      expect((await kms.health()).it.notes.join()).toContain("leapt");
      acknowledgeClock(kms.withActor("operator"));
      expect((await kms.generateKey("it", aes)).keyId).toBe("store/key");
      const expected = Math.max(time.wall, Date.parse("2026-06-01T00:00:05Z"));
      expect(audit.events().at(-1)?.at.getTime()).toBe(expected);
    },
  );

  it("adds up small steps, so that many of them are a leap too", async () => {
    const time = clocks();
    const { kms } = given(keyedDriver(), { clock: time.clock });
    time.wall += dayMs / 2;
    expect((await kms.generateKey("it", aes)).keyId).toBe("store/key");
    time.wall += dayMs / 2;
    expect(await code(kms.generateKey("it", aes))).toBe("CONFLICT");
  });

  it("never goes back within a process", async () => {
    const time = clocks();
    const audit = memoryAuditSink();
    const { kms } = given(keyedDriver(), { clock: time.clock, audit });
    time.wall += 10_000;
    time.steady += 10_000;
    const key = await kms.generateKey("it", aes);
    time.wall -= 8_000;
    await kms.encrypt(key, data);
    expect(audit.events().at(-1)?.at).toEqual(new Date("2026-06-01T00:00:10Z"));
    expect((await kms.health()).it.notes.join()).toContain("per process");
  });
});
