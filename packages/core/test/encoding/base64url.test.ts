import fc from "fast-check";
import { base64url } from "jose";
import { describe, expect, it } from "vitest";
import { fromBase64url, toBase64url } from "../../src/encoding/base64url.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

describe("base64url", () => {
  it("writes what jose writes and reads it back", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const written = toBase64url(bytes);
        expect(written).toBe(base64url.encode(bytes));
        expect(fromBase64url(written)).toEqual(bytes);
      }),
    );
  });

  it("writes a view into a larger buffer, not the buffer", () => {
    expect(toBase64url(Uint8Array.of(0, 1, 2, 3).subarray(1, 3))).toBe("AQI");
  });

  it("takes one spelling of the last character and refuses its aliases", () => {
    for (const [length, aliases] of [
      [32, 3],
      [64, 15],
    ] as const) {
      const written = toBase64url(new Uint8Array(length).fill(0x5a));
      const others = [...alphabet]
        .filter((letter) => letter !== written.at(-1))
        .map((letter) => written.slice(0, -1) + letter);
      const sameBytes = others.filter((other) => Buffer.from(other, "base64url").equals(Buffer.alloc(length, 0x5a)));
      expect(sameBytes).toHaveLength(aliases);
      for (const alias of sameBytes) expect(fromBase64url(alias)).toBeUndefined();
    }
  });

  it("refuses padding, white space, the other alphabet, impossible lengths and foreign characters", () => {
    for (const wrong of ["AA==", "AA=", " AA", "AA\n", "A A", "+/+/", "A", "AAAAA", "AA.", "ÄÄ", "AA\0"]) {
      expect(fromBase64url(wrong)).toBeUndefined();
    }
  });

  it("answers memory of its own", () => {
    expect(fromBase64url("AQID")?.buffer.byteLength).toBe(3);
    expect(fromBase64url("")).toEqual(new Uint8Array(0));
  });
});
