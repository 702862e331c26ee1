/** The only file of @kms/envelope that calls the functions of node:crypto (`crypto-rules` 12). */
import { Buffer } from "node:buffer";
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  createSign,
  createVerify,
  ECDH,
  generateKeyPairSync,
  hkdfSync,
  privateDecrypt,
  publicEncrypt,
  randomFillSync,
  timingSafeEqual,
  type CipherGCM,
  type CipherKey,
  type DecipherGCM,
  type KeyObject,
  type Sign,
  type Verify,
} from "node:crypto";
import type { Bytes, OwnedBytes } from "@kms/core";
import { owned } from "./bytes.ts";

/** Bytes of the operating system's generator, in memory of their own. Not injectable (`crypto-rules` 13). */
export const random = (lengthBytes: number): OwnedBytes => randomFillSync(new Uint8Array(lengthBytes));

const drawn: Buffer = Buffer.alloc(1_024);
let drawnAt = drawn.length;
const clock = new Float64Array(1);
const clockBytes = new Uint8Array(clock.buffer);

/**
 * Fills part of a buffer with 8 to 1,024 random bytes that are no secret and stand in one message alone: message ids and IVs. A
 * call of the generator costs more than the bytes, so 1,024 are asked for at a time, and overwritten as they are handed
 * out. The monotonic clock is exclusive-ored into the first eight: a machine that was cloned with bytes in waiting does not repeat
 * them. Never for keys: those come one by one (`random`).
 */
export function fillPublicRandom(bytes: Buffer, at: number, lengthBytes: number): void {
  if (drawnAt + lengthBytes > drawn.length) {
    randomFillSync(drawn);
    drawnAt = 0;
  }
  drawn.copy(bytes, at, drawnAt, drawnAt + lengthBytes);
  drawn.fill(0, drawnAt, drawnAt + lengthBytes);
  drawnAt += lengthBytes;
  clock[0] = performance.now();
  for (let index = 0; index < 8; index += 1) {
    bytes[at + index] = (bytes[at + index] ?? 0) ^ (clockBytes[index] ?? 0);
  }
}

/** HMAC-SHA-512 (FIPS 198-1). */
export const hmacSha512 = (key: Bytes, message: Bytes): Buffer => createHmac("sha512", key).update(message).digest();

/** HKDF (RFC 5869) with an empty salt, which equals a salt of zeros as long as the digest (§2.2). */
export const hkdf = (digest: "sha256" | "sha384", secret: Bytes, info: Bytes, lengthBytes: number): Buffer =>
  Buffer.from(hkdfSync(digest, secret, noBytes, info, lengthBytes));

const noBytes = new Uint8Array(0);

/** Whether two secrets are the same, in time that depends on their lengths alone. */
export const equalSecrets = (a: Bytes, b: Bytes): boolean => a.length === b.length && timingSafeEqual(a, b);

// Node accepts tags of 4 bytes unless told (`crypto-rules` 12).
const tag16 = { authTagLength: 16 } as const;

/** AES-GCM with a 12-byte IV and a 16-byte tag (SP 800-38D), sealing. `keyBytes`: 16, 24 or 32. */
export function gcmCipher(keyBytes: number, key: CipherKey, iv: Bytes, aad: Bytes): CipherGCM {
  const cipher = createCipheriv(gcmName(keyBytes), key, iv, tag16);
  cipher.setAAD(aad);
  return cipher;
}

/** The same, opening: nothing that `update` answers is authentic before `final` with the tag set. */
export function gcmDecipher(keyBytes: number, key: CipherKey, iv: Bytes, aad: Bytes): DecipherGCM {
  const decipher = createDecipheriv(gcmName(keyBytes), key, iv, tag16);
  decipher.setAAD(aad);
  return decipher;
}

const gcmName = (keyBytes: number): "aes-128-gcm" | "aes-192-gcm" | "aes-256-gcm" =>
  keyBytes === 32 ? "aes-256-gcm" : keyBytes === 24 ? "aes-192-gcm" : "aes-128-gcm";

/** A secret that neither `inspect` nor JSON shows. */
export const secretKey = (bytes: Bytes): KeyObject => createSecretKey(bytes);

const curves = { "P-256": "prime256v1", "P-384": "secp384r1" } as const;
const digests = { "P-256": "sha256", "P-384": "sha384" } as const;
// SEC 1 §2.3.3: 02 or 03, then the coordinate.
const pointBytes = { "P-256": 33, "P-384": 49 } as const;
// SubjectPublicKeyInfo of an uncompressed point (RFC 5480 §2), up to the point.
const spkiPrefix = {
  "P-256": Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"),
  "P-384": Buffer.from("3076301006072a8648ce3d020106052b81040022036200", "hex"),
} as const;

