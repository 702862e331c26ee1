import { type CurveName, equalBytes, multiplyBasePoint, randomScalar } from "./primitives.ts";

/**
 * ECDSA over a digest made by the caller (FIPS 186-5 §6.4). `node:crypto` signs only what it hashes itself, so the
 * point multiplication is OpenSSL's and the arithmetic modulo the group order is here. Not constant-time: it serves
 * emulated keys that protect nothing.
 */
const ORDERS: Readonly<Record<CurveName, bigint>> = {
  // SEC 2 §2.4.2, secp256r1
  prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  // SEC 2 §2.5.1, secp384r1
  secp384r1: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  // SEC 2 §2.6.1, secp521r1
  secp521r1: BigInt(
    "0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa" +
      "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
  ),
  // SEC 2 §2.4.1, secp256k1
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
};

const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);
const toBytes = (value: bigint, length: number): Uint8Array =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(length * 2, "0"), "hex"));
const modulo = (value: bigint, order: bigint): bigint => ((value % order) + order) % order;

function inverse(value: bigint, order: bigint): bigint {
  let [previous, rest, previousFactor, factor] = [order, modulo(value, order), 0n, 1n];
  while (rest !== 0n) {
    const quotient = previous / rest;
    [previous, rest] = [rest, previous - quotient * rest];
    [previousFactor, factor] = [factor, previousFactor - quotient * factor];
  }
  return modulo(previousFactor, order);
}

// FIPS 186-5 §6.4.1 step 2: the leftmost bits of a digest longer than the group order.
const truncate = (digest: Uint8Array, order: bigint): bigint => {
  const excess = digest.length * 8 - order.toString(2).length;
  return excess > 0 ? toNumber(digest) >> BigInt(excess) : toNumber(digest);
};

/** A fresh signature over `digest`, as DER (RFC 3279 §2.2.3). */
export function signDigest(curve: CurveName, scalar: Uint8Array, digest: Uint8Array): Uint8Array {
  const order = ORDERS[curve];
  for (;;) {
    const nonce = randomScalar(curve);
    const r = modulo(toNumber(multiplyBasePoint(curve, nonce) ?? new Uint8Array()), order);
    const s = modulo(inverse(toNumber(nonce), order) * (truncate(digest, order) + r * toNumber(scalar)), order);
    if (r !== 0n && s !== 0n) return encode(r, s);
  }
}

/**
 * Whether a DER signature is genuine. With the private scalar d, the verification point u₁·G + u₂·Q of FIPS 186-5
 * §6.4.2 is ((z + r·d) / s)·G, one multiplication of the base point.
 */
export function verifyDigest(
  key: { readonly curve: CurveName; readonly scalar: Uint8Array },
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const order = ORDERS[key.curve];
  const pair = decode(signature);
  if (pair === undefined || pair.some((value) => value <= 0n || value >= order)) return false;
  const [r, s] = pair;
  const nonce = modulo(inverse(s, order) * (truncate(digest, order) + r * toNumber(key.scalar)), order);
  const x = multiplyBasePoint(key.curve, toBytes(nonce, key.scalar.length));
  return x !== undefined && modulo(toNumber(x), order) === r;
}

const orderBytes = (curve: CurveName): number => Math.ceil(ORDERS[curve].toString(16).length / 2);

/** A DER signature of this curve as r‖s, each as long as the group order (IEEE P1363; RFC 7518 §3.4). */
export function toFixedLength(curve: CurveName, signature: Uint8Array): Uint8Array {
  const [r, s] = decode(signature) ?? [0n, 0n];
  const length = orderBytes(curve);
  return new Uint8Array(Buffer.concat([toBytes(r, length), toBytes(s, length)]));
}

/** The DER signature of r‖s; `undefined` when that is not as long as twice the group order. */
export function fromFixedLength(curve: CurveName, signature: Uint8Array): Uint8Array | undefined {
  const length = orderBytes(curve);
  if (signature.length !== 2 * length) return undefined;
  return encode(toNumber(signature.subarray(0, length)), toNumber(signature.subarray(length)));
}

function encode(r: bigint, s: bigint): Uint8Array {
  const parts = [r, s].map((value) => {
    const hex = value.toString(16);
    const even = hex.length % 2 === 0 ? hex : `0${hex}`;
    const bytes = Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, "hex"); // DER integers are signed
    return Buffer.concat([Buffer.from([0x02, bytes.length]), bytes]);
  });
  const body = Buffer.concat(parts);
  const length = body.length < 0x80 ? [body.length] : [0x81, body.length];
  return new Uint8Array(Buffer.concat([Buffer.from([0x30, ...length]), body]));
}

// Strict: whatever does not re-encode to the same bytes is no signature.
function decode(signature: Uint8Array): readonly [bigint, bigint] | undefined {
  const body = signature.subarray(signature[1] === 0x81 ? 3 : 2);
  const middle = 2 + (body[1] ?? 0);
  const [r, s] = [toNumber(body.subarray(2, middle)), toNumber(body.subarray(middle + 2))];
  return equalBytes(encode(r, s), signature) ? [r, s] : undefined;
}
