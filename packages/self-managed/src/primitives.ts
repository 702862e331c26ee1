/** The one module of this package that calls `node:crypto` (`design` §2). Every choice of padding, salt and tag stands here. */
import {
  checkPrime,
  constants,
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPair,
  hash,
  pbkdf2,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  randomFillSync,
  scrypt,
  sign,
  timingSafeEqual,
  verify,
  type KeyObject,
} from "node:crypto";
import { promisify } from "node:util";
import { inconsistentPair } from "./errors.ts";
import { digestBytes, type CurveName, type HashName, type Recipe } from "./algorithms.ts";

export type { KeyObject } from "node:crypto";

type RsaRecipe = Extract<Recipe, { readonly modulusBits: number }>;

const generatePair = promisify(generateKeyPair);
const zeroIv = new Uint8Array(12);
// RFC 5649 §3: the alternative initial value's constant half.
const wrapIv = Uint8Array.of(0xa6, 0x59, 0x59, 0xa6);
const tagBytes = 16;

/** What generation answers: a secret as it is stored (raw, or PKCS#8 DER), and the SPKI (DER) of a pair. */
export interface GeneratedMaterial {
  readonly material: Uint8Array;
  readonly publicKey: Uint8Array | undefined;
}

/** Fills bytes from the platform's generator. */
export const fillRandom = (bytes: Uint8Array): void => void randomFillSync(bytes);

/** Bytes of the platform's generator, in memory of their own. */
export const random = (lengthBytes: number): Uint8Array => randomBytes(lengthBytes);

/** Are both the same bytes? Takes as long wherever they differ; only the length shows. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

/** HMAC (RFC 2104) over one message. */
export const hmac = (hash: HashName, secret: KeyObject, message: Uint8Array): Uint8Array =>
  createHmac(hash, secret).update(message).digest();

/** HMAC-SHA-512 over three parts in a row: 64 bytes. */
export const hmacOfParts = (secret: KeyObject, label: Uint8Array, salt: Uint8Array, rest: Uint8Array): Uint8Array =>
  createHmac("sha512", secret).update(label).update(salt).update(rest).digest();

/** SHA-256: 32 bytes. */
export const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

/** A key object over a copy of the bytes, for keys that only HMAC and HKDF use. */
export const secretOf = (bytes: Uint8Array): KeyObject => createSecretKey(bytes);

/**
 * HKDF-SHA-512 (RFC 5869), extract and expand: 32 or 64 bytes, in memory of their own. `info` names the use. Of one block
 * that is two HMACs, which take half as long as `hkdfSync`.
 */
export function deriveBytes(
  secret: KeyObject,
  salt: Uint8Array,
  info: string,
  lengthBytes: 32 | 64,
): Uint8Array<ArrayBuffer> {
  const input = secret.export();
  const extracted = createHmac("sha512", salt).update(input).digest();
  input.fill(0);
  const block = createHmac("sha512", extracted).update(info).update(firstBlock).digest();
  extracted.fill(0);
  const derived = new Uint8Array(block.subarray(0, lengthBytes));
  block.fill(0);
  return derived;
}

// RFC 5869 §2.3: the number of the block, after the info.
const firstBlock = Uint8Array.of(1);

/** What scrypt (RFC 7914) runs with: N, r and p, and a salt. */
export interface ScryptParameters {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
  readonly salt: Uint8Array;
}

// OpenSSL counts its own blocks beside 128·r·(N + p + 2): at exactly 128·r·N it refuses (`crypto-rules` 19).
const scryptSlackBytes = 1_048_576;

