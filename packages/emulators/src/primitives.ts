import {
  constants,
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  publicEncrypt,
  randomBytes as nodeRandomBytes,
  randomUUID,
  sign,
  timingSafeEqual,
  verify,
} from "node:crypto";
import { promisify } from "node:util";

/** Hash functions of the emulated services, by the names that `node:crypto` gives them. */
export type HashName = "sha1" | "sha224" | "sha256" | "sha384" | "sha512";

/** `length` bytes from the system's generator. */
export const randomBytes = (length: number): Uint8Array => new Uint8Array(nodeRandomBytes(length));

/** A random RFC 9562 version 4 identifier, lower case with hyphens. */
export const randomIdentifier = (): string => randomUUID();

/** The digest of `bytes`. */
export const digest = (hash: HashName, bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHash(hash).update(bytes).digest());

/** HMAC (RFC 2104) of `bytes`, untruncated. */
export const hmac = (hash: HashName, key: Uint8Array, bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHmac(hash, key).update(bytes).digest());

/** Whether both are the same bytes; takes the same time wherever they differ, but tells apart lengths. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

/** The parts of an AES-GCM ciphertext: 12-byte nonce and 16-byte tag around the body. */
export interface SealedBytes {
  readonly nonce: Uint8Array;
  readonly body: Uint8Array;
  readonly tag: Uint8Array;
}

const gcm = (key: Uint8Array): "aes-128-gcm" | "aes-192-gcm" | "aes-256-gcm" => {
  if (key.length === 16) return "aes-128-gcm";
  return key.length === 24 ? "aes-192-gcm" : "aes-256-gcm";
};

/** AES-GCM (256 bits for a key of 32 bytes) under a fresh random nonce, with `associatedData` authenticated. */
export function sealAesGcm(key: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): SealedBytes {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(gcm(key), key, nonce, { authTagLength: 16 }).setAAD(associatedData);
  const body = new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final()]));
  return { nonce, body, tag: new Uint8Array(cipher.getAuthTag()) };
}

/** The plaintext, or `undefined` when the tag does not verify, whatever the cause. */
export function openAesGcm(key: Uint8Array, sealed: SealedBytes, associatedData: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv(gcm(key), key, sealed.nonce, { authTagLength: 16 });
  decipher.setAAD(associatedData).setAuthTag(sealed.tag);
  try {
    return new Uint8Array(Buffer.concat([decipher.update(sealed.body), decipher.final()]));
  } catch {
    return undefined; // `final` throws for one reason only: the tag did not verify
  }
}

/** AES key wrap: `plain` as in RFC 3394, for multiples of eight bytes; `padded` as in RFC 5649, for any length. */
export type KeyWrapping = "plain" | "padded";

const WRAPPING_IV: Readonly<Record<KeyWrapping, Uint8Array>> = {
  plain: Buffer.alloc(8, 0xa6), // RFC 3394 §2.2.3.1
  padded: Buffer.from("a65959a6", "hex"), // RFC 5649 §3
};
const wrapping = (kind: KeyWrapping, key: Uint8Array): string =>
  `id-aes${key.length * 8}-wrap${kind === "padded" ? "-pad" : ""}`;

/** Key material wrapped under an AES key. `plain` takes multiples of eight bytes, at least sixteen. */
export function wrapUnderAes(kind: KeyWrapping, key: Uint8Array, material: Uint8Array): Uint8Array {
  const cipher = createCipheriv(wrapping(kind, key), key, WRAPPING_IV[kind]);
  return new Uint8Array(Buffer.concat([cipher.update(material), cipher.final()]));
}

/** The material, or `undefined` when it was not wrapped so under this key. */
export function unwrapUnderAes(kind: KeyWrapping, key: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  // Plain key wrap of a wrong length answers an empty key without an error.
  if (wrapped.length % 8 !== 0 || wrapped.length < (kind === "plain" ? 24 : 16)) return undefined;
  try {
    const decipher = createDecipheriv(wrapping(kind, key), key, WRAPPING_IV[kind]);
    return new Uint8Array(Buffer.concat([decipher.update(wrapped), decipher.final()]));
  } catch {
    return undefined; // `update` and `final` alike throw when the integrity check fails
  }
}

/** Elliptic curves by the names that `node:crypto` gives them. */
export type CurveName = "prime256v1" | "secp384r1" | "secp521r1" | "secp256k1";

/** A fresh key pair: the private scalar, big-endian, and the public key as SubjectPublicKeyInfo DER (RFC 5480). */
export function generateEcKeyPair(namedCurve: CurveName): { scalar: Uint8Array; publicKey: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
  const { d } = privateKey.export({ format: "jwk" });
  if (d === undefined) throw new TypeError("the JWK of a private key on a named curve has a member d");
  return {
    scalar: new Uint8Array(Buffer.from(d, "base64url")),
    publicKey: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
  };
}

/** A uniform random scalar in [1, n−1], big-endian, as the curve's key generation draws it. */
export function randomScalar(curve: CurveName): Uint8Array {
  const ecdh = createECDH(curve);
  ecdh.generateKeys();
  return new Uint8Array(ecdh.getPrivateKey());
}

/** The x coordinate of scalar × base point, big-endian; `undefined` when the scalar is outside [1, n−1]. */
export function multiplyBasePoint(curve: CurveName, scalar: Uint8Array): Uint8Array | undefined {
  const ecdh = createECDH(curve);
  try {
    ecdh.setPrivateKey(scalar);
  } catch {
    return undefined; // OpenSSL refuses scalars outside the range, and nothing else
  }
  const point = ecdh.getPublicKey(); // 0x04 ‖ x ‖ y
  return new Uint8Array(point.subarray(1, (point.length + 1) / 2));
}

