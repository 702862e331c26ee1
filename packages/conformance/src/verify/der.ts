import { CaseFailure } from "../assertions.ts";
import { concat } from "../bytes.ts";

/** One element: its tag, and what it contains. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** Reads the elements that fill these bytes, strictly (X.690 §10): definite, minimal lengths; nothing left over. */
export function readDer(bytes: Uint8Array): readonly DerElement[] {
  const elements: DerElement[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = byteAt(bytes, at);
    let length = byteAt(bytes, at + 1);
    at += 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count < 1 || count > 2) throw new CaseFailure("DER: an indefinite or oversized length");
      length = 0;
      for (let read = 0; read < count; read += 1) length = length * 256 + byteAt(bytes, at + read);
      if (length < 0x80 || (count === 2 && length < 0x100)) throw new CaseFailure("DER: a length that is not minimal");
      at += count;
    }
    if (at + length > bytes.length) throw new CaseFailure("DER: an element longer than what holds it");
    elements.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return elements;
}

/** The content of the only element, which has this tag. */
export function readOne(bytes: Uint8Array, tag: number): Uint8Array {
  const [element, ...rest] = readDer(bytes);
  if (element === undefined || element.tag !== tag || rest.length > 0) {
    throw new CaseFailure("DER: not the expected element");
  }
  return element.content;
}

/** A non-negative INTEGER in its shortest form. */
export function readInteger(element: DerElement | undefined): bigint {
  const content = element?.content ?? new Uint8Array();
  const [first = 0x80, second = 0] = content;
  if (element?.tag !== 0x02 || first >= 0x80 || (first === 0 && content.length > 1 && second < 0x80)) {
    throw new CaseFailure("DER: not a non-negative integer in its shortest form");
  }
  return toBigInt(content);
}

/** One element around its content, which has fewer than 256 bytes. */
export function writeElement(tag: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = content;
  const header = length < 0x80 ? [tag, length] : [tag, 0x81, length];
  return concat(Uint8Array.from(header), content);
}

/** Big-endian bytes as a number. */
export const toBigInt = (bytes: Uint8Array): bigint => {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
};

/** A number as so many big-endian bytes. */
export function fromBigInt(value: bigint, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let rest = value;
  for (let at = length - 1; at >= 0; at -= 1) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

const byteAt = (bytes: Uint8Array, index: number): number => {
  const byte = bytes[index];
  if (byte === undefined) throw new CaseFailure("DER: it ends too early");
  return byte;
};