/** 32 bytes of scrypt, computed on a thread of its own. Takes 128·N·r bytes of memory: bounding N, r and p is the caller's. */
export const stretch = (secret: Uint8Array, parameters: ScryptParameters): Promise<Uint8Array> => {
  const { cost, blockSize, parallelization, salt } = parameters;
  const maxmem = 128 * blockSize * (cost + parallelization + 2) + scryptSlackBytes;
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, { cost, blockSize, parallelization, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
};

/** AES-256-GCM under a key that is used for this one message, as `sealOnce`: ciphertext ‖ tag (16) in new memory. */
export function sealBound(key: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array<ArrayBuffer> {
  const cipher = createCipheriv("aes-256-gcm", key, zeroIv, { authTagLength: tagBytes }).setAAD(associated);
  const sealed = new Uint8Array(plaintext.length + tagBytes);
  sealed.set(cipher.update(plaintext));
  cipher.final();
  sealed.set(cipher.getAuthTag(), plaintext.length);
  return sealed;
}

/** Opens what `sealBound` made, of 16 bytes or more: the plaintext in memory of its own, undefined when the tag is wrong. */
export function openBound(key: Uint8Array, sealed: Uint8Array, associated: Uint8Array): Uint8Array | undefined {
  const tagAt = sealed.length - tagBytes;
  const decipher = createDecipheriv("aes-256-gcm", key, zeroIv, { authTagLength: tagBytes })
    .setAuthTag(sealed.subarray(tagAt))
    .setAAD(associated);
  const opened = decipher.update(sealed.subarray(0, tagAt));
  // Not a Buffer, whose slice() is a view: whoever copies what is overwritten later gets a copy.
  const plaintext = new Uint8Array(opened.buffer, opened.byteOffset, opened.length);
  try {
    decipher.final();
    return plaintext;
  } catch {
    // As in `openOnce`: a wrong tag, and nothing of the plaintext is released.
    plaintext.fill(0);
    return undefined;
  }
}

/**
 * AES-256-GCM under a key that is used for this one message, hence a zero nonce. Writes ciphertext and 16-byte tag into
 * `out` from `offset` on.
 */
export function sealOnce(key: Uint8Array, plaintext: Uint8Array, out: Uint8Array, offset: number): void {
  const cipher = createCipheriv("aes-256-gcm", key, zeroIv, { authTagLength: tagBytes });
  out.set(cipher.update(plaintext), offset);
  cipher.final();
  out.set(cipher.getAuthTag(), offset + plaintext.length);
}

/** Opens what `sealOnce` wrote: the plaintext in memory of its own, undefined when the tag is wrong. */
export function openOnce(key: Uint8Array, ciphertext: Uint8Array, tag: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, zeroIv, { authTagLength: tagBytes }).setAuthTag(tag);
  const plaintext = decipher.update(ciphertext);
  try {
    decipher.final();
    return plaintext;
  } catch {
    // The only failure that final() knows is a wrong tag: what was decrypted so far is not released.
    plaintext.fill(0);
    return undefined;
  }
}

/** AES-256-KWP (RFC 5649). `material` has 1 byte or more. */
export const wrapPadded = (secret: KeyObject, material: Uint8Array): Uint8Array =>
  createCipheriv("id-aes256-wrap-pad", secret, wrapIv).update(material);

/** Opens AES-256-KWP; undefined for whatever is wrong: OpenSSL throws out of `update` as well as `final`. */
export function unwrapPadded(secret: KeyObject, wrapped: Uint8Array): Uint8Array | undefined {
  if (wrapped.length < 16 || wrapped.length % 8 !== 0) return undefined;
  try {
    const decipher = createDecipheriv("id-aes256-wrap-pad", secret, wrapIv);
    const material = decipher.update(wrapped);
    decipher.final();
    return material.length === 0 ? undefined : material;
  } catch {
    return undefined;
  }
}

/** RSAES-OAEP with MGF1 over the same hash and an empty label; undefined for whatever is wrong in the ciphertext. */
export function decryptOaep(secret: KeyObject, recipe: RsaRecipe, ciphertext: Uint8Array): Uint8Array | undefined {
  // RFC 8017 §7.1.2 step 1: OpenSSL itself takes a shorter ciphertext as a smaller number.
  if (ciphertext.length !== recipe.modulusBits / 8) return undefined;
  try {
    return privateDecrypt(
      { key: secret, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: recipe.hash },
      ciphertext,
    );
  } catch {
    return undefined;
  }
}

/** Signs a message: ECDSA in DER, Ed25519 64 bytes, RSA as long as the modulus; PSS with a salt as long as the digest. */
export function signMessage(recipe: Recipe, secret: KeyObject, message: Uint8Array): Uint8Array {
  switch (recipe.kind) {
    case "eddsa":
      return sign(null, message, secret);
    case "ecdsa":
      return recipe.curve === "secp256k1" ? signLow(secret, message) : sign(recipe.hash, message, secret);
    case "pss":
      return sign(recipe.hash, message, pss(secret, recipe.hash));
    case "pkcs1":
      return sign(recipe.hash, message, secret);
    default:
      throw new TypeError(`Keys for ${recipe.kind} do not sign.`);
  }
}

const pss = (key: KeyObject, hash: HashName): { key: KeyObject; padding: number; saltLength: number } => ({
  key,
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: digestBytes[hash],
});

// Half the order of secp256k1 (SEC 2 §2.4.1), rounded down: signatures of ours have s at most this (`crypto-rules` 12).
const halfOrder = Buffer.from("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", "hex");

/** Signs until s is in the lower half: two attempts on average, and no arithmetic on signatures. */
function signLow(secret: KeyObject, message: Uint8Array): Uint8Array {
  for (;;) {
    const der = sign("sha256", message, secret);
    // SEQUENCE { INTEGER r, INTEGER s }, one-byte lengths throughout: s is all that follows its length byte.
    const s = der.subarray(4 + der.readUInt8(3) + 2);
    if (s.length < 32 || (s.length === 32 && s.compare(halfOrder) <= 0)) return der;
  }
}

// RFC 5480 §2: named curve, uncompressed point. Explicit parameters and compressed points have other lengths.
const spkiBytes: Readonly<Record<CurveName, number>> = {
  prime256v1: 91,
  secp384r1: 120,
  secp521r1: 158,
  secp256k1: 88,
};
const pointAt: Readonly<Record<CurveName, number>> = { prime256v1: 26, secp384r1: 23, secp521r1: 25, secp256k1: 23 };
const uncompressed = 4;

/** Raw ECDH (SP 800-56A §5.7.1.2): the x coordinate; undefined unless the peer's SPKI is a point on this very curve. */
export function agree(secret: KeyObject, curve: CurveName, peerSpki: Uint8Array): Uint8Array | undefined {
  // A hybrid point (6, 7) is as long as an uncompressed one, and OpenSSL takes it.
  if (peerSpki.length !== spkiBytes[curve] || peerSpki[pointAt[curve]] !== uncompressed) return undefined;
  const peer = readSpki(peerSpki);
  if (peer?.asymmetricKeyType !== "ec" || peer.asymmetricKeyDetails?.namedCurve !== curve) return undefined;
  // OpenSSL overlooks unused bits and the like: what is read must be what was written.
  if (!peer.export({ type: "spki", format: "der" }).equals(peerSpki)) return undefined;
  return diffieHellman({ privateKey: secret, publicKey: peer });
}

function readSpki(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({
      key: Buffer.from(spki.buffer, spki.byteOffset, spki.length),
      format: "der",
      type: "spki",
    });
  } catch {
    // OpenSSL answers malformed DER, unknown curves and points off the curve alike.
    return undefined;
  }
}

