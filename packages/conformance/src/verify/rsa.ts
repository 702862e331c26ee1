import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { concat, random } from "../bytes.ts";
import { fromBigInt, toBigInt } from "./der.ts";
import type { ParsedPublicKey } from "./spki.ts";

/** An RSA public key. */
export type RsaPublicKey = Extract<ParsedPublicKey, { readonly type: "RSA" }>;
/** The digests that RSA algorithms of the contract use. */
export type RsaDigest = "SHA256" | "SHA512";

const digests = { SHA256: sha256, SHA512: sha512 } as const;
// RFC 8017 §9.2 note 1: the DER in front of the digest.
const digestInfo: Readonly<Record<RsaDigest, Uint8Array>> = {
  SHA256: Uint8Array.from([0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20]),
  SHA512: Uint8Array.from([0x30, 0x51, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 0x40]),
};

/** RSASSA-PKCS1-v1_5 verification by comparison of the whole encoding (RFC 8017 §8.2.2). */
export function verifyPkcs1(key: RsaPublicKey, digest: RsaDigest, message: Uint8Array, signature: Uint8Array): boolean {
  const encoded = openSignature(key, signature);
  if (encoded === undefined) return false;
  const tail = concat(digestInfo[digest], digests[digest](message));
  const padding = new Uint8Array(encoded.length - tail.length - 3).fill(0xff);
  return toBigInt(concat(Uint8Array.of(0, 1), padding, Uint8Array.of(0), tail)) === toBigInt(encoded);
}

/** RSASSA-PSS verification (RFC 8017 §8.1.2) with MGF1 of the same digest and a salt exactly as long as the digest. */
export function verifyPss(key: RsaPublicKey, digest: RsaDigest, message: Uint8Array, signature: Uint8Array): boolean {
  const encoded = openSignature(key, signature);
  if (encoded === undefined) return false;
  const hash = digests[digest];
  const size = hash.outputLen;
  const unusedBits = encoded.length * 8 - (bitLength(key.modulus) - 1);
  const maskLength = encoded.length - size - 1;
  const seed = encoded.subarray(maskLength, -1);
  if (encoded.at(-1) !== 0xbc || (encoded[0] ?? 0) >> (8 - unusedBits) !== 0) return false;
  const block = xor(encoded.subarray(0, maskLength), maskOf(seed, maskLength, digest));
  block[0] = (block[0] ?? 0) & (0xff >> unusedBits);
  const zeros = block.subarray(0, maskLength - size - 1);
  const salt = block.subarray(maskLength - size);
  if (!zeros.every((byte) => byte === 0) || block[zeros.length] !== 1) return false;
  return toBigInt(hash(concat(new Uint8Array(8), hash(message), salt))) === toBigInt(seed);
}

/** RSAES-OAEP encryption (RFC 8017 §7.1.1) with MGF1 of the same digest and an empty label. */
export function encryptOaep(key: RsaPublicKey, digest: RsaDigest, plaintext: Uint8Array): Uint8Array<ArrayBuffer> {
  const hash = digests[digest];
  const length = byteLength(key);
  const padding = new Uint8Array(length - plaintext.length - 2 * hash.outputLen - 2);
  const block = concat(hash(new Uint8Array()), padding, Uint8Array.of(1), plaintext);
  const seed = random(hash.outputLen);
  const maskedBlock = xor(block, maskOf(seed, block.length, digest));
  const maskedSeed = xor(seed, maskOf(maskedBlock, seed.length, digest));
  return fromBigInt(power(toBigInt(concat(maskedSeed, maskedBlock)), key.exponent, key.modulus), length);
}

/** The size of an RSA modulus in bits. */
export const bitLength = (modulus: bigint): number => modulus.toString(2).length;

const byteLength = (key: RsaPublicKey): number => Math.ceil(bitLength(key.modulus) / 8);

function openSignature(key: RsaPublicKey, signature: Uint8Array): Uint8Array | undefined {
  const value = toBigInt(signature);
  if (signature.length !== byteLength(key) || value >= key.modulus) return undefined;
  return fromBigInt(power(value, key.exponent, key.modulus), byteLength(key));
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function maskOf(seed: Uint8Array, length: number, digest: RsaDigest): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let counter = 0; blocks.length * digests[digest].outputLen < length; counter += 1) {
    blocks.push(digests[digest](concat(seed, fromBigInt(BigInt(counter), 4))));
  }
  return concat(...blocks).subarray(0, length);
}

const xor = (left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(left, (byte, index) => byte ^ (right[index] ?? 0));
