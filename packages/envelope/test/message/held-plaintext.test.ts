import { describe, expect, test } from "vitest";
import { HeldPlaintext } from "../../src/message/held-plaintext.ts";

const part = (length: number, value: number): Buffer => Buffer.alloc(length, value);
const lengths = [1, 5_000, 1, 1, 16_383, 0, 1, 20_000, 3];

describe("plaintext that is not proven", () => {
  test("comes out whole and in order, small parts gathered", () => {
    const held = new HeldPlaintext();
    lengths.forEach((length, index) => held.add(part(length, index + 1)));
    const out: Buffer[] = [];
    held.release(out);
    expect(Buffer.concat(out).equals(Buffer.concat(lengths.map((length, index) => part(length, index + 1))))).toBe(
      true,
    );
    const again: Buffer[] = [];
    held.release(again);
    expect(again).toEqual([]);
  });

  test("of a byte each takes no object each", () => {
    const held = new HeldPlaintext();
    for (let count = 0; count < 100_000; count += 1) held.add(part(1, 1));
    const out: Buffer[] = [];
    held.release(out);
    expect(out.length).toBeLessThan(10);
    expect(Buffer.concat(out)).toHaveLength(100_000);
  });

  test("is overwritten when it is not to come out, also in the parts that were gathered", () => {
    const held = new HeldPlaintext();
    const parts = lengths.map((length) => part(length, 7));
    for (const one of parts) held.add(one);
    held.wipe();
    expect(parts.every((one) => one.every((byte) => byte === 0))).toBe(true);
    const out: Buffer[] = [];
    held.release(out);
    expect(out).toEqual([]);
  });
});
