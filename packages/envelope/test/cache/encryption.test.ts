import { randomBytes } from "node:crypto";
import { runInNewContext } from "node:vm";
import { KmsError } from "@kms/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  anyOf,
  cachedRecipient,
  decrypt,
  describeMessage,
  encrypt,
  encryptChunks,
  rawAesRecipient,
  type CachedRecipient,
  type DataKeyCacheLimits,
} from "../../src/index.ts";
import { bytes, refusal } from "../setup.ts";
import { CountingRecipient, StandingClock } from "./counting.ts";

const wide: DataKeyCacheLimits = { maximumAgeMs: 60_000, maximumMessages: 1_000, maximumBytes: 1_000_000 };
let beneath: CountingRecipient;
let clock: StandingClock;
const cached = (limits: Partial<DataKeyCacheLimits> = {}, capacity = 10): CachedRecipient =>
  cachedRecipient(beneath, { ...wide, ...limits }, { clock, capacity });
const isZero = (key: Uint8Array | undefined): boolean => key !== undefined && key.every((byte) => byte === 0);

const refuse = (): void => {
  throw new KmsError("PERMISSION_DENIED", "not today");
};
/** Answers by a promise of another realm, which is no `Promise` of this one. */
const elsewhere =
  (answer: () => void): (() => Promise<void>) =>
  () =>
    otherPromise.resolve().then(answer);
const otherPromise = runInNewContext("Promise") as PromiseConstructor;

beforeEach(() => {
  beneath = new CountingRecipient();
  clock = new StandingClock();
});
afterEach(() => vi.useRealTimers());

describe("a data key serves for", () => {
  test("as many messages as its limit, each under a message id of its own", async () => {
    const recipient = cached({ maximumMessages: 4 });
    const ids = new Set<string>();
    for (let count = 0; count < 10; count += 1) {
      const message = await encrypt(recipient, bytes("attack at dawn"), { tenant: "42" });
      ids.add(Buffer.from(describeMessage(message).messageId).toString("hex"));
      await decrypt(beneath, message, { tenant: "42" });
    }
    expect(beneath.generated).toBe(3); // 10 / 4, rounded up
    expect(ids.size).toBe(10);
    expect(recipient.counts()).toMatchObject({ hits: 7, misses: 3, evicted: 2, held: 1 });
  });

  test("as many bytes as its limit; a larger message has one of its own that is not kept", async () => {
    const recipient = cached({ maximumBytes: 100 });
    for (const size of [60, 40, 1]) await encrypt(recipient, randomBytes(size));
    expect(beneath.generated).toBe(2);
    await encrypt(recipient, randomBytes(101));
    expect(recipient.counts()).toMatchObject({ misses: 2, bypassed: 1 });
  });

  test("the same entries in any order, and no others, however their texts run together", async () => {
    const text = fc.string({ unit: fc.constantFrom("1", ",", "a"), maxLength: 4 });
    const entries = fc.uniqueArray(fc.tuple(text.filter(Boolean), text), { maxLength: 3, selector: ([name]) => name });
    await fc.assert(
      fc.asyncProperty(entries, entries, async (some, others) => {
        const recipient = cached();
        for (const given of [some, some.toReversed(), others]) {
          await encrypt(recipient, bytes("a"), Object.fromEntries(given));
        }
        const sorted = (given: typeof some): string => JSON.stringify(given.toSorted());
        expect(recipient.counts().misses).toBe(sorted(some) === sorted(others) ? 1 : 2);
      }),
    );
    const recipient = cached();
    const near = [{ a: "bc" }, { ab: "c" }, { a: ",1" }, { "a,": "1" }];
    for (const given of near) await encrypt(recipient, bytes("a"), given);
    expect(recipient.counts().misses).toBe(4);
  });

  test("as long as its limit, and not at all once the clock went back", async () => {
    const recipient = cached({ maximumAgeMs: 1_000 });
    await encrypt(recipient, bytes("a"));
    clock.at += 999;
    await encrypt(recipient, bytes("a"));
    expect(beneath.generated).toBe(1);
    clock.at += 1;
    await encrypt(recipient, bytes("a"));
    expect(beneath.generated).toBe(2);
    clock.at -= 1;
    await encrypt(recipient, bytes("a"));
    expect(beneath.generated).toBe(3);
  });

  test("the same associated data and suite alone", async () => {
    const recipient = cached();
    for (const entries of [{}, { a: "1" }, { a: "2" }, { a: "1", b: "" }, {}]) {
      await encrypt(recipient, bytes("a"), entries);
    }
    expect(beneath.generated).toBe(4);
    await encrypt(recipient, bytes("a"), {}, { suite: 0x0578 });
    expect(beneath.generated).toBe(5);
  });

  test("no stream, whose length is not known", async () => {
    const recipient = cached();
    for (let count = 0; count < 2; count += 1) for await (const _part of encryptChunks(recipient, [bytes("a")]));
    expect(beneath.generated).toBe(2);
    expect(recipient.counts()).toMatchObject({ bypassed: 2, held: 0 });
  });
});

