import { describe, expect, it } from "vitest";
import { memoryAuditSink, type AuditEvent, type AuditSink } from "../../src/index.ts";
import { KmsError } from "../../src/driver.ts";
import { fakeDriver, never } from "./fake-driver.ts";
import { code, data, failure, gate, given, settle, vendor } from "./given.ts";
import { keyedDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

/** A sink that takes time: every event is written a few turns later. */
const slowSink = (): AuditSink & { readonly held: AuditEvent[] } => {
  const held: AuditEvent[] = [];
  return {
    held,
    write: async (event) => {
      await settle();
      held.push(event);
    },
    close: async () => undefined,
  };
};

describe("the outcome of a failure", () => {
  it("names the code, and nothing else about bytes that an attacker can alter", async () => {
    const audit = memoryAuditSink();
    const decrypt = (): never => {
      throw vendor("DECRYPTION_FAILED", "none", { requestId: "r-1", message: "tag mismatch at byte 7" });
    };
    const driver = keyedDriver({ driver: { decrypt } });
    Object.assign(driver, { classify: () => ({ code: "DECRYPTION_FAILED", outcome: "none", requestId: "r-1" }) });
    const { kms } = given(driver, { audit });
    const key = await kms.generateKey("it", aes);
    const error = await failure(kms.decrypt(key, await kms.encrypt(key, data)));
    expect(error).toMatchObject({ code: "DECRYPTION_FAILED", requestId: "r-1", operation: "decrypt" });
    expect(error.cause).toBeUndefined();
    expect([error.keyId, error.provider, error.state]).toEqual([undefined, undefined, undefined]);
    expect(audit.events().at(-1)).toMatchObject({
      phase: "outcome",
      code: "DECRYPTION_FAILED",
      outcome: "none",
      requestId: "r-1",
      diagnostic: "Error",
      keyId: "store/key",
    });
  });

  it.each(["at once", "later"])(
    "is told, and the call ended, when the driver's own error table fails %s",
    async (when) => {
      const audit = memoryAuditSink();
      const thrown = vendor("UNAVAILABLE", "none");
      const encrypt = (): Promise<never> => {
        if (when === "later") return Promise.reject(thrown);
        throw thrown;
      };
      const driver = keyedDriver({ driver: { encrypt } });
      const { kms } = given(driver, { audit });
      const key = await kms.generateKey("it", aes);
      Object.assign(driver, {
        classify: () => {
          throw new TypeError("no table");
        },
      });
      const error = await failure(kms.encrypt(key, data));
      expect(error).toMatchObject({ code: "UNKNOWN", operation: "encrypt", outcome: "none", cause: thrown });
      expect(error.message).toContain("classify threw TypeError");
      expect(audit.events().at(-1)).toMatchObject({ phase: "outcome", code: "UNKNOWN", operation: "encrypt" });
      await expect(kms.close()).resolves.toBeUndefined();
    },
  );

  it("keeps a driver's own words under an opaque failure for the audit alone", async () => {
    const audit = memoryAuditSink();
    const decrypt = (): never => {
      throw new KmsError("DECRYPTION_FAILED", "the commitment differs", { cause: new Error("secret") });
    };
    const { kms } = given(keyedDriver({ driver: { decrypt } }), { audit });
    const key = await kms.generateKey("it", aes);
    const error = await failure(kms.decrypt(key, await kms.encrypt(key, data)));
    expect(error.message).not.toContain("commitment");
    expect(error.cause).toBeUndefined();
    expect(audit.events().at(-1)?.diagnostic).toBe("the commitment differs");
    const forged = await failure(kms.decrypt(key, data));
    expect(forged.message).toBe(error.message);
    expect(audit.events().at(-1)?.diagnostic).toContain("header");
  });

  it("says that a denied call did nothing", async () => {
    const audit = memoryAuditSink();
    const driver = fakeDriver();
    const authorize = (): never => {
      throw new Error("no");
    };
    const { kms } = given(driver, { audit, authorize });
    expect(await failure(kms.generateKey("it", aes))).toMatchObject({ code: "PERMISSION_DENIED", outcome: "none" });
    expect(driver.calls).toEqual([]);
    expect(audit.events().map(({ phase, code: seen }) => [phase, seen])).toEqual([
      ["intent", undefined],
      ["outcome", "PERMISSION_DENIED"],
    ]);
  });
});

describe("a sink that takes time", () => {
  it("is waited for before the provider is asked, and before the answer is given", async () => {
    const audit = slowSink();
    const driver = fakeDriver();
    const { kms } = given(driver, { audit });
    const key = await kms.generateKey("it", aes);
    driver.calls.length = 0;
    const used = kms.encrypt(key, data);
    expect(driver.calls).toEqual([]);
    await used;
    expect(audit.held.map(({ operation, phase }) => `${operation} ${phase}`).slice(-2)).toEqual([
      "encrypt intent",
      "encrypt outcome",
    ]);
  });

  it.each(["cancelled", "late", "closed"] as const)(
    "still records the outcome of a call that is %s, and does not hide why",
    async (how) => {
      const audit = slowSink();
      const driver = fakeDriver({ driver: { encrypt: (_key, _plaintext, _data, call) => never(call) } });
      const { kms, clock } = given(driver, { audit });
      const key = await kms.generateKey("it", aes);
      const controller = new AbortController();
      const ended = failure(kms.encrypt(key, data, {}, { signal: controller.signal, timeoutMs: 500 }));
      for (let turn = 0; turn < 5; turn += 1) await settle();
      if (how === "cancelled") controller.abort();
      if (how === "late") clock.advance(500);
      if (how === "closed") await kms.close();
      const expected = { cancelled: "CANCELLED", late: "DEADLINE_EXCEEDED", closed: "CLOSED" }[how];
      expect((await ended).code).toBe(expected);
      expect(audit.held.at(-1)).toMatchObject({ phase: "outcome", operation: "encrypt", code: expected });
    },
  );

  it("that never answers an intent does not hold a call past its deadline", async () => {
    const audit = { write: async (): Promise<void> => gate().promise, close: async () => undefined };
    const driver = fakeDriver();
    const { kms, clock } = given(driver, { audit });
    const ended = failure(kms.generateKey("it", aes, { timeoutMs: 500 }));
    clock.advance(500);
    expect(await ended).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "none" });
    expect(driver.calls).toEqual([]);
  });

  it("that never answers an outcome is AUDIT_FAILED after 10 seconds, and says what happened", async () => {
    let writes = 0;
    const write = async (): Promise<void> => ((writes += 1) === 4 ? gate().promise : undefined);
    const { kms, clock } = given(fakeDriver(), { audit: { write, close: async () => undefined } });
    const key = await kms.generateKey("it", aes);
    const ended = failure(kms.encrypt(key, data));
    await settle();
    clock.advance(10_000);
    expect(await ended).toMatchObject({ code: "AUDIT_FAILED", outcome: "done", keyId: key.keyId });
  });
});

