/** RSA by the text of RFC 8017, in BigInt and @noble/hashes: it shares no library with the driver. For tests only: not constant time. */
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { createPublicKey } from "node:crypto";

type Hash = "sha256" | "sha512";
const digest = (hash: Hash, message: Uint8Array): Uint8Array => (hash === "sha256" ? sha256(message) : sha512(message));
const digestInfo: Readonly<Record<Hash, string>> = {
  sha256: "3031300d060960864801650304020105000420",
  sha512: "3051300d060960864801650304020305000440",
};

interface PublicKey {
  readonly n: bigint;
  readonly e: bigint;
  readonly sizeBytes: number;
}

/** Modulus and exponent of an SPKI. */
export function readRsa(spki: Uint8Array): PublicKey {
  const jwk = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" }).export({ format: "jwk" });
  const n = Buffer.from(jwk.n ?? "", "base64url");
  return { n: toNumber(n), e: toNumber(Buffer.from(jwk.e ?? "", "base64url")), sizeBytes: n.length };
}

const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x0${Buffer.from(bytes).toString("hex")}`);
const toBytes = (value: bigint, length: number): Uint8Array =>
  Uint8Array.from(Buffer.from(value.toString(16).padStart(length * 2, "0"), "hex"));

function power({ n, e }: PublicKey, value: bigint): bigint {
  let result = 1n;
  let base = value % n;
  for (let exponent = e; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % n;
    base = (base * base) % n;
  }
  return result;
}

function mask(hash: Hash, seed: Uint8Array, length: number): Uint8Array {
  const out: number[] = [];
  for (let counter = 0; out.length < length; counter += 1) {
    out.push(...digest(hash, Uint8Array.of(...seed, ...toBytes(BigInt(counter), 4))));
  }
  return Uint8Array.from(out.slice(0, length));
}

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, index) => byte ^ (b[index] ?? 0));

const recovered = (key: PublicKey, signature: Uint8Array): Uint8Array =>
  toBytes(power(key, toNumber(signature)), key.sizeBytes);

/** RSASSA-PKCS1-v1_5 (§8.2.2). */
export function verifyPkcs1(spki: Uint8Array, hash: Hash, message: Uint8Array, signature: Uint8Array): boolean {
  const key = readRsa(spki);
  const info = Uint8Array.of(...Buffer.from(digestInfo[hash], "hex"), ...digest(hash, message));
  const padding = new Uint8Array(key.sizeBytes - info.length - 3).fill(0xff);
  return Buffer.compare(recovered(key, signature), Uint8Array.of(0, 1, ...padding, 0, ...info)) === 0;
}

/** RSASSA-PSS (§9.1.2) whose salt is exactly as long as the digest. */
export function verifyPss(spki: Uint8Array, hash: Hash, message: Uint8Array, signature: Uint8Array): boolean {
  const encoded = recovered(readRsa(spki), signature);
  const size = digest(hash, message).length;
  const block = encoded.subarray(0, -size - 1);
  const check = encoded.subarray(-size - 1, -1);
  const clear = xor(block, mask(hash, check, block.length));
  clear[0] = (clear[0] ?? 0) & 0x7f;
  const padding = clear.subarray(0, -size - 1);
  if (encoded.at(-1) !== 0xbc || padding.some((byte) => byte !== 0) || clear.at(-size - 1) !== 1) return false;
  const salt = clear.subarray(-size);
  return (
    Buffer.compare(digest(hash, Uint8Array.of(...new Uint8Array(8), ...digest(hash, message), ...salt)), check) === 0
  );
}

/** RSAES-OAEP encryption (§7.1.1) with the given label and a fixed seed. */
export function encryptOaep(
  spki: Uint8Array,
  hash: Hash,
  message: Uint8Array,
  label: Uint8Array = new Uint8Array(),
): Uint8Array {
  const key = readRsa(spki);
  const size = digest(hash, label).length;
  const padding = new Uint8Array(key.sizeBytes - message.length - 2 * size - 2);
  const block = Uint8Array.of(...digest(hash, label), ...padding, 1, ...message);
  const seed = new Uint8Array(size).fill(0x5a);
  const masked = xor(block, mask(hash, seed, block.length));
  const maskedSeed = xor(seed, mask(hash, masked, size));
  return toBytes(power(key, toNumber(Uint8Array.of(0, ...maskedSeed, ...masked))), key.sizeBytes);
}
