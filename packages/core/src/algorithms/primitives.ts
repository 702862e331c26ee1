/** The only file of @kms/core that calls the functions of node:crypto (`crypto-rules` 12). */
import {
  constants,
  createCipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hash,
  hkdfSync,
  publicEncrypt,
  randomFillSync,
  sign,
  timingSafeEqual,
  verify,
  type KeyObject,
} from "node:crypto";
import { Buffer } from "node:buffer";
import type { ImportTicket } from "../contract/driver.ts";
import type { Algorithm, OwnedBytes } from "../contract/words.ts";
import { concatBytes, equalBytes } from "../encoding/bytes.ts";
import { KmsError } from "../errors.ts";
import { admit, requireAdmitted } from "./admission.ts";
import { algorithmRow, type AlgorithmRow, type Digest } from "./registry.ts";
import { digestBytes } from "./table.ts";

const digestNames = { "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" } as const;

/** The hash of bytes (FIPS 180-4). */
export const sha = (digest: Digest, bytes: Uint8Array): OwnedBytes => owned(hash(digestNames[digest], bytes, "buffer"));

/** What HKDF takes beside digest and secret (RFC 5869 §2.2, §2.3). */
export interface HkdfParameters {
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
  readonly lengthBytes: number;
}

/** HKDF (RFC 5869), extract and expand. `INVALID_ARGUMENT` unless `lengthBytes` is from 1 to 255 times the digest's length (§2.3). */
export const hkdf = (digest: Digest, secret: Uint8Array, { salt, info, lengthBytes }: HkdfParameters): OwnedBytes => {
  const limit = 255 * digestBytes[digest];
  if (!Number.isInteger(lengthBytes) || lengthBytes < 1 || lengthBytes > limit) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      `Cannot derive a key: its length is no whole number from 1 to ${limit} bytes. Ask for another length.`,
    );
  }
  return new Uint8Array(hkdfSync(digestNames[digest], secret, salt, info, lengthBytes));
};

/** A key of HMAC-SHA-256 that neither `inspect` nor JSON shows. */
export const macKey = (secret: Uint8Array): KeyObject => createSecretKey(secret);

/** HMAC-SHA-256 (FIPS 198-1), 32 bytes. */
export const hmacSha256 = (key: KeyObject, message: Uint8Array | string): OwnedBytes =>
  owned(createHmac("sha256", key).update(message).digest());

/** Whether two secrets, tags or MACs are the same, in time that depends on their lengths alone. */
export const equalSecrets = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

/** Bytes of the operating system's generator. Not injectable (`crypto-rules` 13). */
export const random = (lengthBytes: number): OwnedBytes => randomFillSync(new Uint8Array(lengthBytes));

const pool = new Uint8Array(4_096);
const poolText = Buffer.from(pool.buffer);
let poolAt = pool.length;