describe("closing", () => {
  it("writes the outcomes of calls under way before the sink is closed", async () => {
    const audit = memoryAuditSink();
    const driver = fakeDriver({ driver: { encrypt: (_key, _plaintext, _data, call) => never(call) } });
    const { kms } = given(driver, { audit });
    const key = await kms.generateKey("it", aes);
    const ended = failure(kms.encrypt(key, data));
    await kms.close();
    expect((await ended).code).toBe("CLOSED");
    expect(audit.events().at(-1)).toMatchObject({ phase: "outcome", operation: "encrypt", code: "CLOSED" });
  });

  it("asks every driver and the sink, and then says what failed first", async () => {
    let closed = 0;
    const audit = { write: () => undefined, close: async () => void (closed += 1) };
    const driver = fakeDriver({ driver: { close: async () => Promise.reject(new Error("socket")) } });
    const { kms } = given(driver, { audit });
    await expect(kms.close()).rejects.toThrow("socket");
    expect(closed).toBe(1);
    await expect(kms.close()).rejects.toThrow("socket");
    expect(closed).toBe(1);
  });

  it("lets a call that was made just before reach no driver that is closed, whether its code was loaded or not", async () => {
    for (let time = 0; time < 2; time += 1) {
      const driver = fakeDriver();
      const { kms } = given(driver);
      const reading = code(kms.getKey("it", "key-1", { algorithm: "AES-256-GCM" })); // by no other test of this file
      await kms.close();
      expect(await reading).toBe("CLOSED");
      expect(driver.calls.at(-1)).toBe("close");
    }
  });

  it("refuses everything afterwards, before arguments are looked at and without an event", async () => {
    const audit = memoryAuditSink();
    const { kms } = given(fakeDriver(), { audit });
    const key = await kms.generateKey("it", aes);
    await kms.close();
    const before = audit.events().length;
    const twin = kms.withActor("alice");
    const listing = kms.listKeys("it")[Symbol.asyncIterator]();
    const refused = [
      kms.encrypt(key, data),
      twin.decrypt(key, data),
      kms.generateKey("it", aes),
      kms.describeKey(key),
      kms.sealHandle(key),
      kms.openHandle("x"),
      kms.health(),
      listing.next(),
    ].map(async (promise) => code(promise));
    expect(new Set(await Promise.all(refused))).toEqual(new Set(["CLOSED"]));
    expect(() => kms.restrictKey(key, {})).toThrow(KmsError);
    expect(audit.events().length).toBe(before);
  });
});

