import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import { KmsError } from "../errors.ts";
import { isUsableEd25519Key } from "./edwards.ts";
import type { AlgorithmRow } from "./registry.ts";

const curveNames = {
  "P-256": "prime256v1",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
  secp256k1: "secp256k1",
} as const;
// Uncompressed points of named curves only (RFC 5480 §2): their SPKI have one length each.
const spkiBytes = { "P-256": 91, "P-384": 120, "P-521": 158, secp256k1: 88 } as const;
const smallestExponent = 65_537n;
const exponentBound = 2n ** 256n;

const admitted = new WeakMap<KeyObject, AlgorithmRow>();

/**
 * The key, recorded as checked for the algorithm; what is checked and which errors there are stands at `publicKeyOf`.
 * `undefined` is an SPKI that could not be read.
 */
export const admit = (key: KeyObject | undefined, row: AlgorithmRow, spki: Uint8Array): KeyObject => {
  if (row.family === "ml-dsa" || row.family === "ml-kem") {
    throw new KmsError(
      "UNSUPPORTED",
      `Cannot use a public key of ${row.algorithm}: this runtime's cryptography lacks it. Bring @kms/post-quantum.`,
    );
  }
  const defect = key === undefined ? "no SPKI DER in its one canonical form" : defectOf(key, row, spki);
  if (key === undefined || defect !== undefined) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      `Cannot use a public key of ${row.algorithm}: found ${defect}. Pass the SPKI of a key made for it.`,
    );
  }
  admitted.set(key, row);
  return key;
};

/** `INVALID_ARGUMENT` unless the key was admitted for this algorithm: RSA keys of one padding serve no other. */
export const requireAdmitted = (row: AlgorithmRow, key: KeyObject): void => {
  if (admitted.get(key) === row) return;
  throw new KmsError(
    "INVALID_ARGUMENT",
    `Cannot use a public key for ${row.algorithm}: it was not checked for it. Take it from publicKeyOf.`,
  );
};

// Why a key does not fit an algorithm, in words; undefined when it does.
const defectOf = (key: KeyObject, row: AlgorithmRow, spki: Uint8Array): string | undefined => {
  switch (row.family) {
    case "rsa-oaep":
    case "rsa-pss":
    case "rsa-pkcs1":
      return rsaDefect(key, row);
    case "ecdsa":
    case "ecdh":
      return curveDefect(key, row, spki);
    case "ed25519":
      if (key.asymmetricKeyType !== "ed25519") return "a key of another type";
      return isUsableEd25519Key(spki.subarray(-32))
        ? undefined
        : "a point off the curve, not canonical or of small order";
    default:
      return "an algorithm that has no public key here";
  }
};

const rsaDefect = (key: KeyObject, row: AlgorithmRow): string | undefined => {
  const { modulusLength, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== "rsa") return "a key of another type";
  if (modulusLength !== row.keyBits) return `a modulus of ${modulusLength} bits instead of ${row.keyBits}`;
  // FIPS 186-5 §5.4: odd, 2^16 < e < 2^256.
  if (publicExponent < smallestExponent || publicExponent % 2n === 0n) {
    return "a public exponent that is even or below 65537";
  }
  if (publicExponent >= exponentBound) return "a public exponent of more than 256 bits";
  const modulus = Buffer.from(key.export({ format: "jwk" }).n ?? "", "base64url");
  return (modulus.at(-1) ?? 0) % 2 === 1 ? undefined : "an even modulus";
};

// That the point lies on the curve, OpenSSL checks when it reads the key (SEC 1 §2.3.4).
const curveDefect = (key: KeyObject, row: AlgorithmRow, spki: Uint8Array): string | undefined => {
  const { curve } = row;
  if (curve === undefined || curve === "Ed25519") return "an algorithm without such a curve";
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== curveNames[curve]) {
    return "a key of another type or curve";
  }
  return spki.length === spkiBytes[curve] ? undefined : "a point that is not given uncompressed";
};
