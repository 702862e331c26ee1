import { describe, expect, test } from "vitest";
import { bytes, call, rejection, stand, version1, type Stand } from "./setup.ts";

const message = bytes("the message");
const keyOf = async ({ driver }: Stand, algorithm: "HMAC-SHA256" | "HMAC-SHA384" | "HMAC-SHA512" = "HMAC-SHA256") =>
  version1(await driver.createKey({ algorithm }, call()), algorithm);

describe("MACs", () => {
  test.each([
    ["HMAC-SHA256", 32],
    ["HMAC-SHA384", 48],
    ["HMAC-SHA512", 64],
  ] as const)("of %s have %d bytes and verify", async (algorithm, length) => {
    const here = await stand();
    const key = await keyOf(here, algorithm);
    const made = await here.driver.generateMac(key, message, call());
    expect(made).toMatchObject({ id: key.id, version: undefined });
    expect(made.bytes).toHaveLength(length);
    expect(await here.driver.verifyMac(key, message, made.bytes, call())).toEqual({
      valid: true,
      id: key.id,
      version: undefined,
    });
  });

  test("are wrong for another message, under another key, cut short, and with any byte changed", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const { bytes: mac } = await here.driver.generateMac(key, message, call());
    const wrong: readonly (readonly [typeof key, Uint8Array, Uint8Array])[] = [
      [key, bytes("another"), mac],
      [await keyOf(here), message, mac],
      [key, message, mac.slice(0, 16)],
      ...[...mac.keys()].map(
        (index) => [key, message, mac.map((byte, at) => (at === index ? byte ^ 1 : byte))] as const,
      ),
    ];
    for (const [of, about, given] of wrong) {
      expect((await here.driver.verifyMac(of, about, given, call())).valid).toBe(false);
    }
  });

  test.each([0, 6145])("of %d bytes are wrong without a call", async (length) => {
    const here = await stand();
    const key = await keyOf(here);
    here.emulator.requests.clear();
    expect(await here.driver.verifyMac(key, message, new Uint8Array(length), call())).toMatchObject({ valid: false });
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("of a version that the key cannot have are wrong without a call", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const { bytes: mac } = await here.driver.generateMac(key, message, call());
    here.emulator.requests.clear();
    const other = { ...key, version: "a".repeat(64) };
    expect(await here.driver.verifyMac(other, message, mac, call())).toMatchObject({ valid: false });
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("messages of 1 and 4096 bytes are taken", async () => {
    const here = await stand();
    const key = await keyOf(here);
    for (const length of [1, 4096]) {
      expect((await here.driver.generateMac(key, new Uint8Array(length), call())).bytes).toHaveLength(32);
    }
  });

  test("no verdict is given when AWS is not allowed to look", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const { bytes: mac } = await here.driver.generateMac(key, message, call());
    here.emulator.permissions.deny("kms:VerifyMac");
    const cause = await rejection(here.driver.verifyMac(key, message, mac, call()));
    expect(here.driver.classify(cause, "verifyMac")).toMatchObject({
      code: "PERMISSION_DENIED",
      permission: "kms:VerifyMac",
    });
  });
});
