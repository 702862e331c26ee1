import type { Algorithm, OwnedBytes } from "../contract/words.ts";
import { KmsError } from "../errors.ts";

const coordinateBytes: ReadonlyMap<unknown, number> = new Map<Algorithm, number>([
  ["ECDSA-P256-SHA256", 32],
  ["ECDSA-P384-SHA384", 48],
  ["ECDSA-P521-SHA512", 66],
  ["ECDSA-secp256k1-SHA256", 32],
]);

/**
 * An ECDSA signature as `r ‖ s` of fixed width (IEEE P1363, JOSE), from its DER form (RFC 3279 §2.2.3).
 * Only the encoding is checked, strictly: one spelling for each pair. Whether the signature holds, `verify` says.
 * `INVALID_ARGUMENT` for another algorithm, for anything but strict DER, and for numbers wider than the curve.
 */
export const derToP1363 = (algorithm: Algorithm, der: Uint8Array): OwnedBytes => {
  const width = widthOf(algorithm);
  const lengthBytes = der[1] === 0x81 ? 2 : 1;
  const length = lengthBytes === 2 ? der[2] : der[1];
  const start = 1 + lengthBytes;
  // Long form only where the short one cannot say it (X.690 §10.1), and nothing behind the end.
  if (
    der[0] !== 0x30 ||
    length === undefined ||
    length !== der.length - start ||
    length < 0x80 !== (lengthBytes === 1)
  ) {
    throw malformed(algorithm, "no strict DER sequence");
  }
  const r = integerAt(der, start, width);
  if (r === undefined) throw malformed(algorithm, "no strict DER integer r of the curve's width");
  const s = integerAt(der, r.end, width);
  if (s === undefined || s.end !== der.length) {
    throw malformed(algorithm, "no strict DER integer s of the curve's width");
  }
  const joined = new Uint8Array(2 * width);
  joined.set(r.digits, width - r.digits.length);
  joined.set(s.digits, 2 * width - s.digits.length);
  return joined;
};

/**
 * The DER form (RFC 3279 §2.2.3) of an ECDSA signature given as `r ‖ s` of fixed width. Checks nothing but the length.
 * `INVALID_ARGUMENT` for another algorithm or length.
 */
export const p1363ToDer = (algorithm: Algorithm, bytes: Uint8Array): OwnedBytes => {
  const width = widthOf(algorithm);
  if (bytes.length !== 2 * width) throw malformed(algorithm, `${bytes.length} bytes instead of ${2 * width}`);
  const r = significant(bytes.subarray(0, width));
  const s = significant(bytes.subarray(width));
  const length = integerBytes(r) + integerBytes(s);
  const head = length < 0x80 ? 2 : 3;
  const der = new Uint8Array(head + length);
  der[0] = 0x30;
  if (head === 3) der[1] = 0x81;
  der[head - 1] = length;
  writeInteger(der, head, r);
  writeInteger(der, head + integerBytes(r), s);
  return der;
};

// The order n of the group of secp256k1 (SEC 2 §2.4.1).
const order = 0xffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141n;
const orderBytes = 32;

/**
 * A DER signature over secp256k1 with the smaller of the two values of s that verify: vendors answer either, chains of
 * blocks take this one alone (`crypto-rules` 12). `INVALID_ARGUMENT` for anything but strict DER.
 */
export const withLowS = (der: Uint8Array): Uint8Array => {
  const joined = derToP1363("ECDSA-secp256k1-SHA256", der);
  const s = joined.subarray(orderBytes).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  if (s <= order / 2n) return der;
  let rest = order - s;
  for (let at = joined.length - 1; at >= orderBytes; at -= 1, rest >>= 8n) joined[at] = Number(rest & 0xffn);
  return p1363ToDer("ECDSA-secp256k1-SHA256", joined);
};

const widthOf = (algorithm: Algorithm): number => {
  const width = coordinateBytes.get(algorithm);
  if (width === undefined) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      "Cannot convert a signature: its algorithm is not ECDSA. Only ECDSA signatures have two forms.",
    );
  }
  return width;
};

const integerAt = (der: Uint8Array, at: number, width: number): { digits: Uint8Array; end: number } | undefined => {
  const length = der[at + 1];
  if (der[at] !== 0x02 || length === undefined || length === 0 || length > width + 1) return undefined;
  const end = at + 2 + length;
  if (end > der.length) return undefined;
  const content = der.subarray(at + 2, end);
  const [first = 0, second = 0] = content;
  if (first >= 0x80) return undefined; // negative
  if (first === 0 && length > 1 && second < 0x80) return undefined; // X.690 §8.3.2: a zero that nothing asks for
  const digits = first === 0 ? content.subarray(1) : content;
  return digits.length > width ? undefined : { digits, end };
};

/** The digits without leading zeros; one digit at least. */
const significant = (digits: Uint8Array): Uint8Array => {
  let start = 0;
  while (start < digits.length - 1 && digits[start] === 0) start += 1;
  return digits.subarray(start);
};

// A zero in front of what would be negative without it.
const padding = ([first = 0]: Uint8Array): number => (first >= 0x80 ? 1 : 0);
const integerBytes = (digits: Uint8Array): number => 2 + padding(digits) + digits.length;

const writeInteger = (der: Uint8Array, at: number, digits: Uint8Array): void => {
  der[at] = 0x02;
  der[at + 1] = padding(digits) + digits.length;
  der.set(digits, at + 2 + padding(digits));
};

const malformed = (algorithm: Algorithm, found: string): KmsError =>
  new KmsError(
    "INVALID_ARGUMENT",
    `Cannot convert a signature of ${algorithm}: found ${found}. Pass the whole signature as it was made.`,
  );
