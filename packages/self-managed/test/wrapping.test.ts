import { aeskwp } from "@noble/ciphers/aes.js";
import { createSecretKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { unwrapPadded, wrapPadded } from "../src/primitives.ts";
import { call, codeOf, driverOver, flipped, makeKey } from "./fixture.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const key32 = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const secret = createSecretKey(key32);
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index & 0xff);

describe("AES-256-KWP (RFC 5649)", () => {
  it("is compared with an implementation that reproduces the vectors of RFC 5649 §6", () => {
    const kek = hex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8");
    const twenty = hex("c37b7e6492584340bed12207808941155068f738");
    expect(aeskwp(kek).encrypt(twenty)).toEqual(
      hex("138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"),
    );
    expect(aeskwp(kek).encrypt(hex("466f7250617369"))).toEqual(hex("afbeb0f07dfbf5419200f2ccb50bb24f"));
  });

  it("wraps and unwraps as the independent implementation does, at every size around a block", () => {
    for (const length of [1, 7, 8, 9, 15, 16, 17, 24, 32, 33, 255, 256, 4096]) {
      const wrapped = wrapPadded(secret, counting(length));
      expect(Buffer.compare(wrapped, aeskwp(key32).encrypt(counting(length)))).toBe(0);
      expect(Buffer.compare(unwrapPadded(secret, wrapped) ?? new Uint8Array(), counting(length))).toBe(0);
    }
  });

  it("answers one opaque error to each changed byte, wrong lengths and another key", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-KWP");
    const other = await makeKey(driver, "AES-256-KWP");
    const { bytes, id, version } = await driver.wrapKey(key, counting(20), call());
    expect([id, version, bytes.length]).toEqual([key.id, "1", 32]);
    expect(Buffer.from((await driver.unwrapKey(key, bytes, call())).bytes)).toEqual(Buffer.from(counting(20)));
    const wrong = [...bytes.keys()].flatMap((offset) => [flipped(bytes, offset), bytes.slice(0, offset)]);
    for (const wrapped of [
      ...wrong,
      Uint8Array.of(...bytes, 0),
      Uint8Array.of(...bytes, ...new Uint8Array(8)),
      new Uint8Array(5000),
    ]) {
      expect(await codeOf(() => driver.unwrapKey(key, wrapped, call()))).toBe("DECRYPTION_FAILED");
    }
    expect(await codeOf(() => driver.unwrapKey(other, bytes, call()))).toBe("DECRYPTION_FAILED");
    expect(await codeOf(() => driver.unwrapKey({ ...key, version: "2" }, bytes, call()))).toBe("DECRYPTION_FAILED");
  });

  it("is refused under a key of another purpose", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "HMAC-SHA256");
    expect(await codeOf(() => driver.wrapKey(key, counting(16), call()))).toBe("UNSUPPORTED");
    expect(await codeOf(() => driver.unwrapKey(key, new Uint8Array(24), call()))).toBe("UNSUPPORTED");
  });
});