/** The curve of a signed suite; its digest goes with it. */
export type SigningCurve = keyof typeof curves;

/** A fresh ECDSA pair, with the public point compressed (SEC 1 §2.3.3). */
export function signingKey(curve: SigningCurve): { readonly privateKey: KeyObject; readonly point: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: curves[curve] });
  const spki = publicKey.export({ format: "der", type: "spki" });
  const uncompressed = spki.subarray(spkiPrefix[curve].length);
  const point = ECDH.convertKey(uncompressed, curves[curve], undefined, undefined, "compressed");
  return { privateKey, point: Buffer.from(point as Buffer) };
}

/** A verification key from a compressed point; `undefined` for another form, another length or a point off the curve. */
export function verificationKey(curve: SigningCurve, point: Bytes): KeyObject | undefined {
  if (point.length !== pointBytes[curve] || (point[0] !== 2 && point[0] !== 3)) return undefined;
  try {
    const uncompressed = ECDH.convertKey(point, curves[curve], undefined, undefined, "uncompressed") as Buffer;
    const spki = Buffer.concat([spkiPrefix[curve], uncompressed]);
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    return undefined; // No point has that coordinate.
  }
}

/** Signs a message given in parts: ECDSA, DER. */
export const signer = (curve: SigningCurve): Sign => createSign(digests[curve]);
/** Verifies a message given in parts. */
export const verifier = (curve: SigningCurve): Verify => createVerify(digests[curve]);

/** The most that `node:crypto` is given at a time: it takes no more than 2^31 − 1 bytes. */
export const mostAtOnce: number = 2 ** 30;

/** Gives a signer or verifier more of the message, in slices that it takes. */
export function updateWith(digest: Pick<Sign | Verify, "update">, part: Bytes): void {
  for (let from = 0; from < part.length; from += mostAtOnce) digest.update(part.subarray(from, from + mostAtOnce));
}

/** Whether the signature of what a verifier was given holds; a malformed one is wrong, not an error. */
export function verifies(verify: Verify, key: KeyObject, signature: Bytes): boolean {
  try {
    return verify.verify(key, signature);
  } catch {
    return false; // OpenSSL throws for some malformed signatures.
  }
}

/** How a raw RSA keyring pads: PKCS #1 v1.5, or OAEP with MGF1 over the same hash and an empty label (RFC 8017 §7). */
export type RsaPadding = "pkcs1" | "oaep-sha1" | "oaep-sha256" | "oaep-sha384" | "oaep-sha512";

const paddingOf = (padding: RsaPadding): { readonly padding: number; readonly oaepHash?: string } =>
  padding === "pkcs1"
    ? { padding: constants.RSA_PKCS1_PADDING }
    : { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: padding.slice("oaep-".length) };

/** RSA encryption (RFC 8017 §7). */
export const rsaEncrypt = (key: KeyObject, padding: RsaPadding, plaintext: Bytes): OwnedBytes =>
  new Uint8Array(publicEncrypt({ key, ...paddingOf(padding) }, plaintext));

/** RSA decryption; `undefined` when the ciphertext is not as long as the modulus or its padding does not hold. */
export function rsaDecrypt(key: KeyObject, padding: RsaPadding, ciphertext: Bytes): OwnedBytes | undefined {
  // RFC 8017 §7.1.2 step 1: OpenSSL itself takes a shorter ciphertext as a smaller number.
  if (ciphertext.length !== Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)) return undefined;
  try {
    return owned(privateDecrypt({ key, ...paddingOf(padding) }, ciphertext));
  } catch {
    return undefined; // OpenSSL's reasons come to one answer.
  }
}

/** Whether this runtime decrypts by RSA PKCS #1 v1.5: those whose OpenSSL lacks implicit rejection refuse it. */
export function decryptsPkcs1(key: KeyObject): boolean {
  try {
    privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.alloc(1));
    return true;
  } catch (error) {
    return (error as { readonly code?: unknown }).code !== "ERR_INVALID_ARG_VALUE";
  }
}

/** An RSA key from PEM text, SPKI or PKCS #8 DER, which is not copied; `undefined` for anything else. */
export function readRsaKey(kind: "public" | "private", encoded: string | Buffer): KeyObject | undefined {
  try {
    const key =
      kind === "private"
        ? createPrivateKey(typeof encoded === "string" ? encoded : { key: encoded, format: "der", type: "pkcs8" })
        : createPublicKey(typeof encoded === "string" ? encoded : { key: encoded, format: "der", type: "spki" });
    return key.asymmetricKeyType === "rsa" ? key : undefined;
  } catch {
    return undefined;
  }
}

/** The public half of a private key. */
export const publicHalf = (key: KeyObject): KeyObject => createPublicKey(key);
