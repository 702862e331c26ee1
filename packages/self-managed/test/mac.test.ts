import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import { memoryStore, type StoredKey } from "../src/index.ts";
import { call, codeOf, driverOver, flipped, makeKey } from "./fixture.ts";

const message = new TextEncoder().encode("authenticate me");
const algorithms = [
  ["HMAC-SHA256", sha256, 32],
  ["HMAC-SHA384", sha384, 48],
  ["HMAC-SHA512", sha512, 64],
] as const;

describe("message authentication codes", () => {
  it.each(algorithms)(
    "%s agrees with an independent implementation, over a key as long as its digest",
    async (algorithm, hash, size) => {
      const store = memoryStore();
      const driver = await driverOver(store);
      const key = await makeKey(driver, algorithm);
      const record = (await store.get(key.id)) as StoredKey;
      const material = record.versions[0]?.material?.use((bytes) => bytes) ?? new Uint8Array();
      expect(material).toHaveLength(size);
      const { bytes, id, version } = await driver.generateMac(key, message, call());
      expect([id, version]).toEqual([key.id, "1"]);
      expect(Buffer.compare(bytes, hmac(hash, material, message))).toBe(0);
      expect(await driver.verifyMac(key, message, bytes, call())).toEqual({ valid: true, id: key.id, version: "1" });
    },
  );

  it("verifyMac answers false for every changed byte, a shorter and a longer code, and another message", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "HMAC-SHA256");
    const { bytes } = await driver.generateMac(key, message, call());
    const isValid = async (mac: Uint8Array, over = message): Promise<boolean> =>
      (await driver.verifyMac(key, over, mac, call())).valid;
    for (let offset = 0; offset < bytes.length; offset += 1) {
      expect(await isValid(flipped(bytes, offset))).toBe(false);
      expect(await isValid(bytes.slice(0, offset))).toBe(false);
    }
    expect(await isValid(Uint8Array.of(...bytes, 0))).toBe(false);
    expect(await isValid(bytes, message.slice(1))).toBe(false);
    expect(await isValid(bytes)).toBe(true);
  });

  it("is refused under a version that does not exist", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "HMAC-SHA256");
    expect(await codeOf(() => driver.verifyMac({ ...key, version: "2" }, message, new Uint8Array(32), call()))).toBe(
      "NOT_FOUND",
    );
    expect(await codeOf(() => driver.generateMac({ ...key, version: "2" }, message, call()))).toBe("NOT_FOUND");
  });
});