test("a signing key is kept with its data key, and goes with it", async () => {
  const recipient = cached({ maximumMessages: 2 });
  const publicKeys: unknown[] = [];
  for (let count = 0; count < 4; count += 1) {
    const message = await encrypt(recipient, bytes("attack at dawn"), { tenant: "42" }, { suite: 0x0578 });
    expect((await decrypt(beneath, message, { tenant: "42" })).suite).toBe(0x0578);
    publicKeys.push(describeMessage(message).claimedAssociatedData["aws-crypto-public-key"]);
  }
  expect(publicKeys[0]).toBe(publicKeys[1]);
  expect(publicKeys[2]).toBe(publicKeys[3]);
  expect(publicKeys[1]).not.toBe(publicKeys[2]);
});

describe("a data key is overwritten", () => {
  test("when its messages are used up", async () => {
    const recipient = cached({ maximumMessages: 2 });
    for (let count = 0; count < 2; count += 1) await encrypt(recipient, bytes("a"));
    expect(isZero(beneath.dataKeys[0])).toBe(false);
    await encrypt(recipient, bytes("a"));
    expect(isZero(beneath.dataKeys[0])).toBe(true);
  });

  test("at once, when one message is all it may serve for", async () => {
    const recipient = cached({ maximumMessages: 1 });
    await encrypt(recipient, bytes("a"));
    expect(beneath.dataKeys.map(isZero)).toEqual([true]);
    expect(recipient.counts()).toMatchObject({ held: 0, evicted: 1 });
  });

  test("when more are wanted than there is room for: the one not used for longest", async () => {
    const recipient = cached({}, 2);
    for (const entry of ["1", "2", "1", "3"]) await encrypt(recipient, bytes("a"), { entry });
    expect(beneath.dataKeys.map(isZero)).toEqual([false, true, false]);
    expect(recipient.counts()).toMatchObject({ evicted: 1, held: 2 });
  });

  test("when the cache is cleared", async () => {
    const recipient = cached();
    await encrypt(recipient, bytes("a"));
    recipient.clear();
    expect(isZero(beneath.dataKeys[0])).toBe(true);
    expect(recipient.counts().held).toBe(0);
  });

  test("when its time has passed, unasked", async () => {
    const recipient = cachedRecipient(beneath, { ...wide, maximumAgeMs: 5 });
    await encrypt(recipient, bytes("a"));
    await expect.poll(() => isZero(beneath.dataKeys[0])).toBe(true);
    expect(recipient.counts().held).toBe(0);
  });

  test("when its time has passed, though another came after it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const recipient = cached({ maximumAgeMs: 800 });
    const pass = (ms: number): void => {
      clock.at += ms;
      vi.advanceTimersByTime(ms);
    };
    await encrypt(recipient, bytes("a"), { of: "the first" });
    pass(150);
    await encrypt(recipient, bytes("a"), { of: "the second" });
    pass(650);
    expect(beneath.dataKeys.map(isZero)).toEqual([true, false]);
    pass(150);
    expect(beneath.dataKeys.map(isZero)).toEqual([true, true]);
    expect(recipient.counts()).toMatchObject({ held: 0, evicted: 2 });
  });
});