/**
 * The x coordinate of scalar × the peer's point, big-endian and as long as the field (SEC 1 §3.3.1). `undefined` unless
 * the peer's key is the SubjectPublicKeyInfo DER of a point on this very curve.
 */
export function agree(curve: CurveName, scalar: Uint8Array, peer: Uint8Array): Uint8Array | undefined {
  const ecdh = createECDH(curve);
  ecdh.setPrivateKey(scalar);
  try {
    const publicKey = createPublicKey({ key: Buffer.from(peer), format: "der", type: "spki" });
    const canonical = publicKey.export({ format: "der", type: "spki" });
    if (publicKey.asymmetricKeyDetails?.namedCurve !== curve || !equalBytes(canonical, peer)) return undefined;
    const point = canonical.subarray(-ecdh.getPublicKey().length); // 0x04 ‖ x ‖ y end the structure
    return new Uint8Array(ecdh.computeSecret(point));
  } catch {
    return undefined; // no public key, or a point that is not on the curve
  }
}

/** An asymmetric key pair: the private half in OpenSSL, the public one as SubjectPublicKeyInfo DER. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
}

const pairOf = (pair: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }): KeyPair => ({
  privateKey: pair.privateKey,
  publicKey: new Uint8Array(pair.publicKey.export({ type: "spki", format: "der" })),
});

/** A fresh RSA key pair with public exponent 65537, made off the event loop: 4096 bits can take seconds. */
export const generateRsaKeyPair = async (bits: number): Promise<KeyPair> =>
  pairOf(await promisify(generateKeyPair)("rsa", { modulusLength: bits, publicExponent: 0x10001 }));

/** The members of a private key as a JSON Web Key. */
export const privateJwk = ({ privateKey }: KeyPair): Readonly<Record<string, unknown>> =>
  privateKey.export({ format: "jwk" });

/** The key pair that the members of a private key are (RFC 7518 §6.3). */
export function importRsaKeyPair(members: Readonly<Record<string, string>>): KeyPair {
  const privateKey = createPrivateKey({ format: "jwk", key: members });
  return pairOf({ privateKey, publicKey: createPublicKey(privateKey) });
}

/** A fresh Ed25519 key pair (RFC 8032). */
export const generateEd25519KeyPair = (): KeyPair => pairOf(generateKeyPairSync("ed25519"));

const publicKeyOf = (spki: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });

/** The members of a public key as a JSON Web Key (RFC 7517); its curve as `node:crypto` names it there. */
export const publicJwk = (spki: Uint8Array): Readonly<Record<string, unknown>> =>
  publicKeyOf(spki).export({ format: "jwk" });

/** PKCS#8 PEM of a private key. */
export const privateKeyPem = ({ privateKey }: KeyPair): string =>
  String(privateKey.export({ type: "pkcs8", format: "pem" }));

/** An RSASSA-PKCS1-v1_5 signature with SHA-256 over a message, as certificates carry it (RFC 8017 §8.2). */
export const signRsaSha256 = ({ privateKey }: KeyPair, message: Uint8Array): Uint8Array =>
  new Uint8Array(sign("sha256", message, privateKey));

/** The 64-byte Ed25519 signature over a message (RFC 8032 §5.1.6). */
export const signEd25519 = ({ privateKey }: KeyPair, message: Uint8Array): Uint8Array =>
  new Uint8Array(sign(null, message, privateKey));

/** Whether an Ed25519 signature over a message is genuine. */
export const verifyEd25519 = ({ publicKey }: KeyPair, message: Uint8Array, signature: Uint8Array): boolean =>
  verify(null, message, publicKeyOf(publicKey), signature);

/** RSAES-OAEP (RFC 8017 §7.1), one hash for label and mask, empty label. */
export const encryptOaep = (hash: HashName, { publicKey }: KeyPair, plaintext: Uint8Array): Uint8Array =>
  new Uint8Array(
    publicEncrypt(
      { key: publicKeyOf(publicKey), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash },
      plaintext,
    ),
  );

/** The plaintext of RSAES-OAEP, or `undefined` for any ciphertext that is none. */
export function decryptOaep(hash: HashName, { privateKey }: KeyPair, body: Uint8Array): Uint8Array | undefined {
  // RFC 8017 §7.1.2 step 1: OpenSSL itself takes a shorter ciphertext as a smaller number.
  if (body.length !== (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8) return undefined;
  const options = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash };
  try {
    return new Uint8Array(privateDecrypt(options, body));
  } catch {
    return undefined; // one answer, whatever was wrong
  }
}

/** RSASP1 (RFC 8017 §5.2.1): the private operation over a block as long as the modulus. */
export const applyRsaPrivateKey = ({ privateKey }: KeyPair, block: Uint8Array): Uint8Array =>
  new Uint8Array(privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, block));

/** RSAVP1 (RFC 8017 §5.2.2); `undefined` for a signature of another length or not below the modulus. */
export function applyRsaPublicKey({ publicKey }: KeyPair, signature: Uint8Array): Uint8Array | undefined {
  try {
    return new Uint8Array(publicDecrypt({ key: publicKeyOf(publicKey), padding: constants.RSA_NO_PADDING }, signature));
  } catch {
    return undefined;
  }
}
