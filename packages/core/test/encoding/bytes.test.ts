import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, equalBytes, readBytes, text, utf8 } from "../../src/encoding/bytes.ts";
import { codeOf } from "../codes.ts";

describe("readBytes", () => {
  it("answers a copy that later changes of the argument do not reach", () => {
    const given = Uint8Array.of(1, 2, 3);
    const read = readBytes(given, "plaintext");
    given[0] = 9;
    expect(read).toEqual(Uint8Array.of(1, 2, 3));
  });

  it("takes a Buffer cut from the pool and answers a plain copy that no other copy overlaps", () => {
    const given = Buffer.from("pooled");
    const read = readBytes(given, "plaintext");
    const others = Array.from({ length: 3_000 }, () => readBytes(new Uint8Array(13).fill(255), "plaintext"));
    given.fill(0);
    expect(Object.getPrototypeOf(read)).toBe(Uint8Array.prototype);
    expect(Buffer.from(read).toString()).toBe("pooled");
    expect(others.every((other) => other.every((byte) => byte === 255))).toBe(true);
  });

  it("refuses whatever is no Uint8Array", () => {
    const strangers: unknown[] = [
      undefined,
      null,
      "text",
      7,
      {},
      [1, 2],
      new ArrayBuffer(2),
      new DataView(new ArrayBuffer(2)),
      new Uint16Array(2),
      new Uint8ClampedArray(2),
      new Int8Array(2),
      Object.create(Uint8Array.prototype),
      new Proxy(Uint8Array.of(1), {}),
    ];
    for (const stranger of strangers) expect(codeOf(() => readBytes(stranger, "plaintext"))).toBe("INVALID_ARGUMENT");
  });

  it("refuses memory shared between threads, behind a lying buffer property too", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    expect(codeOf(() => readBytes(shared, "plaintext"))).toBe("INVALID_ARGUMENT");
    Object.defineProperty(shared, "buffer", { value: new ArrayBuffer(4) });
    expect(codeOf(() => readBytes(shared, "plaintext"))).toBe("INVALID_ARGUMENT");
  });

  it("refuses a detached buffer", () => {
    const given = Uint8Array.of(1, 2, 3);
    structuredClone(given.buffer, { transfer: [given.buffer] });
    expect(codeOf(() => readBytes(given, "plaintext"))).toBe("INVALID_ARGUMENT");
  });

  it("asks neither an overridden length nor an overridden iterator", () => {
    const given = Uint8Array.of(1, 2, 3);
    Object.defineProperty(given, "length", { value: 1 });
    Object.defineProperty(given, Symbol.iterator, { value: () => [9][Symbol.iterator]() });
    expect([...readBytes(given, "plaintext")]).toEqual([1, 2, 3]);
  });

  it("does not show the value in its message", () => {
    expect(() => readBytes("canary-of-the-caller", "plaintext")).toThrow(/^(?!.*canary).*$/s);
  });
});

describe("bytes and text", () => {
  it("concatBytes joins parts, empty ones included, in new memory", () => {
    const part = Uint8Array.of(1, 2);
    const whole = concatBytes(part, new Uint8Array(0), Uint8Array.of(3));
    part[0] = 9;
    expect(whole).toEqual(Uint8Array.of(1, 2, 3));
  });

  it("equalBytes tells a changed byte, a missing one and an added one", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, at) => {
        const changed = Uint8Array.from(bytes);
        changed[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1;
        expect(equalBytes(bytes, Uint8Array.from(bytes))).toBe(true);
        expect(equalBytes(bytes, changed)).toBe(false);
        expect(equalBytes(bytes, bytes.subarray(1))).toBe(false);
        expect(equalBytes(bytes, concatBytes(bytes, Uint8Array.of(0)))).toBe(false);
      }),
    );
  });

  it("utf8 and text are inverse, a byte order mark included", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        expect(text(utf8(value))).toBe(value);
      }),
    );
    expect(text(utf8("\uFEFFx"))).toBe("\uFEFFx");
  });

  it("utf8 refuses a lone surrogate and text malformed bytes", () => {
    expect(codeOf(() => utf8("a\uD800"))).toBe("INVALID_ARGUMENT");
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      expect(text(Uint8Array.from(bytes))).toBeUndefined();
    }
  });
});
