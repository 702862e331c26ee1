import {
  applyRsaPrivateKey,
  applyRsaPublicKey,
  digest,
  equalBytes,
  type HashName,
  randomBytes,
  type KeyPair,
} from "./primitives.ts";

/** Signature schemes of RFC 8017. */
export type RsaScheme = "pss" | "pkcs1";

/**
 * RSA signatures over a digest made by the caller (RFC 8017 §8). `node:crypto` signs only what it hashes itself, so the
 * encoding of the digest is here and the modular arithmetic OpenSSL's. The salt of PSS is as long as the hash, and its
 * mask uses the same hash (provider facts, "Output encodings").
 */
export interface RsaHash {
  readonly scheme: RsaScheme;
  readonly hash: HashName;
}

/** DER of a DigestInfo up to the digest. Source: RFC 8017 §9.2, note 1. */
const DIGEST_INFO: Readonly<Partial<Record<HashName, string>>> = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
};

/** A signature as long as the modulus, whose size in bits the caller names. */
export function signRsa(pair: KeyPair, bits: number, { scheme, hash }: RsaHash, hashed: Uint8Array): Uint8Array {
  const block =
    scheme === "pss"
      ? encodePss(hash, hashed, { bits, salt: randomBytes(hashed.length) })
      : encodePkcs1(hash, hashed, bits);
  return applyRsaPrivateKey(pair, block);
}

/** Whether a signature over a digest is genuine. */
export function verifyRsa(
  pair: KeyPair,
  bits: number,
  { scheme, hash }: RsaHash,
  { hashed, signature }: { readonly hashed: Uint8Array; readonly signature: Uint8Array },
): boolean {
  const block = signature.length === bits / 8 ? applyRsaPublicKey(pair, signature) : undefined;
  if (block === undefined) return false;
  // Encoding is deterministic once the salt is known, so both schemes are verified by encoding again.
  if (scheme === "pkcs1") return equalBytes(block, encodePkcs1(hash, hashed, bits));
  return equalBytes(block, encodePss(hash, hashed, { bits, salt: saltOf(hash, block, hashed.length) }));
}

// EMSA-PKCS1-v1_5, RFC 8017 §9.2
function encodePkcs1(hash: HashName, hashed: Uint8Array, bits: number): Uint8Array {
  const info = Buffer.concat([Buffer.from(DIGEST_INFO[hash] ?? "", "hex"), hashed]);
  const padding = Buffer.alloc(bits / 8 - info.length - 3, 0xff);
  return Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), info]);
}

// EMSA-PSS, RFC 8017 §9.1.1; the modulus has a multiple of eight bits, so one bit at the top is cleared.
function encodePss(
  hash: HashName,
  hashed: Uint8Array,
  { bits, salt }: { readonly bits: number; readonly salt: Uint8Array },
): Uint8Array {
  const seed = digest(hash, Buffer.concat([Buffer.alloc(8), hashed, salt]));
  const length = bits / 8 - seed.length - 1;
  const data = Buffer.concat([Buffer.alloc(length - salt.length - 1), Buffer.from([1]), salt]);
  const masked = exclusiveOr(data, mask(hash, seed, length));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  return Buffer.concat([masked, seed, Buffer.from([0xbc])]);
}

// EMSA-PSS, RFC 8017 §9.1.2 steps 6 to 11: whatever else the block holds shows when it is encoded again.
function saltOf(hash: HashName, block: Uint8Array, saltLength: number): Uint8Array {
  const length = block.length - saltLength - 1;
  const seed = block.subarray(length, length + saltLength);
  return exclusiveOr(block.subarray(0, length), mask(hash, seed, length)).subarray(length - saltLength);
}

// MGF1, RFC 8017 appendix B.2.1
function mask(hash: HashName, seed: Uint8Array, length: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let counter = 0, made = 0; made < length; counter += 1) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    const part = digest(hash, Buffer.concat([seed, count]));
    parts.push(part);
    made += part.length;
  }
  return Buffer.concat(parts).subarray(0, length);
}

const exclusiveOr = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, at) => byte ^ (b[at] ?? 0));
