import { Buffer } from "node:buffer";
import type { DecipherGCM } from "node:crypto";
import { expect, test, vi } from "vitest";
import { forge } from "../forge.ts";
import { parseHeader } from "../../src/format/header.ts";
import { readLimits } from "../../src/format/limits.ts";
import { BodyReader } from "../../src/message/body-reader.ts";
import { updateWith } from "../../src/primitives.ts";

const most = 2 ** 31 - 1; // of bytes that node:crypto takes at a time
const given: number[] = [];
const counting = {
  setAAD: () => counting,
  setAuthTag: () => counting,
  update: (part: Uint8Array) => {
    given.push(part.length);
    return Buffer.alloc(0);
  },
  final: () => Buffer.alloc(0),
} as unknown as DecipherGCM;

vi.mock(import("../../src/primitives.ts"), async (original) => ({
  ...(await original()),
  gcmDecipher: () => counting,
}));

// Memory that nothing is written to is taken from the system by name alone.
const untouched = (lengthBytes: number): Buffer => Buffer.allocUnsafeSlow(lengthBytes);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

test("a message of more than 2 GiB is signed and verified in parts that are taken", () => {
  given.length = 0;
  updateWith(counting as never, untouched(2 ** 31 + 10));
  expect(sum(given)).toBe(2 ** 31 + 10);
  expect(Math.max(...given)).toBeLessThanOrEqual(most);
});

test("a frame of more than 2 GiB is deciphered in parts that are taken", () => {
  given.length = 0;
  const frameBytes = 2 ** 31 + 10;
  const limits = readLimits({ frameBytes });
  const header = parseHeader(forge({ frameBytes }), limits);
  if (typeof header === "number") throw new TypeError("the header is cut");
  const head = Buffer.alloc(4 + 4 + 12 + 4); // marker, sequence, initialisation vector, length
  head.fill(0xff, 0, 4);
  head.writeUInt32BE(1, 4);
  head.writeUInt32BE(frameBytes, 20);
  const body = untouched(head.length + frameBytes + 16);
  body.set(head);
  const reader = new BodyReader(header, Buffer.alloc(32), limits, undefined);
  reader.read(body, []);
  expect(reader.isDone).toBe(true);
  expect(sum(given)).toBe(frameBytes);
  expect(Math.max(...given)).toBeLessThanOrEqual(most);
});
