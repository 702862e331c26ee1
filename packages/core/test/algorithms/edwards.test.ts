import { generateKeyPairSync } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import { isUsableEd25519Key } from "../../src/algorithms/edwards.ts";

const p = 2n ** 255n - 19n;
const encode = (y: bigint, sign: 0 | 1): Uint8Array => {
  const value = y + (sign === 1 ? 2n ** 255n : 0n);
  return Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
};

describe("an Ed25519 public key", () => {
  it("that node:crypto made is usable", () => {
    for (let round = 0; round < 20; round += 1) {
      const spki = generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" });
      expect(isUsableEd25519Key(new Uint8Array(spki).subarray(-32))).toBe(true);
    }
  });

  it("is refused at each of the eight points of small order, with either sign", () => {
    let point = ed25519.Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    const encodings = new Set<string>();
    for (let round = 0; round < 8; round += 1) {
      const raw = point.toBytes();
      encodings.add(Buffer.from(raw).toString("hex"));
      expect(isUsableEd25519Key(raw)).toBe(false);
      const flipped = Uint8Array.from(raw);
      flipped[31] = (flipped[31] ?? 0) ^ 0x80;
      expect(isUsableEd25519Key(flipped)).toBe(false);
      point = point.add(ed25519.Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"));
    }
    expect(encodings.size).toBe(8);
  });

  it("is refused when its y is not reduced", () => {
    for (let more = 0n; more < 19n; more += 1n) {
      for (const sign of [0, 1] as const) expect(isUsableEd25519Key(encode(p + more, sign))).toBe(false);
    }
  });

  it("is refused off the curve: agrees with @noble/curves on every small y", () => {
    let refused = 0;
    for (let y = 2n; y < 60n; y += 1n) {
      let isPoint = true;
      try {
        ed25519.Point.fromBytes(encode(y, 0));
      } catch {
        isPoint = false;
      }
      expect(isUsableEd25519Key(encode(y, 0))).toBe(isPoint);
      if (!isPoint) refused += 1;
    }
    expect(refused).toBeGreaterThan(10);
  });

  it("is refused at another length", () => {
    for (const length of [0, 31, 33]) expect(isUsableEd25519Key(new Uint8Array(length).fill(3))).toBe(false);
  });
});
