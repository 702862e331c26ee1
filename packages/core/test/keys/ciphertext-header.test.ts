import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeCiphertext, providerAssociatedData } from "../../src/index.ts";
import { decodeHeader, encodeHeader, type Header } from "../../src/keys/ciphertext-header.ts";
import { codeOf } from "../codes.ts";

const header: Header = { kind: "aws-kms", keyId: "arn:x/ü", keyVersion: "1", algorithm: "AES-256-GCM" };
const headers: fc.Arbitrary<Header> = fc.record({
  kind: fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }),
  keyId: fc.string({ minLength: 1, maxLength: 200, unit: "grapheme" }),
  keyVersion: fc.option(fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" })),
  algorithm: fc.constantFrom("AES-256-GCM", "RSA-OAEP-2048-SHA256", "AES-256-KWP"),
});
const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

describe("the header of a ciphertext", () => {
  it("is as it is written down: magic, length, four fields of u16 length and UTF-8, 0xFFFF for no version", () => {
    const bytes = encodeHeader({ kind: "ab", keyId: "k", keyVersion: null, algorithm: "Ed25519" });
    const hex = `${Buffer.from("kms").toString("hex")}01 0012 0002 6162 0001 6b ffff 0007 ${Buffer.from("Ed25519").toString("hex")}`;
    expect(Buffer.from(bytes).toString("hex")).toBe(hex.replaceAll(" ", ""));
  });

  it("is read as it was written, whatever follows it", () => {
    fc.assert(
      fc.property(headers, fc.uint8Array({ maxLength: 100 }), (value, body) => {
        const bytes = encodeHeader(value);
        expect(decodeHeader(join(bytes, body))).toEqual({ header: value, length: bytes.length });
      }),
    );
  });

  it("is refused or encodes again to itself after any change of bytes", () => {
    const change = fc.record({
      at: fc.nat(400),
      value: fc.nat(255),
      drop: fc.nat(3),
      insert: fc.uint8Array({ maxLength: 3 }),
    });
    fc.assert(
      fc.property(headers, fc.array(change, { minLength: 1, maxLength: 4 }), (value, changes) => {
        let bytes = join(encodeHeader(value), Uint8Array.of(1, 2, 3));
        for (const { at, value: byte, drop, insert } of changes) {
          const place = at % (bytes.length + 1);
          bytes = join(bytes.subarray(0, place), insert, Uint8Array.of(byte), bytes.subarray(place + drop));
        }
        const read = decodeHeader(bytes);
        if (read !== undefined) {
          expect(encodeHeader(read.header)).toEqual(new Uint8Array(bytes.subarray(0, read.length)));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("with a byte flipped never reads as the same header", () => {
    const bytes = encodeHeader(header);
    for (let at = 0; at < bytes.length; at += 1) {
      for (let bit = 1; bit < 256; bit *= 2) {
        const flipped = bytes.slice();
        flipped[at] = (flipped[at] ?? 0) ^ bit;
        expect(decodeHeader(flipped)?.header).not.toEqual(header);
      }
    }
  });

  it("is refused when it is cut off anywhere, or says more than there is", () => {
    const bytes = encodeHeader(header);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeHeader(bytes.subarray(0, length))).toBeUndefined();
    }
  });

  it("is refused when its length takes in more, or less, than its fields", () => {
    const bytes = join(encodeHeader(header), Uint8Array.of(1, 2, 3));
    const length = encodeHeader(header).length - 6;
    for (const change of [-3, -1, 1, 2, 3]) {
      const changed = bytes.slice();
      new DataView(changed.buffer).setUint16(4, length + change);
      expect(decodeHeader(changed)).toBeUndefined();
    }
  });

  it("never crashes on arbitrary bytes, however long", () => {
    const magic = Uint8Array.of(0x6b, 0x6d, 0x73, 1);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, genuine) => {
        const read = decodeHeader(genuine ? join(magic, bytes) : bytes);
        expect(read === undefined || read.length > 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(decodeHeader(join(magic, new Uint8Array(10_000_000).fill(0xff)))).toBeUndefined();
  });

  it.each([
    ["no kind", { kind: "" }],
    ["no key id", { keyId: "" }],
    ["an empty version", { keyVersion: "" }],
    ["an unknown algorithm", { algorithm: "AES" as "Ed25519" }],
    ["an inherited name as algorithm", { algorithm: "toString" as "Ed25519" }],
  ])("is refused with %s", (_what, change) => {
    expect(decodeHeader(encodeHeader({ ...header, ...change }))).toBeUndefined();
  });

  it("is refused with text that is not UTF-8", () => {
    const bytes = encodeHeader({ ...header, keyId: "kk" });
    const at = bytes.indexOf(0x6b, 10);
    expect(at).toBeGreaterThan(0);
    for (const bad of [0xff, 0xc3, 0x80]) {
      const changed = bytes.slice();
      changed[at] = bad;
      expect(decodeHeader(changed)).toBeUndefined();
    }
  });
});

describe("describeCiphertext", () => {
  const body = Uint8Array.of(9, 8, 7);
  const ciphertext = join(encodeHeader(header), body);

  it("says what the header claims, offline, in bytes of its own", () => {
    const described = describeCiphertext(ciphertext);
    expect(described).toEqual({ ...header, providerCiphertext: body });
    expect(Object.isFrozen(described)).toBe(true);
    described.providerCiphertext.fill(0);
    expect(describeCiphertext(ciphertext).providerCiphertext).toEqual(body);
  });

  it("reads a view into something larger by its own bytes", () => {
    const large = join(Uint8Array.of(1, 2, 3, 4, 5), ciphertext, Uint8Array.of(6));
    const view = large.subarray(5, 5 + ciphertext.length);
    expect(describeCiphertext(view).providerCiphertext).toEqual(body);
  });

  it.each([[new Uint8Array(0)], [body], ["text"], [null], [undefined], [new ArrayBuffer(8)]])(
    "is INVALID_ARGUMENT for what is no ciphertext of ours: %j",
    (value) => {
      expect(codeOf(() => describeCiphertext(value as Uint8Array))).toBe("INVALID_ARGUMENT");
      expect(codeOf(() => providerAssociatedData(value as Uint8Array))).toBe("INVALID_ARGUMENT");
    },
  );
});

describe("providerAssociatedData", () => {
  const ciphertext = join(encodeHeader(header), Uint8Array.of(1));

  it("is the caller's entries and SHA-256 of the header in base64url", () => {
    const digest = createHash("sha256").update(encodeHeader(header)).digest("base64url");
    expect({ ...providerAssociatedData(ciphertext, { a: "1" }) }).toEqual({ a: "1", "kms-header": digest });
    expect({ ...providerAssociatedData(ciphertext) }).toEqual({ "kms-header": digest });
  });

  it("refuses entries that encrypt would refuse", () => {
    for (const entries of [{ "kms-header": "x" }, { "aws:x": "1" }, { a: "\ud800" }, null, []]) {
      expect(codeOf(() => providerAssociatedData(ciphertext, entries as never))).toBe("INVALID_ARGUMENT");
    }
  });
});
