import { ed25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { Algorithm, CapabilityRow } from "@kms/core";
import { concat, random } from "../bytes.ts";
import { writeElement } from "./der.ts";

/** A key that was made here, outside of any adapter. */
export interface LocalKey {
  /** What importKey takes: a symmetric key raw, a private key as PKCS#8 DER. */
  readonly material: Uint8Array<ArrayBuffer>;
  /** The bytes that nobody may see: the raw key, the scalar, the seed. */
  readonly secret: Uint8Array;
  /** SubjectPublicKeyInfo of a pair. */
  readonly spki: Uint8Array<ArrayBuffer> | undefined;
}

const symmetricBytes: Readonly<Partial<Record<Algorithm, number>>> = {
  "AES-256-GCM": 32,
  "AES-256-KWP": 32,
  "HMAC-SHA256": 32,
  "HMAC-SHA384": 48,
  "HMAC-SHA512": 64,
};
const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const ecPublicKey = bytes("06072a8648ce3d0201");
// RFC 5480 §2.1.1.1, SEC 2 §A.2: identifiers of named curves.
const p256Curve = { curve: p256, oid: bytes("06082a8648ce3d030107") };
const p384Curve = { curve: p384, oid: bytes("06052b81040022") };
const p521Curve = { curve: p521, oid: bytes("06052b81040023") };
const curves: Readonly<Partial<Record<Algorithm, typeof p256Curve>>> = {
  "ECDSA-P256-SHA256": p256Curve,
  "ECDSA-P384-SHA384": p384Curve,
  "ECDSA-P521-SHA512": p521Curve,
  "ECDSA-secp256k1-SHA256": { curve: secp256k1, oid: bytes("06052b8104000a") },
  "ECDH-P256": p256Curve,
  "ECDH-P384": p384Curve,
  "ECDH-P521": p521Curve,
};

/** The length of a symmetric algorithm's keys, in bytes; undefined for pairs. */
export const symmetricLength = (algorithm: Algorithm): number | undefined => symmetricBytes[algorithm];

/** The rows whose keys can be made here: all but RSA and ML-*, which `@noble/curves` does not have. */
export const makeable = (rows: readonly CapabilityRow[]): readonly CapabilityRow[] =>
  rows.filter(({ algorithm }) => algorithm in symmetricBytes || algorithm in curves || algorithm === "Ed25519");

/** A fresh key for an algorithm of `makeable`. */
export function localKey(algorithm: Algorithm): LocalKey {
  const lengthBytes = symmetricBytes[algorithm];
  const named = curves[algorithm];
  if (named !== undefined) return curveKey(named);
  if (lengthBytes === undefined) return edwardsKey();
  const material = random(lengthBytes);
  return { material, secret: Uint8Array.from(material), spki: undefined };
}

/** RFC 5915 within RFC 5208: a named curve, the public point beside the scalar. */
function curveKey({ curve, oid }: typeof p256Curve): LocalKey {
  const { secretKey } = curve.keygen();
  const point = writeElement(0x03, concat(Uint8Array.of(0), curve.getPublicKey(secretKey, false)));
  const identifier = writeElement(0x30, concat(ecPublicKey, oid));
  const key = writeElement(
    0x30,
    concat(Uint8Array.of(0x02, 1, 1), writeElement(0x04, secretKey), writeElement(0xa1, point)),
  );
  const material = writeElement(0x30, concat(Uint8Array.of(0x02, 1, 0), identifier, writeElement(0x04, key)));
  return { material, secret: secretKey, spki: writeElement(0x30, concat(identifier, point)) };
}

/** RFC 8410 §7. */
function edwardsKey(): LocalKey {
  const { secretKey } = ed25519.keygen();
  const identifier = writeElement(0x30, Uint8Array.of(0x06, 3, 0x2b, 0x65, 0x70));
  const key = writeElement(0x04, writeElement(0x04, secretKey));
  const point = writeElement(0x03, concat(Uint8Array.of(0), ed25519.getPublicKey(secretKey)));
  const material = writeElement(0x30, concat(Uint8Array.of(0x02, 1, 0), identifier, key));
  return { material, secret: secretKey, spki: writeElement(0x30, concat(identifier, point)) };
}
