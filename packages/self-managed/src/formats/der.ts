/**
 * DER (X.690 §10) as far as private keys need it. OpenSSL overlooks bytes behind an end, long lengths and padded numbers
 * when it reads a key; here there is one spelling for each key, and nothing is read past.
 */
import { KmsError } from "@kms/core/driver";

/** One element: its tag, what it contains, and all of its bytes. Views of what was read. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

/** The tags that private keys are made of. */
export const tags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
  /** `[0]`, constructed: attributes, parameters. */
  first: 0xa0,
  /** `[1]`, constructed: a public key in ECPrivateKey. */
  second: 0xa1,
  /** `[1]`, primitive: a public key in OneAsymmetricKey. */
  secondPrimitive: 0x81,
} as const;

/** The elements that fill these bytes. `INVALID_ARGUMENT` for anything but strict DER with lengths of at most two bytes. */
export function readDer(bytes: Uint8Array): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const element = elementAt(bytes, at);
    if (element === undefined) throw unreadable("bytes that are no strict DER");
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

/** The elements that bytes begin with, as far as those are strict DER, and at most so many. Whatever stands behind is not looked at. */
export function readLeading(bytes: Uint8Array, most: number): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; elements.length < most;) {
    const element = elementAt(bytes, at);
    if (element === undefined) break;
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

function elementAt(bytes: Uint8Array, at: number): DerElement | undefined {
  const [tag, short] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || short === undefined) return undefined;
  const lengthBytes = short < 0x80 ? 0 : short - 0x80;
  let length = lengthBytes === 0 ? short : 0;
  // 0x80 itself is BER's indefinite length.
  if (short === 0x80 || lengthBytes > 2) return undefined;
  for (let read = 0; read < lengthBytes; read += 1) length = length * 256 + (bytes[at + 2 + read] ?? 0);
  if (lengthBytes > 0 && length < (lengthBytes === 1 ? 0x80 : 0x100)) return undefined;
  const start = at + 2 + lengthBytes;
  if (start + length > bytes.length) return undefined;
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) };
}

/** The one element that fills these bytes, of this tag. `INVALID_ARGUMENT` otherwise, for bytes behind it too. */
export function readOne(bytes: Uint8Array, tag: number): DerElement {
  const [element, ...more] = readDer(bytes);
  return expectTag(more.length === 0 ? element : undefined, tag);
}

/** The element, when it is there and of this tag. `INVALID_ARGUMENT` otherwise. */
export function expectTag(element: DerElement | undefined, tag: number): DerElement {
  if (element?.tag === tag) return element;
  throw unreadable("elements other than those of a private key");
}

/** The digits of a non-negative INTEGER in its shortest form, without a leading zero byte; none for zero. */
export function readDigits(element: DerElement | undefined): Uint8Array {
  const { content } = expectTag(element, tags.integer);
  const [first = 0x80, second = 0x80] = content;
  if (first >= 0x80 || (first === 0 && content.length > 1 && second < 0x80)) {
    throw unreadable("a number that is negative or not in its shortest form");
  }
  return first === 0 ? content.subarray(1) : content;
}

/** A small non-negative INTEGER; more than 2^48 reads as that. */
export function readCount(element: DerElement | undefined): number {
  const digits = readDigits(element);
  return digits.length > 6 ? 2 ** 48 : digits.reduce((value, digit) => value * 256 + digit, 0);
}

/** Lower-case hexadecimal of an object identifier's content: what identifiers are compared by. */
export const readOid = (element: DerElement | undefined): string =>
  Buffer.from(expectTag(element, tags.oid).content).toString("hex");

/** One element, in new memory. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  const whole = new Uint8Array(1 + size.length + length);
  whole.set([tag, ...size]);
  let at = 1 + size.length;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A non-negative INTEGER from big-endian digits. */
export function writeInteger(digits: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = digits.findIndex((digit) => digit !== 0);
  const significant = start === -1 ? new Uint8Array(1) : digits.subarray(start);
  return writeDer(tags.integer, new Uint8Array((significant[0] ?? 0) >= 0x80 ? 1 : 0), significant);
}

/** The element of an object identifier whose content is given in hexadecimal. */
export const writeOid = (hex: string): Uint8Array<ArrayBuffer> => writeDer(tags.oid, Buffer.from(hex, "hex"));

/** `INVALID_ARGUMENT`: what was found in place of a private key. Never bytes of it. */
export const unreadable = (found: string): KmsError =>
  new KmsError(
    "INVALID_ARGUMENT",
    `Cannot read a private key: found ${found}. Pass one whole private key, as it was exported.`,
  );