/** The key object of stored material: raw bytes of a symmetric key, PKCS#8 of a private one. */
export function loadSecret(recipe: Recipe, material: Uint8Array): KeyObject {
  if (recipe.kind === "aead" || recipe.kind === "key-wrap" || recipe.kind === "mac") return createSecretKey(material);
  const key = Buffer.from(material.buffer, material.byteOffset, material.length);
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

/** Fresh material. A pair is used once against itself before it is answered (`requirements` 38). RSA: e = 65537. */
export async function generateMaterial(recipe: Recipe): Promise<GeneratedMaterial> {
  if (recipe.kind === "aead" || recipe.kind === "key-wrap") return { material: random(32), publicKey: undefined };
  if (recipe.kind === "mac") return { material: random(recipe.lengthBytes), publicKey: undefined };
  const { privateKey, publicKey } = await generate(recipe);
  if (!isConsistent(recipe, privateKey, publicKey)) {
    throw inconsistentPair();
  }
  return {
    material: privateKey.export({ type: "pkcs8", format: "der" }),
    publicKey: publicKey.export({ type: "spki", format: "der" }),
  };
}

type PairRecipe = Exclude<Recipe, { readonly kind: "aead" | "key-wrap" | "mac" }>;

function generate(recipe: PairRecipe): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  if (recipe.kind === "eddsa") return generatePair("ed25519");
  if (recipe.kind === "ecdsa" || recipe.kind === "ecdh") return generatePair("ec", { namedCurve: recipe.curve });
  return generatePair("rsa", { modulusLength: recipe.modulusBits, publicExponent: 0x10001 });
}

