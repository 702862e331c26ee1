import { beforeEach, describe, expect, test } from "vitest";
import { cachedRecipient, decrypt, encrypt, type CachedRecipient } from "../../src/index.ts";
import { bytes, text } from "../setup.ts";
import { CountingRecipient, StandingClock } from "./counting.ts";

const wide = { maximumAgeMs: 60_000, maximumMessages: 1_000, maximumBytes: 1_000_000 };
let beneath: CountingRecipient;
let recipient: CachedRecipient;
let open = (): void => {};

beforeEach(() => {
  beneath = new CountingRecipient();
  recipient = cachedRecipient(beneath, wide, { clock: new StandingClock() });
});
const shut = (): void => void (beneath.gate = new Promise<void>((resolve) => (open = resolve)));

describe("a data key that was asked for before the cache was cleared", () => {
  test("makes the messages that waited for it, and is not kept", async () => {
    shut();
    const made = [encrypt(recipient, bytes("a")), encrypt(recipient, bytes("b"))];
    recipient.clear();
    open();
    expect(await Promise.all(made)).toHaveLength(2);
    expect(recipient.counts()).toMatchObject({ held: 0, evicted: 1 });
    expect(beneath.dataKeys[0]?.every((byte) => byte === 0)).toBe(true);
  });

  test("makes none that came after it", async () => {
    shut();
    const before = encrypt(recipient, bytes("a"));
    recipient.clear();
    const later = encrypt(recipient, bytes("b"));
    open();
    await Promise.all([before, later]);
    expect(beneath.generated).toBe(2);
    expect(recipient.counts()).toMatchObject({ held: 1 });
  });

  test("opens the messages that waited for it, and is not kept", async () => {
    const message = await encrypt(beneath, bytes("attack at dawn"));
    shut();
    const opened = [decrypt(recipient, message), decrypt(recipient, message)];
    recipient.clear();
    const later = decrypt(recipient, message);
    expect(beneath.unwrapped).toBe(2);
    open();
    for (const { plaintext } of await Promise.all(opened)) expect(text(plaintext)).toBe("attack at dawn");
    await later;
    expect(recipient.counts().held).toBe(1);
    recipient.clear();
    expect(recipient.counts().held).toBe(0);
  });

  test("is not kept again by a message that was using it", async () => {
    const made = [await encrypt(recipient, bytes("a"))];
    let leave = (): void => {};
    beneath.leave = () => new Promise<void>((resolve) => (leave = resolve));
    const using = encrypt(recipient, bytes("b"));
    recipient.clear();
    leave();
    made.push(await using);
    expect(recipient.counts().held).toBe(0);
    for (const message of made) await decrypt(beneath, message);
  });
});
