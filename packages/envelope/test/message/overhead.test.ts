import { describe, expect, test } from "vitest";
import { encrypt, type Recipient } from "../../src/index.ts";
import { bytes, knownDataKey } from "../setup.ts";

// The README's numbers ("overhead"), counted.
const wrapped = (names: readonly string[]): Recipient => ({
  ...knownDataKey(new Uint8Array(32)),
  wrap: () => names.map((name) => ({ providerId: name, providerInfo: bytes(name), ciphertext: bytes(name) })),
});
const one = wrapped(["a"]);
const overhead = async (...[recipient, plaintext, ...more]: Parameters<typeof encrypt>): Promise<number> =>
  (await encrypt(recipient, plaintext, ...more)).length - plaintext.length;
const wrapBytes = 6 + 3;
const base = 132 + wrapBytes;

describe("a message is longer than its plaintext by", () => {
  test("132 bytes, and 6 and the wrapped data key for each recipient", async () => {
    expect(await overhead(one, bytes("plaintext"))).toBe(base);
    expect(await overhead(wrapped(["a", "b"]), bytes("plaintext"))).toBe(base + wrapBytes);
  });

  test("32 for each further frame", async () => {
    expect(await overhead(one, new Uint8Array(100), {}, { frameBytes: 10 })).toBe(base + 9 * 32);
  });

  test("its associated data", async () => {
    expect(await overhead(one, bytes("plaintext"), { a: "b" })).toBe(base + 2 + 4 + 2);
  });

  test("a signature of some 105, and 93 for its public key, 95 where there is no other associated data", async () => {
    const signed = { suite: 0x0578 } as const;
    // DER leaves out leading zero bytes and adds one before a high bit: the lengths differ by chance.
    const alone = (await overhead(one, bytes("plaintext"), {}, signed)) - base - 95;
    const beside = (await overhead(one, bytes("plaintext"), { a: "b" }, signed)) - base - 2 - 4 - 2 - 93;
    for (const signature of [alone, beside]) {
      expect(signature).toBeGreaterThan(98);
      expect(signature).toBeLessThanOrEqual(106);
    }
  });
});