describe("what an event says", () => {
  it("is the time of the outcome, not of the intent", async () => {
    const audit = memoryAuditSink();
    const good = fakeDriver();
    const held = gate();
    const { kms, clock } = given(
      keyedDriver({
        driver: {
          encrypt: async (key, plaintext, bound, call) => {
            await held.promise;
            return (await good.encrypt?.(key, plaintext, bound, call)) ?? never(call);
          },
        },
      }),
      { audit },
    );
    const key = await kms.generateKey("it", aes);
    const used = kms.encrypt(key, data);
    clock.advance(5_000);
    held.open();
    await used;
    const [intent, outcome] = audit.events().slice(-2);
    expect((outcome?.at.getTime() ?? 0) - (intent?.at.getTime() ?? 0)).toBe(5_000);
  });

  it("names algorithm and version in the intent where the caller names them", async () => {
    const audit = memoryAuditSink();
    const driver = keyedDriver({ claims: { unit: { disable: "version", revoke: "key", destroy: "key" } } });
    Object.assign(driver, { setEnabled: async () => ({ record: driver.record, unfinished: [] }) });
    const { kms } = given(driver, { audit });
    const key = await kms.generateKey("it", aes);
    expect(audit.events()[0]).toMatchObject({ phase: "intent", operation: "generateKey", algorithm: "AES-256-GCM" });
    await kms.disableKey(key, { keyVersion: "1", reason: "ticket 7" });
    expect(audit.events().slice(-2)).toMatchObject([
      { phase: "intent", keyVersion: "1", reason: "ticket 7" },
      { phase: "outcome", keyVersion: "1", reason: "ticket 7", outcome: "done" },
    ]);
  });

  it("is the reason for reading in a state that needs one", async () => {
    const audit = memoryAuditSink();
    const { kms } = given(keyedDriver(), { audit, actor: "bob" });
    const key = await kms.generateKey("it", aes);
    const ciphertext = await kms.encrypt(key, data);
    await kms.withActor("alice").decrypt(key, ciphertext, {}, { accept: { state: "compromised", reason: "case 12" } });
    expect(audit.events().slice(-2)).toMatchObject([
      { reason: "case 12", actor: "alice" },
      { reason: "case 12", actor: "alice" },
    ]);
    for (const accept of [
      { state: "compromised" },
      { state: "active", reason: "x" },
      { state: "suspended", reason: "" },
      1,
    ]) {
      expect(await code(kms.decrypt(key, ciphertext, {}, { accept: accept as never }))).toBe("INVALID_ARGUMENT");
    }
  });
});
