import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { fillPublicRandom, random, rsaDecrypt, rsaEncrypt } from "../src/primitives.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("random bytes that are no secret", () => {
  test("fill their place alone, and are never handed out twice", () => {
    const seen = new Set<string>();
    for (let count = 0; count < 5_000; count += 1) {
      const bytes = Buffer.alloc(32);
      fillPublicRandom(bytes, 10, 12);
      expect(hex(bytes.subarray(0, 10)) + hex(bytes.subarray(22))).toMatch(/^0+$/);
      seen.add(hex(bytes.subarray(10, 22)));
      // The half that the clock has no part in is random too.
      seen.add(hex(bytes.subarray(18, 22)));
    }
    expect(seen.size).toBeGreaterThan(9_980); // of 5,000 numbers of 32 bits, one pair in 344 runs is equal
  });

  test("have each bit set about half the time", () => {
    const ones = Array<number>(64).fill(0);
    for (let count = 0; count < 4_000; count += 1) {
      const bytes = Buffer.alloc(8);
      fillPublicRandom(bytes, 0, 8);
      for (let bit = 0; bit < 64; bit += 1) ones[bit] = (ones[bit] ?? 0) + (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1);
    }
    // Eight standard deviations.
    for (const count of ones) expect(Math.abs(count - 2_000)).toBeLessThan(253);
  });
});

test("secret random bytes come in memory of their own", () => {
  const [a, b] = [random(32), random(32)];
  expect([a.buffer.byteLength, b.buffer.byteLength]).toEqual([32, 32]);
  expect(hex(a)).not.toBe(hex(b));
});

test.each(["pkcs1", "oaep-sha256"] as const)(
  "an RSA ciphertext (%s) is as long as the modulus: without its leading zero byte it is refused",
  (padding) => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    let ciphertext = rsaEncrypt(pair.publicKey, padding, random(32));
    for (let count = 0; ciphertext[0] !== 0 && count < 10_000; count += 1) {
      ciphertext = rsaEncrypt(pair.publicKey, padding, random(32)); // one in 256 begins with a zero byte
    }
    expect(ciphertext[0]).toBe(0);
    expect(rsaDecrypt(pair.privateKey, padding, ciphertext.subarray(1))).toBeUndefined();
    expect(rsaDecrypt(pair.privateKey, padding, Buffer.concat([Buffer.alloc(1), ciphertext]))).toBeUndefined();
  },
);
