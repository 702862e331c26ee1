/**
 * PKCS#12's own encryption of PKCS#8 (RFC 7292 §B and §C), by SHA-1 and triple DES: what Windows and older tools write. Done
 * here and not by OpenSSL's own reader, which overlooks what lies behind a key and forgets what an attribute says of it.
 */
import { transcode, isUtf8 } from "node:buffer";
import { decryptCbc, sha1 } from "../primitives.ts";
import { expectTag, readCount, readDer, tags, unreadable, type DerElement } from "./der.ts";

// Run on this thread: half a second.
const mostIterations = 200_000;
const blockBytes = 64;
/** What the bytes are for (RFC 7292 §B.3). */
const purposes = { key: 1, iv: 2 } as const;

/** How key and initialisation vector come of a passphrase. */
export interface Pkcs12Derivation {
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/**
 * PKCS#8 (DER, not yet looked at) out of what `pbeWithSHAAnd3-KeyTripleDES-CBC` encrypted; undefined for a wrong padding.
 * `INVALID_ARGUMENT` for other parameters than salt and iterations, and for more than 200,000 of them, before any runs.
 */
export function openPkcs12(
  parameters: DerElement | undefined,
  ciphertext: Uint8Array,
  passphrase: Uint8Array,
): Uint8Array | undefined {
  const [saltElement, count, ...more] = readDer(expectTag(parameters, tags.sequence).content);
  const { content: salt } = expectTag(saltElement, tags.octetString);
  const iterations = readCount(count);
  if (more.length > 0 || iterations < 1 || iterations > mostIterations) {
    throw unreadable(`a passphrase derivation of PKCS#12 over the limit (${mostIterations} iterations)`);
  }
  const { key, iv } = pkcs12Keys(passphrase, { salt, iterations });
  try {
    return decryptCbc("des-ede3-cbc", key, iv, ciphertext);
  } finally {
    key.fill(0);
  }
}

/** Key and initialisation vector of triple DES, in memory of their own. */
export function pkcs12Keys(
  passphrase: Uint8Array,
  { salt, iterations }: Pkcs12Derivation,
): { readonly key: Uint8Array; readonly iv: Uint8Array } {
  const secret = toBigEndian(passphrase);
  const input = Buffer.concat([repeated(salt), repeated(secret)]);
  secret.fill(0);
  const first = blocks(purposes.key, input, iterations, 2);
  const second = blocks(purposes.iv, input, iterations, 1);
  input.fill(0);
  return { key: first.subarray(0, 24), iv: second.subarray(0, 8) };
}

/** RFC 7292 §B.1: UTF-16, big-endian, with a zero behind. Bytes that are no UTF-8 are each a character, as OpenSSL has it. */
function toBigEndian(passphrase: Uint8Array): Buffer {
  const text = transcode(passphrase, isUtf8(passphrase) ? "utf8" : "latin1", "utf16le").swap16();
  const ended = Buffer.concat([text, Buffer.alloc(2)]);
  text.fill(0);
  return ended;
}

/** Bytes over and over, up to whole blocks; none of none. */
const repeated = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(
    { length: Math.ceil(bytes.length / blockBytes) * blockBytes },
    (_, at) => bytes[at % bytes.length] ?? 0,
  );

/** RFC 7292 §B.2: so many hashes in a row, each of the input after the one before was added to it. */
function blocks(purpose: number, given: Uint8Array, iterations: number, count: number): Uint8Array {
  const input = Buffer.from(given);
  const diversifier = new Uint8Array(blockBytes).fill(purpose);
  const found: Uint8Array[] = [];
  while (found.length < count) {
    let hash = sha1(Buffer.concat([diversifier, input]));
    for (let done = 1; done < iterations; done += 1) hash = sha1(hash);
    found.push(hash);
    for (let at = 0; at < input.length; at += blockBytes) addPlusOne(input.subarray(at, at + blockBytes), hash);
  }
  input.fill(0);
  return Buffer.concat(found);
}

/** Adds a hash, repeated to the length of a block, and one: modulo 2^512. */
function addPlusOne(block: Uint8Array, hash: Uint8Array): void {
  let carry = 1;
  for (let at = blockBytes - 1; at >= 0; at -= 1) {
    carry += (block[at] ?? 0) + (hash[at % hash.length] ?? 0);
    block[at] = carry & 0xff;
    carry >>= 8;
  }
}