describe("several who need a data key at the same time", () => {
  test("wait for one call, and share it within its limits", async () => {
    const recipient = cached({ maximumMessages: 4 });
    await Promise.all(Array.from({ length: 10 }, () => encrypt(recipient, bytes("a"))));
    expect(beneath.generated).toBe(3);
    expect(recipient.counts()).toMatchObject({ hits: 7, misses: 3, held: 1, evicted: 2 });
  });

  test("wait for no more calls one after the other than without a cache", async () => {
    let open = (): void => {};
    beneath.gate = new Promise<void>((resolve) => (open = resolve));
    const recipient = cached({ maximumMessages: 4, maximumBytes: 20 });
    const made = Array.from({ length: 10 }, () => encrypt(recipient, bytes("a")));
    expect(beneath.generated).toBe(3);
    made.push(encrypt(recipient, bytes("a longer message"))); // two uses are left in the third, but only 18 bytes
    expect(beneath.generated).toBe(3);
    made.push(encrypt(recipient, bytes("another of those")));
    expect(beneath.generated).toBe(4);
    open();
    for (const message of await Promise.all(made)) await decrypt(beneath, message);
    expect(beneath.generated).toBe(4);
  });

  test("share its failure, and the next asks anew", async () => {
    beneath.gate = Promise.reject(new KmsError("THROTTLED", "too fast"));
    const recipient = cached();
    const attempts = [1, 2, 3].map(() => refusal(encrypt(recipient, bytes("a"))));
    expect((await Promise.all(attempts)).map(({ code }) => code)).toEqual(["THROTTLED", "THROTTLED", "THROTTLED"]);
    expect(beneath.generated).toBe(1);
    beneath.gate = undefined;
    await encrypt(recipient, bytes("a"));
    expect(beneath.generated).toBe(2);
  });

  test("each leave by their own signal or time, without ending it for the others", async () => {
    let open = (): void => {};
    beneath.gate = new Promise<void>((resolve) => (open = resolve));
    const recipient = cached();
    const cancelling = new AbortController();
    const first = refusal(encrypt(recipient, bytes("a"), {}, { signal: cancelling.signal }));
    const second = encrypt(recipient, bytes("a"));
    const third = refusal(encrypt(recipient, bytes("a"), {}, { timeoutMs: 1 }));
    cancelling.abort();
    expect((await first).code).toBe("CANCELLED");
    expect((await third).code).toBe("DEADLINE_EXCEEDED");
    open();
    expect((await decrypt(beneath, await second)).plaintext).toEqual(bytes("a"));
    expect(beneath.generated).toBe(1);
  });
});

describe("each use of a cached data key", () => {
  test("is put to the recipient, who can refuse it", async () => {
    const recipient = cached();
    for (let count = 0; count < 3; count += 1) await encrypt(recipient, bytes("a"));
    expect(beneath.reused).toEqual(["generateDataKey", "generateDataKey"]);
    beneath.refusal = new KmsError("POLICY_VIOLATION", "not today");
    expect((await refusal(encrypt(recipient, bytes("a")))).code).toBe("POLICY_VIOLATION");
    expect(isZero(beneath.reusedKey)).toBe(true);
    // What policy refuses is not kept: whoever rotated the key elsewhere is asked for a data key next.
    beneath.refusal = undefined;
    await encrypt(recipient, bytes("a"));
    expect([beneath.generated, recipient.counts().evicted]).toEqual([2, 1]);
  });

  test.each([
    ["at once", refuse],
    ["later, by a promise", async () => refuse()],
    ["later, by a promise of another realm", elsewhere(refuse)],
  ])("can be refused %s, and the copy of the data key is overwritten", async (_when, leave) => {
    const recipient = cached();
    const message = await encrypt(recipient, bytes("a"));
    beneath.leave = leave;
    expect((await refusal(encrypt(recipient, bytes("a")))).code).toBe("PERMISSION_DENIED");
    expect(isZero(beneath.reusedKey)).toBe(true);
    // What is kept was not: once leave is given, it serves again.
    beneath.leave = elsewhere(() => undefined);
    const again = await encrypt(recipient, bytes("b"));
    expect(beneath.generated).toBe(1);
    for (const made of [message, again]) await decrypt(beneath, made);
  });

  test("is put to all of several recipients as it was made", async () => {
    const other = new CountingRecipient();
    const recipient = cachedRecipient(anyOf([beneath, other]), wide);
    for (let count = 0; count < 2; count += 1) await encrypt(recipient, bytes("a"));
    expect([beneath.reused, other.reused]).toEqual([["generateDataKey"], ["wrapDataKey"]]);
  });
});

describe("a cache is refused", () => {
  test.each([
    ["without an age", { maximumMessages: 1, maximumBytes: 1 }],
    ["without messages", { maximumAgeMs: 1, maximumBytes: 1 }],
    ["without bytes", { maximumAgeMs: 1, maximumMessages: 1 }],
    ["for more than a day", { ...wide, maximumAgeMs: 86_400_001 }],
    ["for no message", { ...wide, maximumMessages: 0 }],
    ["with a limit it does not have", { ...wide, maximumSeconds: 1 }],
  ])("%s", (_what, limits) => {
    expect(() => cachedRecipient(beneath, limits as DataKeyCacheLimits)).toThrow(KmsError);
  });

  test("over another, or inside of several", () => {
    expect(() => cachedRecipient(cached(), wide)).toThrow("one already");
    expect(() => anyOf([rawAesRecipient("space", "key", new Uint8Array(32)), cached()])).toThrow("cache of the whole");
  });
});
