import { describe, expect, it } from "vitest";
import { createKms, type AuditEvent } from "../../src/index.ts";
import { changingDriver } from "./changing-driver.ts";
import { fakeDriver } from "./fake-driver.ts";
import { code, data, failure, gate, given, settle } from "./given.ts";
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
