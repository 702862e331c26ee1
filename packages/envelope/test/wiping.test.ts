import type * as crypto from "node:crypto";
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { decrypt, encrypt, rawRsaRecipient } from "../src/index.ts";
import { bytes, refusal } from "./setup.ts";

// What OpenSSL is given and what it hands out.
const given: Uint8Array[] = [];
const handedOut: Uint8Array[] = [];
vi.mock("node:crypto", async (original) => {
  const real = await original<typeof crypto>();
  const createPrivateKey = (key: crypto.PrivateKeyInput): crypto.KeyObject => {
    given.push(key.key as Uint8Array);
    return real.createPrivateKey(key);
  };
  const privateDecrypt = (...from: Parameters<typeof real.privateDecrypt>): Buffer => {
    const plaintext = real.privateDecrypt(...from);
    handedOut.push(plaintext);
    return plaintext;
  };
  return { ...real, createPrivateKey, privateDecrypt };
});

// What Node keeps for short buffers is handed out again, and not overwritten before: whatever lies there can be seen later.
function freshPool(): Buffer {
  const { buffer: full } = Buffer.allocUnsafe(1);
  let next = full;
  while (next === full) next = Buffer.allocUnsafe(64).buffer;
  return Buffer.from(next).fill(0);
}

/** Over the same memory, not a copy: that might lie in the pool itself. */
const tail = (some: Uint8Array): Buffer => Buffer.from(some.buffer).subarray(-32);
const isZero = (all: readonly Uint8Array[]): boolean =>
  all.length > 0 && all.every((some) => some.every((byte) => byte === 0));

describe("of a raw RSA key", () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const encoded = (key: crypto.KeyObject): Uint8Array => new Uint8Array(key.export({ type: "pkcs8", format: "der" }));
  const der = encoded(privateKey);
  const weak = encoded(generateKeyPairSync("rsa", { modulusLength: 1_024 }).privateKey);
  const noKey = new Uint8Array(1_000).fill(7);

  test("no copy of the private bytes is left, whether it is taken or refused; the caller's stay", async () => {
    for (const wrong of [weak, noKey]) {
      given.length = 0;
      const pool = freshPool();
      const make = (): unknown => rawRsaRecipient("space", "key", { privateKey: wrong });
      expect((await refusal((async () => make())())).code).toBe("INVALID_ARGUMENT");
      expect([isZero(given), pool.includes(tail(wrong))]).toEqual([true, false]);
      expect(wrong.at(-1)).not.toBe(0);
    }
    given.length = 0;
    const pool = freshPool();
    const before = Buffer.from(der.buffer.slice(0));
    rawRsaRecipient("space", "key", { privateKey: der });
    expect([isZero(given), pool.includes(tail(der))]).toEqual([true, false]);
    expect(before.equals(der)).toBe(true);
  });

  test("what OpenSSL decrypts is overwritten after use", async () => {
    const recipient = rawRsaRecipient("space", "key", { privateKey: der });
    handedOut.length = 0;
    await decrypt(recipient, await encrypt(recipient, bytes("a")));
    expect(isZero(handedOut)).toBe(true);
  });
});
