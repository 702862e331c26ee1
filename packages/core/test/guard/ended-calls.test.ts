import { describe, expect, it } from "vitest";
import { createKms, KmsError, memoryAuditSink, type AuditEvent } from "../../src/index.ts";
import type { Call, KeyRecord } from "../../src/driver.ts";
import { changingDriver } from "./changing-driver.ts";
import { fakeDriver } from "./fake-driver.ts";
import { code, data, failure, gate, given, settle, vendor } from "./given.ts";
import { keyedDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

describe("a change", () => {
  it.each(["cancelled", "out of time"])(
    "is not begun for a call that is %s by the time that authorize has answered",
    async (how) => {
      const leaving = new AbortController();
      let ends = false;
      const authorize = (): void => {
        if (ends && how === "cancelled") leaving.abort();
        if (ends && how === "out of time") clock.advance(1_000);
      };
      const driver = changingDriver();
      const { kms, clock } = given(driver, { authorize });
      const key = await kms.generateKey("it", aes);
      ends = true;
      driver.calls.length = 0;
      const ended = failure(kms.disableKey(key, { signal: leaving.signal, timeoutMs: 1_000 }));
      const expected = how === "cancelled" ? "CANCELLED" : "DEADLINE_EXCEEDED";
      expect(await ended).toMatchObject({ code: expected, outcome: "none", operation: "disableKey" });
      expect(driver.calls).toEqual([]);
    },
  );
});

describe("a change that is ended while it is under way", () => {
  const made = new KmsError("CANCELLED", "A key was made, but its alias was not.", {
    keyId: "store/made",
    outcome: "done",
  });
  const onAbort = async (call: Call, answer: () => Promise<KeyRecord<never>>): Promise<KeyRecord<never>> =>
    new Promise<KeyRecord<never>>((resolve) => {
      call.onInterrupt(() => setImmediate(() => resolve(answer())));
    });

  it("is told of by its driver, under the code of what ended it: what was made is named", async () => {
    const audit = memoryAuditSink();
    const driver = fakeDriver({ driver: { createKey: (_conf, call) => onAbort(call, () => Promise.reject(made)) } });
    const { kms, clock } = given(driver, { audit });
    const error = await clock.drain(failure(kms.generateKey("it", aes, { timeoutMs: 1_000 })));
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "done", keyId: "store/made" });
    expect(error.message).toBe(made.message);
    const recorded = { code: "DEADLINE_EXCEEDED", outcome: "done", keyId: "store/made" };
    expect(audit.events().at(-1)).toMatchObject(recorded);
  });

  it("has happened where the driver answers in that moment", async () => {
    const driver = changingDriver();
    const { setEnabled } = driver;
    const { kms, clock } = given(driver);
    const key = await kms.generateKey("it", aes);
    Object.assign(driver, {
      setEnabled: async (...all: Parameters<NonNullable<typeof setEnabled>>) =>
        onAbort(all[3], async () => setEnabled?.(...all) as never),
    });
    expect(await clock.drain(kms.disableKey(key, { timeoutMs: 1_000 }))).toMatchObject({ state: "suspended" });
  });

  it("is not waited for any longer, nor is a vendor's own error for being ended taken for more than that", async () => {
    for (const answer of [
      async () => Promise.reject(vendor("CANCELLED", "none")),
      async () => new Promise<never>(() => 0),
    ]) {
      const { kms, clock } = given(fakeDriver({ driver: { createKey: (_conf, call) => onAbort(call, answer) } }));
      const error = await clock.drain(failure(kms.generateKey("it", aes, { timeoutMs: 1_000 })));
      expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "unknown" });
    }
  });
});

it("a place among the calls in flight that comes to a waiter who has just left is given on", async () => {
  for (let depth = 0; depth < 10; depth += 1) {
    let answer = (): void => undefined;
    let asked = 0;
    const driver = fakeDriver({
      driver: {
        encrypt: ({ id }, bytes) => {
          asked += 1;
          const given = { id, version: undefined, bytes: new Uint8Array(bytes) };
          return asked > 1 ? Promise.resolve(given) : new Promise((resolve) => (answer = () => resolve(given)));
        },
      },
    });
    const kms = createKms({ providers: { it: driver }, concurrency: 1 });
    const key = await kms.generateKey("it", aes);
    const first = kms.encrypt(key, data);
    await settle();
    const leaving = new AbortController();
    const waiting = kms.encrypt(key, data, undefined, { signal: leaving.signal }).catch(() => undefined);
    await settle();
    answer();
    for (let turn = 0; turn < depth; turn += 1) await Promise.resolve();
    leaving.abort();
    await Promise.all([first, waiting]);
    expect(await kms.encrypt(key, data, undefined, { timeoutMs: 1_000 }), `after ${depth} turns`).toBeInstanceOf(
      Uint8Array,
    );
  }
});

describe("a call that ends while its intent is being written", () => {
  it("has its outcome on the record too, before the sink is closed", async () => {
    const written: string[] = [];
    const slow = gate();
    let isSlow = false;
    const audit = {
      write: async (event: AuditEvent) => {
        if (isSlow && event.phase === "intent") await slow.promise;
        written.push(`${event.phase} ${event.operation} ${event.code ?? ""}`.trim());
      },
      close: async () => void written.push("closed"),
    };
    const { kms } = given(keyedDriver(), { audit });
    const key = await kms.generateKey("it", aes);
    written.length = 0;
    isSlow = true;
    const leaving = new AbortController();
    const ended = code(kms.encrypt(key, data, undefined, { signal: leaving.signal }));
    leaving.abort();
    expect(await ended).toBe("CANCELLED");
    const closing = kms.close();
    await settle();
    expect(written).toEqual([]);
    slow.open();
    await closing;
    expect(written).toEqual(["intent encrypt", "outcome encrypt CANCELLED", "closed"]);
  });
});

it("a list that is first asked after closing is CLOSED, and leaves no event", async () => {
  const written: string[] = [];
  const audit = {
    write: (event: AuditEvent) => void written.push(event.phase),
    close: async () => undefined,
  };
  const { kms } = given(keyedDriver(), { audit });
  const list = kms.listKeys("it");
  await kms.close();
  const all = async (): Promise<void> => {
    for await (const { keyId } of list) throw new Error(keyId);
  };
  expect(await code(all())).toBe("CLOSED");
  expect(written).toEqual([]);
});
