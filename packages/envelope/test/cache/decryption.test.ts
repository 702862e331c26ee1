import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { KmsError } from "@kms/core";
import { beforeEach, describe, expect, test } from "vitest";
import {
  anyOf,
  cachedRecipient,
  decrypt,
  decryptChunks,
  encrypt,
  rawAesRecipient,
  recipientReport,
  type CachedRecipient,
  type DataKeyCacheLimits,
  type Recipient,
} from "../../src/index.ts";
import { bytes, flipped, refusal, text } from "../setup.ts";
import { CountingRecipient, StandingClock } from "./counting.ts";

const wide: DataKeyCacheLimits = { maximumAgeMs: 60_000, maximumMessages: 1_000, maximumBytes: 1_000_000 };
let beneath: CountingRecipient;
let clock: StandingClock;
const cached = (limits: Partial<DataKeyCacheLimits> = {}, recipient: Recipient = beneath): CachedRecipient =>
  cachedRecipient(recipient, { ...wide, ...limits }, { clock });

beforeEach(() => {
  beneath = new CountingRecipient();
  clock = new StandingClock();
});

/** Messages under one data key. */
async function messages(count: number, entries = {}): Promise<Uint8Array[]> {
  const made: Uint8Array[] = [];
  const recipient = cached();
  for (let index = 0; index < count; index += 1) made.push(await encrypt(recipient, bytes("attack at dawn"), entries));
  return made;
}

describe("messages that carry one data key", () => {
  test("open with one call for as many as the limit", async () => {
    const recipient = cached({ maximumMessages: 4 });
    for (const message of await messages(10)) {
      expect(text((await decrypt(recipient, message)).plaintext)).toBe("attack at dawn");
    }
    expect(beneath.unwrapped).toBe(3);
    expect(recipient.counts()).toMatchObject({ hits: 7, misses: 3 });
  });

  test("open with one call when they come at the same time", async () => {
    const recipient = cached();
    const opened = await Promise.all((await messages(5)).map((message) => decrypt(recipient, message)));
    expect(opened.map(({ plaintext }) => text(plaintext))).toEqual(Array(5).fill("attack at dawn"));
    expect(beneath.unwrapped).toBe(1);
  });

  test("wait for no more calls one after the other than without a cache", async () => {
    const made = await messages(10);
    let open = (): void => {};
    beneath.gate = new Promise<void>((resolve) => (open = resolve));
    const recipient = cached({ maximumMessages: 4 });
    const opened = made.map((message) => decrypt(recipient, message));
    expect(beneath.unwrapped).toBe(3);
    open();
    await Promise.all(opened);
    expect(beneath.unwrapped).toBe(3);
    expect(recipient.counts()).toMatchObject({ hits: 7, misses: 3 });
  });

  test("are asked for each by itself, and at once, where the one call opened nothing", async () => {
    const made = await messages(5);
    const gates: (() => void)[] = [];
    const closed: Recipient = {
      name: "closed",
      wrap: beneath.wrap,
      unwrap: async () => {
        await new Promise<void>((resolve) => gates.push(resolve));
        return { dataKey: undefined, report: { recipient: "closed", outcome: "failed" }, errors: [] };
      },
    };
    const recipient = cached({}, closed);
    const refused = made.map((message) => refusal(decrypt(recipient, message)));
    expect(gates).toHaveLength(1);
    gates[0]?.();
    await expect.poll(() => gates.length).toBe(5);
    for (const open of gates) open();
    expect((await Promise.all(refused)).map(({ code }) => code)).toEqual(Array(5).fill("DECRYPTION_FAILED"));
    expect(recipient.counts()).toMatchObject({ hits: 0, misses: 5, held: 0 });
  });

  test("open for as long and as many bytes as the limits", async () => {
    const [first = bytes(""), second = bytes("")] = await messages(2);
    const aging = cached({ maximumAgeMs: 10 });
    await decrypt(aging, first);
    clock.at += 10;
    await decrypt(aging, second);
    expect(beneath.unwrapped).toBe(2);
    const small = cached({ maximumBytes: 14 + 40 });
    await decrypt(small, first);
    await decrypt(small, second);
    expect(beneath.unwrapped).toBe(4);
  });

  test("are asked for anew under other associated data, another policy, or in a stream", async () => {
    const [message = bytes("")] = await messages(1, { tenant: "42" });
    const recipient = cached();
    await decrypt(recipient, message);
    expect((await refusal(decrypt(recipient, message, { tenant: "43" }))).code).toBe("DECRYPTION_FAILED");
    expect(beneath.unwrapped).toBe(1); // the message says otherwise: nobody needs to be asked
    expect((await refusal(decrypt(recipient, message, { more: "1" }))).code).toBe("DECRYPTION_FAILED");
    await decrypt(recipient, message, {}, { commitmentPolicy: "require-encrypt-allow-decrypt" });
    for await (const _part of decryptChunks(recipient, [message]));
    expect(beneath.unwrapped).toBe(4);
    await decrypt(recipient, message, { tenant: "42" });
    expect(beneath.unwrapped).toBe(4);
  });
});

test("a data key is not kept for a message whose header it did not prove", async () => {
  const [message = bytes("")] = await messages(1);
  const recipient = cached();
  const wrong = flipped(message, 3); // the message id, which the data key does not depend on
  for (let count = 0; count < 2; count += 1) {
    expect((await refusal(decrypt(recipient, wrong))).code).toBe("DECRYPTION_FAILED");
  }
  expect(beneath.unwrapped).toBe(2);
  expect(recipient.counts().held).toBe(0);
  expect(beneath.dataKeys.slice(-2).every((key) => key.every((byte) => byte === 0))).toBe(true);
});

