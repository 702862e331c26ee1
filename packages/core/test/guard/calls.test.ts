import { describe, expect, it } from "vitest";
import { createKms, KmsError, memoryAuditSink, type KmsErrorCode, type Outcome } from "../../src/index.ts";
import type { Call, KmsDriver } from "../../src/driver.ts";
import { fakeDriver, never, TestClock } from "./fake-driver.ts";
import { settle } from "./given.ts";

const data = new TextEncoder().encode("a plaintext");
const failure = async (promise: Promise<unknown>): Promise<KmsError> => {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (KmsError.isInstance(error)) return error;
  throw new Error(`expected a KmsError, found ${String(error)}`);
};
const instance = (driver: KmsDriver, clock = new TestClock(), more: object = {}) => ({
  clock,
  kms: createKms({ providers: { it: driver as ReturnType<typeof fakeDriver> }, clock, ...more }),
});
const vendor = (code: KmsErrorCode, outcome: Outcome = "none"): Error =>
  Object.assign(new Error("vendor"), { code, outcome });

describe("deadlines and cancellation", () => {
  it("ends a use that the provider never answers, with outcome none", async () => {
    const { kms, clock } = instance(
      fakeDriver({ driver: { encrypt: (_key, _plaintext, _data, call) => never(call) } }),
    );
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    const ended = failure(kms.encrypt(key, data, {}, { timeoutMs: 500 }));
    clock.advance(500);
    expect(await ended).toMatchObject({
      code: "DEADLINE_EXCEEDED",
      outcome: "none",
      retryable: true,
      operation: "encrypt",
      provider: "it",
    });
  });

  it("says unknown when a change is not answered in time, and never repeats it", async () => {
    let asked = 0;
    const driver = fakeDriver({
      driver: { setEnabled: (_key, _version, _enabled, call) => ((asked += 1), never(call)) },
    });
    const { kms, clock } = instance(driver);
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    const ended = failure(kms.disableKey(key, { timeoutMs: 1_000 }));
    await settle();
    clock.advance(1_000);
    expect(await ended).toMatchObject({
      code: "DEADLINE_EXCEEDED",
      outcome: "unknown",
      retryable: false,
      keyId: key.keyId,
    });
    expect(asked).toBe(1);
  });

  it("aborts the driver's signal when the caller cancels", async () => {
    let heard = false;
    const encrypt: KmsDriver["encrypt"] = (_key, _plaintext, _data, call) => {
      call.signal.addEventListener("abort", () => (heard = true));
      return never(call);
    };
    const { kms } = instance(fakeDriver({ driver: { encrypt } }));
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    const controller = new AbortController();
    const ended = failure(kms.encrypt(key, data, {}, { signal: controller.signal }));
    controller.abort();
    expect(await ended).toMatchObject({ code: "CANCELLED", outcome: "none" });
    expect(heard).toBe(true);
  });

  it("tells a driver once that asked to be told without a signal, before or after the caller cancelled", async () => {
    const heard: string[] = [];
    let late: Call | undefined;
    const encrypt: KmsDriver["encrypt"] = (_key, _plaintext, _data, call) => {
      late = call;
      const takeBack = call.onInterrupt(() => {
        heard.push("once");
        takeBack(); // hides nobody who comes after
      });
      call.onInterrupt(() => heard.push("in time"));
      call.onInterrupt(() => heard.push("taken back"))();
      return new Promise<never>(() => undefined);
    };
    const { kms } = instance(fakeDriver({ driver: { encrypt } }));
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    const controller = new AbortController();
    const ended = failure(kms.encrypt(key, data, {}, { signal: controller.signal }));
    expect(heard).toEqual([]);
    controller.abort();
    expect(await ended).toMatchObject({ code: "CANCELLED", outcome: "none" });
    expect(heard).toEqual(["once", "in time"]);
    late?.onInterrupt(() => heard.push("late"));
    expect(heard).toEqual(["once", "in time", "late"]);
    expect(late?.signal.aborted).toBe(true);
  });

  it("refuses before any call when the signal is aborted already", async () => {
    const driver = fakeDriver();
    const { kms } = instance(driver);
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    const before = driver.calls.length;
    expect(await failure(kms.encrypt(key, data, {}, { signal: AbortSignal.abort() }))).toMatchObject({
      code: "CANCELLED",
    });
    expect(driver.calls.length).toBe(before);
  });

  it("arms no timer for a driver that answers synchronously", async () => {
    const { kms, clock } = instance(fakeDriver());
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    const used = kms.encrypt(key, data);
    expect(clock.sleepers).toBe(0);
    await used;
  });

  it("ends calls under way when the instance closes, for a twin too", async () => {
    const driver = fakeDriver({ driver: { encrypt: (_key, _plaintext, _data, call) => never(call) } });
    const { kms } = instance(driver);
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    const ended = failure(kms.withActor("alice").encrypt(key, data));
    await kms.close();
    expect(await ended).toMatchObject({ code: "CLOSED" });
    expect(await failure(kms.withActor("bob").encrypt(key, data))).toMatchObject({ code: "CLOSED" });
    expect(driver.calls).toContain("close");
  });
});

