import { beforeEach, describe, expect, test } from "vitest";
import { cachedRecipient, decrypt, encrypt, type CachedRecipient, type DataKeyCacheLimits } from "../../src/index.ts";
import { bytes, flipped, refusal } from "../setup.ts";
import { CountingRecipient, StandingClock } from "./counting.ts";

const wide: DataKeyCacheLimits = { maximumAgeMs: 60_000, maximumMessages: 1_000, maximumBytes: 1_000_000 };
let beneath: CountingRecipient;
let clock: StandingClock;
const cached = (limits: Partial<DataKeyCacheLimits> = {}): CachedRecipient =>
  cachedRecipient(beneath, { ...wide, ...limits }, { clock });

beforeEach(() => {
  beneath = new CountingRecipient();
  clock = new StandingClock();
});

/** Messages under one data key. */
async function messages(count: number): Promise<Uint8Array[]> {
  const made: Uint8Array[] = [];
  const recipient = cached();
  for (let index = 0; index < count; index += 1) made.push(await encrypt(recipient, bytes("attack at dawn")));
  return made;
}

describe("made-up messages that bear the encrypted data keys of a true one", () => {
  const shown: DataKeyCacheLimits = { maximumAgeMs: 60_000, maximumMessages: 3, maximumBytes: 1_000 };
  const madeUp = (message: Uint8Array, moreBytes: number): Uint8Array =>
    Buffer.concat([flipped(message, 3), new Uint8Array(moreBytes)]);

  test.each([
    ["many", 0],
    ["long", 600],
    ["longer than what is left", 900],
  ])("leave it in the cache, be they %s", async (_what, moreBytes) => {
    const [first = bytes(""), second = bytes("")] = await messages(2);
    const recipient = cached(shown);
    await decrypt(recipient, first);
    for (let count = 0; count < 5; count += 1) {
      expect((await refusal(decrypt(recipient, madeUp(first, moreBytes)))).code).toBe("DECRYPTION_FAILED");
    }
    const asked = beneath.unwrapped;
    await decrypt(recipient, second);
    expect(beneath.unwrapped).toBe(asked);
    expect(recipient.counts()).toMatchObject({ evicted: 0, held: 1 });
  });

  test("do not lengthen how far it is used", async () => {
    const made = await messages(4);
    const recipient = cached(shown);
    for (const message of made) {
      await decrypt(recipient, message);
      await refusal(decrypt(recipient, madeUp(message, 0)));
    }
    expect(recipient.counts()).toMatchObject({ evicted: 1, held: 1 });
    expect(beneath.unwrapped).toBeGreaterThan(1);
  });
});

test("a data key with too few bytes left is replaced by the one that the next message is opened with", async () => {
  const made = await messages(5);
  const recipient = cached({ maximumBytes: 2 * (14 + 40) });
  for (const message of made) await decrypt(recipient, message);
  expect(beneath.unwrapped).toBe(3);
  expect(recipient.counts()).toMatchObject({ hits: 2, misses: 3, evicted: 2, held: 1 });
});