test("a message of which one byte of its data keys differs never uses the cached one", async () => {
  const [message = bytes("")] = await messages(1);
  const recipient = cached();
  await decrypt(recipient, message);
  const at = Buffer.from(message).indexOf("space");
  expect((await refusal(decrypt(recipient, flipped(message, at)))).code).toBe("DECRYPTION_FAILED");
  expect(beneath.unwrapped).toBe(2);
});

describe("each use of a cached data key is put to the key that opened it", () => {
  const refusing = (asked: string[], when: "at once" | "later"): Recipient => ({
    name: "refusing",
    wrap: () => [],
    unwrap: async (encrypted, lengthBytes, request) => {
      const answer = await beneath.unwrap(encrypted, lengthBytes, request);
      if (asked.length > 0) {
        const errors = [new KmsError("PERMISSION_DENIED", "not today")];
        return { dataKey: undefined, report: { recipient: "refusing", outcome: "permission" }, errors };
      }
      const leave = (): void => {
        asked.push("reuse");
        if (asked.length > 1) throw new KmsError("PERMISSION_DENIED", "not today");
      };
      const reuse = when === "at once" ? leave : async (): Promise<void> => leave();
      return { ...answer, reuse };
    },
  });

  test.each(["at once", "later"] as const)("and a refusal %s has everybody asked again", async (when) => {
    const asked: string[] = [];
    const [message = bytes("")] = await messages(1);
    const recipient = cached({}, refusing(asked, when));
    for (let count = 0; count < 2; count += 1) await decrypt(recipient, message);
    expect(asked).toEqual(["reuse"]);
    const error = await refusal(decrypt(recipient, message));
    expect(error.code).toBe("PERMISSION_DENIED");
    expect(recipientReport(error)?.outcome).toBe("permission");
  });
});

test("plaintexts of one data key are the caller's own", async () => {
  const [first = bytes(""), second = bytes("")] = await messages(2);
  const recipient = cached();
  const opened = await decrypt(recipient, first);
  opened.plaintext.set(randomBytes(14));
  expect(text((await decrypt(recipient, second)).plaintext)).toBe("attack at dawn");
});

describe("callers that wait for one data key", () => {
  const raw = rawAesRecipient("space", "key", new Uint8Array(32).fill(7));
  /** Answers as the raw key does, after so long. */
  const slow = (ms: number, seen: Uint8Array[] = []): Recipient => ({
    name: "slow",
    wrap: raw.wrap,
    unwrap: async (encrypted, lengthBytes, request) => {
      await wait(Math.min(ms, request.remainingMs()));
      if (ms > request.remainingMs()) throw new KmsError("DEADLINE_EXCEEDED", "too late");
      const answer = await raw.unwrap(encrypted, lengthBytes, request);
      if (answer.dataKey !== undefined) seen.push(answer.dataKey);
      return answer;
    },
  });

  test("each have their own time: one whose time is over ends nobody else's wait", async () => {
    const message = await encrypt(raw, bytes("attack at dawn"));
    const recipient = cached({}, slow(100));
    const hasty = refusal(decrypt(recipient, message, {}, { timeoutMs: 20 }));
    const patient = decrypt(recipient, message, {}, { timeoutMs: 60_000 });
    expect((await hasty).code).toBe("DEADLINE_EXCEEDED");
    expect(text((await patient).plaintext)).toBe("attack at dawn");
  });

  test("have it though the one who asked for it has left", async () => {
    const [message = bytes("")] = await messages(1);
    let open = (): void => {};
    beneath.gate = new Promise<void>((resolve) => (open = resolve));
    const recipient = cached(
      {},
      {
        ...beneath,
        unwrap: async (encrypted, lengthBytes, request) => {
          const answer = await beneath.unwrap(encrypted, lengthBytes, request);
          if (request.signal?.aborted === true) throw new KmsError("CANCELLED", "the caller left");
          return answer;
        },
      },
    );
    const leaving = new AbortController();
    const left = refusal(decrypt(recipient, message, {}, { signal: leaving.signal }));
    const stays = decrypt(recipient, message);
    leaving.abort();
    expect((await left).code).toBe("CANCELLED");
    open();
    expect(text((await stays).plaintext)).toBe("attack at dawn");
    expect(beneath.unwrapped).toBe(1);
  });

  test("leave none behind unwiped when they cancel", async () => {
    const message = await encrypt(raw, bytes("attack at dawn"));
    const seen: Uint8Array[] = [];
    const leaving = new AbortController();
    const left = refusal(decrypt(cached({}, slow(30, seen)), message, {}, { signal: leaving.signal }));
    leaving.abort();
    expect((await left).code).toBe("CANCELLED");
    await expect.poll(() => seen[0]?.every((byte) => byte === 0)).toBe(true);
  });

  test("pass over who hangs within the call's time, as without a cache", async () => {
    const message = await encrypt(raw, bytes("attack at dawn"));
    const hanging: Recipient = {
      name: "hanging",
      wrap: raw.wrap,
      unwrap: async (_encrypted, _lengthBytes, request) => {
        await wait(request.remainingMs());
        return { dataKey: undefined, report: { recipient: "hanging", outcome: "unreachable" }, errors: [] };
      },
    };
    const recipient = cached({}, anyOf([hanging, hanging, hanging, raw]));
    expect(text((await decrypt(recipient, message, {}, { timeoutMs: 600 })).plaintext)).toBe("attack at dawn");
  });
});