const probe = Buffer.from("kms pairwise consistency test");

/** SP 800-56A §5.6.2.1.4, SP 800-56B §6.4.1.1, FIPS 186-5 §A.2: does one half undo what the other does? */
export function isConsistent(recipe: PairRecipe, privateKey: KeyObject, publicKey: KeyObject): boolean {
  switch (recipe.kind) {
    case "ecdh":
      return agreesBothWays(recipe.curve, privateKey, publicKey);
    case "oaep": {
      const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: recipe.hash };
      const opened = decryptOaep(privateKey, recipe, publicEncrypt({ key: publicKey, ...padding }, probe));
      return opened !== undefined && equalBytes(opened, probe);
    }
    case "eddsa":
      return verify(null, probe, publicKey, signMessage(recipe, privateKey, probe));
    case "pss":
      return verify(recipe.hash, probe, pss(publicKey, recipe.hash), signMessage(recipe, privateKey, probe));
    default:
      return verify(recipe.hash, probe, publicKey, signMessage(recipe, privateKey, probe));
  }
}

/** SP 800-56A §5.6.2.1.4: does an agreement with a fresh pair come out the same from either end? */
function agreesBothWays(curve: CurveName, privateKey: KeyObject, publicKey: KeyObject): boolean {
  const fresh = createECDH(curve);
  const point = fresh.generateKeys();
  const spki = publicKey.export({ type: "spki", format: "der" });
  const ours = spki.subarray(pointAt[curve]);
  const peer = readSpki(Buffer.concat([spki.subarray(0, pointAt[curve]), point]));
  if (peer === undefined) return false;
  return equalBytes(diffieHellman({ privateKey, publicKey: peer }), fresh.computeSecret(ours));
}

/** The public half (SPKI, DER) of a private key, as OpenSSL holds it. */
export const publicHalf = (secret: KeyObject): Uint8Array =>
  createPublicKey(secret).export({ type: "spki", format: "der" });

/** The key object of a private key in PKCS#8 (DER); undefined for whatever OpenSSL does not read. It overlooks much: see `admitPrivateKey`. */
export function loadPrivate(pkcs8: Uint8Array): KeyObject | undefined {
  const key = Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.length);
  try {
    return createPrivateKey({ key, format: "der", type: "pkcs8" });
  } catch {
    return undefined;
  }
}

/** Does the public half (SPKI, DER) undo what the private half does? False where it cannot even be read. */
export function isPair(recipe: PairRecipe, secret: KeyObject, spki: Uint8Array): boolean {
  const publicKey = readSpki(spki);
  return publicKey !== undefined && isConsistent(recipe, secret, publicKey);
}

/** The uncompressed point of a scalar; undefined unless that is from 1 to the order less 1, which OpenSSL does not ask when it reads PKCS#8. */
export function pointOf(curve: CurveName, scalar: Uint8Array): Uint8Array | undefined {
  try {
    const pair = createECDH(curve);
    pair.setPrivateKey(scalar);
    return pair.getPublicKey();
  } catch {
    // Nothing but an invalid scalar is refused here: the curve comes from a table.
    return undefined;
  }
}

