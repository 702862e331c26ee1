import { gcm } from "@noble/ciphers/aes.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { createSecretKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { aeadLabels, openAead, sealAead } from "../../src/encryption/aead.ts";
import { codeOf, flipped } from "../fixture.ts";

const bytes = Buffer.from("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "hex");
const secret = createSecretKey(bytes);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const associated = text("tenant=42");

const goldenHex =
  "0707070707070707070707070707070707070707070707070707070707070707" +
  "89343d965a9e5f3fd5bf61805c974998d1f74c4fb7897dc55aa6bd66e5832173" +
  "70108fe30a7476ff25cbf4fccebef07834c1c1142c58";

/** The format as crypto-rules 8 writes it, in code that shares no library with the driver. */
function reference(
  key: Uint8Array,
  label: string,
  salt: Uint8Array,
  aad: Uint8Array,
): { key: Uint8Array; commitment: Uint8Array } {
  const derived = hmac(sha512, key, Uint8Array.of(...text(label), ...salt, ...aad));
  return { key: derived.slice(0, 32), commitment: derived.slice(32) };
}

function referenceSeal(
  label: string,
  plaintext: Uint8Array,
  salt: Uint8Array = new Uint8Array(32).fill(7),
): Uint8Array {
  const once = reference(bytes, label, salt, associated);
  return Uint8Array.of(...salt, ...once.commitment, ...gcm(once.key, new Uint8Array(12)).encrypt(plaintext));
}

describe("the ciphertext of own AES-256-GCM keys (crypto-rules 8)", () => {
  it("is salt, commitment, ciphertext and tag as an independent implementation computes them", () => {
    const plaintext = text("attack at dawn");
    const sealed = sealAead(secret, aeadLabels.data, plaintext, associated);
    expect(sealed).toHaveLength(plaintext.length + 80);
    const once = reference(bytes, "kms/aead/1", sealed.slice(0, 32), associated);
    expect(Buffer.from(sealed.slice(32, 64))).toEqual(Buffer.from(once.commitment));
    expect(gcm(once.key, new Uint8Array(12)).decrypt(sealed.slice(64))).toEqual(plaintext);
  });

  it("opens what an independent implementation made, byte for byte the golden vector", () => {
    const golden = referenceSeal("kms/aead/1", text("golden"));
    expect(Buffer.from(golden).toString("hex")).toBe(goldenHex);
    expect(Buffer.from(openAead(secret, aeadLabels.data, golden, associated)).toString()).toBe("golden");
  });

  it("opens at sizes 0, 1, 15, 16, 17 and 100,000", () => {
    for (const size of [0, 1, 15, 16, 17, 100_000]) {
      const plaintext = new Uint8Array(size).fill(size & 0xff);
      const opened = openAead(
        secret,
        aeadLabels.data,
        sealAead(secret, aeadLabels.data, plaintext, associated),
        associated,
      );
      expect(Buffer.compare(opened, plaintext)).toBe(0);
    }
  });

  it("is refused whichever byte is changed, cut off or added", async () => {
    const sealed = sealAead(secret, aeadLabels.data, text("small"), associated);
    const open = (changed: Uint8Array): unknown => openAead(secret, aeadLabels.data, changed, associated);
    for (let offset = 0; offset < sealed.length; offset += 1) {
      expect(await codeOf(() => open(flipped(sealed, offset)))).toBe("DECRYPTION_FAILED");
      expect(await codeOf(() => open(sealed.slice(0, offset)))).toBe("DECRYPTION_FAILED");
    }
    expect(await codeOf(() => open(Uint8Array.of(...sealed, 0)))).toBe("DECRYPTION_FAILED");
  });

  it("is refused with a wrong commitment although its tag is right: no ciphertext opens under two keys", async () => {
    const sealed = referenceSeal("kms/aead/1", text("x"));
    expect(await codeOf(() => openAead(secret, aeadLabels.data, flipped(sealed, 40), associated))).toBe(
      "DECRYPTION_FAILED",
    );
  });

  it("is refused with other associated data, under another key, and under the label for data keys", async () => {
    const sealed = sealAead(secret, aeadLabels.data, text("x"), associated);
    const other = createSecretKey(Buffer.alloc(32, 1));
    expect(await codeOf(() => openAead(secret, aeadLabels.data, sealed, text("tenant=43")))).toBe("DECRYPTION_FAILED");
    expect(await codeOf(() => openAead(secret, aeadLabels.data, sealed, new Uint8Array()))).toBe("DECRYPTION_FAILED");
    expect(await codeOf(() => openAead(other, aeadLabels.data, sealed, associated))).toBe("DECRYPTION_FAILED");
    expect(await codeOf(() => openAead(secret, aeadLabels.dataKey, sealed, associated))).toBe("DECRYPTION_FAILED");
  });

  it("uses a fresh salt each time, and memory that nothing else shares", () => {
    const salts = new Set<string>();
    for (let count = 0; count < 200; count += 1) {
      const sealed = sealAead(secret, aeadLabels.data, text("x"), associated);
      salts.add(Buffer.from(sealed.subarray(0, 32)).toString("hex"));
      const opened = openAead(secret, aeadLabels.data, sealed, associated);
      expect([sealed.buffer.byteLength, opened.buffer.byteLength]).toEqual([81, 1]);
    }
    expect(salts.size).toBe(200);
  });

  it("does not change its inputs", () => {
    const plaintext = text("plain");
    const sealed = sealAead(secret, aeadLabels.data, plaintext, associated);
    const before = Uint8Array.from(sealed);
    openAead(secret, aeadLabels.data, sealed, associated);
    expect([plaintext, sealed, associated]).toEqual([text("plain"), before, text("tenant=42")]);
  });
});