describe("the one retry policy", () => {
  it("repeats a use that is throttled, and stops after the stated number", async () => {
    let asked = 0;
    const encrypt: KmsDriver["encrypt"] = async () => {
      asked += 1;
      throw vendor("THROTTLED");
    };
    const { kms, clock } = instance(fakeDriver({ driver: { encrypt } }), new TestClock(), { retries: 3 });
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    expect(await failure(clock.drain(kms.encrypt(key, data)))).toMatchObject({ code: "THROTTLED" });
    expect(asked).toBe(4);
  });

  it("repeats a synchronous failure too, and answers when it passes", async () => {
    let asked = 0;
    const good = fakeDriver();
    const encrypt: KmsDriver["encrypt"] = (key, plaintext, associatedData, call) => {
      asked += 1;
      if (asked < 3) throw vendor("UNAVAILABLE");
      return good.encrypt?.(key, plaintext, associatedData, call) ?? never(call);
    };
    const { kms, clock } = instance(fakeDriver({ driver: { encrypt } }));
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    await clock.drain(kms.encrypt(key, data));
    expect(asked).toBe(3);
  });

  it("waits as long as the provider asks, and not past the deadline", async () => {
    let asked = 0;
    const encrypt: KmsDriver["encrypt"] = () => {
      asked += 1;
      throw new KmsError("THROTTLED", "slow down", { retryAfterMs: 60_000 });
    };
    const { kms } = instance(fakeDriver({ driver: { encrypt } }));
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    expect(await failure(kms.encrypt(key, data))).toMatchObject({ code: "THROTTLED", retryAfterMs: 60_000 });
    expect(asked).toBe(1);
  });

  it("never repeats a change, and does not repeat what is not transient", async () => {
    let made = 0;
    const createKey = async (): Promise<never> => {
      made += 1;
      throw vendor("THROTTLED");
    };
    const { kms } = instance(fakeDriver({ driver: { createKey } }));
    expect(await failure(kms.generateKey("it", { algorithm: "AES-256-GCM" }))).toMatchObject({
      code: "THROTTLED",
      outcome: "none",
    });
    expect(made).toBe(1);
  });
});

describe("concurrency", () => {
  it("keeps no more calls in flight than stated, and serves the rest in order", async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    let inFlight = 0;
    const good = fakeDriver();
    const encrypt: KmsDriver["encrypt"] = async (key, plaintext, associatedData, call) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise<void>((resolve) => waiting.push(resolve));
      inFlight -= 1;
      return (await good.encrypt?.(key, plaintext, associatedData, call)) ?? never(call);
    };
    const { kms } = instance(fakeDriver({ driver: { encrypt } }), new TestClock(), { concurrency: 2 });
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    const all = Promise.all(Array.from({ length: 7 }, () => kms.encrypt(key, data)));
    for (let turn = 0; turn < 200; turn += 1) {
      waiting.shift()?.();
      await Promise.resolve();
    }
    await all;
    expect(most).toBe(2);
  });
});

describe("audit", () => {
  it("writes an intent and an outcome that belong together, with the version that answered", async () => {
    const audit = memoryAuditSink();
    const { kms } = instance(fakeDriver(), new TestClock(), { audit, actor: "alice" });
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    await kms.encrypt(key, data, { tenant: "42" });
    const [intent, outcome] = audit.events().slice(-2);
    expect(intent).toMatchObject({
      phase: "intent",
      operation: "encrypt",
      actor: "alice",
      keyId: key.keyId,
      associatedData: { tenant: "42" },
    });
    expect(outcome).toMatchObject({
      phase: "outcome",
      outcome: "done",
      keyVersion: "1",
      correlation: intent?.correlation,
    });
  });

  it("refuses the call when the intent cannot be written", async () => {
    const driver = fakeDriver();
    const clock = new TestClock();
    let broken = false;
    const audit = {
      write: () => {
        if (broken) throw new Error("disk full");
      },
      close: async () => undefined,
    };
    const { kms } = instance(driver, clock, { audit });
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    broken = true;
    const before = driver.calls.length;
    expect(await failure(kms.encrypt(key, data))).toMatchObject({ code: "AUDIT_FAILED", outcome: "none" });
    expect(driver.calls.length).toBe(before);
  });

  it("says that it happened when only the outcome cannot be written", async () => {
    let writes = 0;
    const audit = {
      write: async () => {
        writes += 1;
        if (writes === 4) throw new Error("disk full");
      },
      close: async () => undefined,
    };
    const { kms } = instance(fakeDriver(), new TestClock(), { audit });
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    expect(await failure(kms.encrypt(key, data))).toMatchObject({
      code: "AUDIT_FAILED",
      outcome: "done",
      keyId: key.keyId,
    });
  });
});