/** Is a big-endian number prime? Wrong for a composite with probability below 2^-128 (FIPS 186-5 §B.3); on a thread of its own. */
export const isPrime = (digits: Uint8Array): Promise<boolean> =>
  new Promise((resolve, reject) => {
    // Its callback gets undefined, not null, where nothing failed.
    checkPrime(Uint8Array.from(digits), { checks: 64 }, (error, result) => (error ? reject(error) : resolve(result)));
  });

/** PKCS#8 (DER) of a private key in PEM under traditional encryption; undefined for a wrong passphrase and whatever else is wrong. */
export function openLegacyKey(pem: string, passphrase: Uint8Array): Uint8Array | undefined {
  const secret = Buffer.from(passphrase.buffer, passphrase.byteOffset, passphrase.length);
  try {
    return createPrivateKey({ key: pem, format: "pem", passphrase: secret }).export({ type: "pkcs8", format: "der" });
  } catch {
    return undefined;
  }
}

/** SHA-1: for PKCS#12's derivation alone, which has nothing else. */
export const sha1 = (bytes: Uint8Array): Uint8Array => hash("sha1", bytes, "buffer");

/** PBKDF2 (RFC 8018 §5.2), computed on a thread of its own. Bounding the iterations is the caller's. */
export const stretchByPbkdf2 = (
  passphrase: Uint8Array,
  salt: Uint8Array,
  {
    iterations,
    hash,
    lengthBytes,
  }: { readonly iterations: number; readonly hash: string; readonly lengthBytes: number },
): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    pbkdf2(passphrase, salt, iterations, lengthBytes, hash, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });

/** The ciphers in which other tools encrypt private keys (PBES2), by their `node:crypto` names. */
export type CbcCipher = "aes-128-cbc" | "aes-192-cbc" | "aes-256-cbc" | "des-ede3-cbc";

/** CBC with PKCS#7 padding: for PBES2 alone, which has no authentication. */
export function encryptCbc(cipher: CbcCipher, key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const encrypting = createCipheriv(cipher, key, iv);
  return Buffer.concat([encrypting.update(plaintext), encrypting.final()]);
}

/** Opens `encryptCbc`, in memory of its own; undefined for wrong padding. Right padding proves nothing. */
export function decryptCbc(
  cipher: CbcCipher,
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array | undefined {
  const decrypting = createDecipheriv(cipher, key, iv);
  const first = decrypting.update(ciphertext);
  try {
    const last = decrypting.final();
    const plaintext = new Uint8Array(first.length + last.length);
    plaintext.set(first);
    plaintext.set(last, first.length);
    last.fill(0);
    return plaintext;
  } catch {
    // A wrong padding or length: the same answer, since both come of a wrong passphrase too.
    return undefined;
  } finally {
    first.fill(0);
  }
}

/**
 * HMAC by its definition (RFC 2104 §2), over nothing but a hash: the reference that material is tried against. It shares
 * neither a key object nor OpenSSL's HMAC with what the engine uses. The key is no longer than the hash's block.
 */
export function hmacByDefinition(hash: HashName, key: Uint8Array, message: Uint8Array): Uint8Array {
  const blockBytes = hash === "sha256" ? 64 : 128;
  const pad = (value: number): Uint8Array => Uint8Array.from({ length: blockBytes }, (_, at) => (key[at] ?? 0) ^ value);
  const inner = createHash(hash).update(pad(0x36)).update(message).digest();
  return createHash(hash).update(pad(0x5c)).update(inner).digest();
}

/** AES-256 in counter mode from a first counter block on: what lies under GCM (SP 800-38D §7.2), for the reference. */
export const aesCounter = (key: Uint8Array, counter: Uint8Array, bytes: Uint8Array): Uint8Array =>
  createCipheriv("aes-256-ctr", key, counter).update(bytes);

/** AES-256 of one block: what lies under KWP of up to 8 bytes (RFC 5649 §4.1), for the reference. */
export const aesBlock = (key: Uint8Array, block: Uint8Array): Uint8Array =>
  createCipheriv("aes-256-ecb", key, null).setAutoPadding(false).update(block);