/** 128 random bits in lower-case hexadecimal, for names, correlations and nonces that are no secrets. */
export const randomId = (): string => {
  if (poolAt === pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  poolAt += 16;
  return poolText.toString("hex", poolAt - 16, poolAt);
};

/**
 * A public key that fits an algorithm, from SPKI DER; `verifyLocally` and `encryptOaep` take no other.
 * Checked: DER that encodes again to itself; type, curve and size exactly the algorithm's; points uncompressed and on
 * the curve; Ed25519 canonical and of large order; RSA modulus odd, exponent odd, at least 65,537 and below 2^256
 * (FIPS 186-5 §5.4). Not checked: that the modulus is a product of two primes.
 * `INVALID_ARGUMENT` for whatever fails, or has no public key here; `UNSUPPORTED` for ML-DSA and ML-KEM.
 */
export const publicKeyOf = (spki: Uint8Array, algorithm: Algorithm): KeyObject =>
  admit(readSpki(spki), algorithmRow(algorithm), spki);

/** A public key as OpenSSL reads it, whatever its type; `undefined` unless it encodes again to the same SPKI DER. */
export const readSpki = (spki: Uint8Array): KeyObject | undefined => {
  try {
    const key = createPublicKey({ key: nodeBytes(spki), format: "der", type: "spki" });
    return equalBytes(key.export({ format: "der", type: "spki" }), spki) ? key : undefined;
  } catch {
    return undefined; // Malformed, or of a type that this runtime does not know.
  }
};

/** The SPKI DER of a public JWK; `undefined` when it is malformed, off the curve or of an unknown type. */
export const spkiOfJwk = (jwk: Readonly<Record<string, string>>): OwnedBytes | undefined => {
  try {
    return owned(createPublicKey({ key: jwk, format: "jwk" }).export({ format: "der", type: "spki" }));
  } catch {
    return undefined; // OpenSSL's many reasons come to one answer.
  }
};

/**
 * Whether a signature of a message holds. Malformed signatures are wrong, never an error. ECDSA strict DER, either s;
 * PSS with a salt as long as the hash, and MGF1 with the same hash; PKCS #1 v1.5 compared as a whole (RFC 8017 §8.2.2);
 * both as long as the modulus.
 * `INVALID_ARGUMENT` for a key that `publicKeyOf` did not admit for this algorithm.
 */
export const verifyLocally = (
  row: AlgorithmRow,
  key: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
): boolean => {
  requireAdmitted(row, key);
  const digest = row.digest === undefined ? null : digestNames[row.digest];
  try {
    switch (row.family) {
      case "ecdsa":
      case "ed25519":
        return verify(digest, message, key, signature);
      case "rsa-pss":
        // RFC 8017 §8.1.2 step 1: OpenSSL itself takes a signature without its leading zero bytes.
        if (signature.length * 8 !== row.keyBits) return false;
        return verify(
          digest,
          message,
          { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
          signature,
        );
      case "rsa-pkcs1":
        return verify(digest, message, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
      default:
        return false;
    }
  } catch {
    return false; // OpenSSL throws for some malformed signatures.
  }
};

/**
 * RSA-OAEP (RFC 8017 §7.1) under an admitted public key: MGF1 with the same hash, empty label.
 * `TOO_LARGE` above k − 2h − 2 bytes; `INVALID_ARGUMENT` as `verifyLocally`.
 */
export const encryptOaep = (row: AlgorithmRow, key: KeyObject, plaintext: Uint8Array): OwnedBytes => {
  requireAdmitted(row, key);
  if (row.family !== "rsa-oaep" || row.digest === undefined) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      `Cannot encrypt by RSA-OAEP: the key is for ${row.algorithm}. Use a key made for it.`,
    );
  }
  const limit = row.maximumPlaintextBytes ?? 0;
  if (plaintext.length > limit) {
    throw new KmsError(
      "TOO_LARGE",
      `Cannot encrypt ${plaintext.length} bytes: ${row.algorithm} takes at most ${limit}. Encrypt a data key instead.`,
    );
  }
  return oaep(key, digestNames[row.digest], plaintext);
};

/**
 * Key material wrapped for a provider's import, under the RSA public key that it gave for that. `RSA-OAEP-SHA256`: OAEP
 * over the material. `RSA-AES-KWP-…`: a fresh AES-256 key under OAEP with that hash, followed by the material under AES-KWP
 * (RFC 5649) with it (PKCS #11 CKM_RSA_AES_KEY_WRAP).
 * `INVALID_ARGUMENT` unless `spki` is an RSA key of 2,048 to 8,192 bits; `TOO_LARGE` for material longer than OAEP takes.
 */
export const wrapForImport = (
  wrap: Exclude<ImportTicket["wrap"], "none">,
  spki: Uint8Array,
  material: Uint8Array,
): OwnedBytes => {
  const key = readSpki(spki);
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key?.asymmetricKeyType !== "rsa" || bits < 2_048 || bits > 8_192) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      "Cannot wrap key material: the provider's wrapping key is no RSA key of 2048 to 8192 bits. Ask for another import.",
    );
  }
  if (wrap === "RSA-OAEP-SHA256") {
    if (material.length > bits / 8 - 66) {
      throw new KmsError(
        "TOO_LARGE",
        `Cannot wrap ${material.length} bytes by RSA-OAEP under ${bits} bits. Ask for an import by RSA-AES-KWP.`,
      );
    }
    return oaep(key, "sha256", material);
  }
  const wrapping = random(32);
  try {
    const cipher = createCipheriv("id-aes256-wrap-pad", wrapping, Buffer.from("A65959A6", "hex"));
    return concatBytes(
      oaep(key, wrap === "RSA-AES-KWP-SHA1" ? "sha1" : "sha256", wrapping),
      cipher.update(material),
      cipher.final(),
    );
  } finally {
    wrapping.fill(0);
  }
};

const oaep = (key: KeyObject, oaepHash: string, plaintext: Uint8Array): OwnedBytes =>
  owned(publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, plaintext));

/** An Ed25519 private key from PKCS #8 (PEM text or DER), with its SPKI DER; `undefined` for anything else. */
export const readEd25519PrivateKey = (
  pkcs8: string | Uint8Array,
): { readonly key: KeyObject; readonly spki: OwnedBytes } | undefined => {
  try {
    const key = createPrivateKey(
      typeof pkcs8 === "string" ? pkcs8 : { key: nodeBytes(pkcs8), format: "der", type: "pkcs8" },
    );
    if (key.asymmetricKeyType !== "ed25519") return undefined;
    return { key, spki: owned(createPublicKey(key).export({ format: "der", type: "spki" })) };
  } catch {
    return undefined;
  }
};

/** A deterministic signature (RFC 8032 §5.1.6), 64 bytes. */
export const ed25519Sign = (key: KeyObject, message: Uint8Array): OwnedBytes => owned(sign(null, message, key));

/** Whether an Ed25519 signature holds under a key that `publicKeyOf` admitted. */
export const ed25519Verify = (key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean =>
  verifyLocally(algorithmRow("Ed25519"), key, message, signature);

// createPublicKey takes bytes as a Buffer alone in its types.
const nodeBytes = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

// What node:crypto answers is a Buffer, here and there cut from its common pool: answered is a plain array of its own.
const owned = (buffer: Buffer): OwnedBytes =>
  buffer.buffer instanceof ArrayBuffer && buffer.buffer.byteLength === buffer.length
    ? new Uint8Array(buffer.buffer)
    : new Uint8Array(buffer);
