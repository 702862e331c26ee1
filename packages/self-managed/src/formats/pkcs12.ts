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
const hashBytes = 20;
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
  const input = repeated(salt, secret);
  secret.fill(0);
  const key = derived(purposes.key, input, iterations, 24);
  const iv = derived(purposes.iv, input, iterations, 8);
  input.fill(0);
  return { key, iv };
}

/** RFC 7292 §B.1: UTF-16, big-endian, with a zero behind. Bytes that are no UTF-8 are each a character, as OpenSSL has it. */
function toBigEndian(passphrase: Uint8Array): Uint8Array {
  const text = transcode(passphrase, isUtf8(passphrase) ? "utf8" : "latin1", "utf16le").swap16();
  const ended = new Uint8Array(text.length + 2);
  ended.set(text);
  text.fill(0);
  return ended;
}

/** Salt and passphrase, each over and over up to whole blocks; none of none. In memory of its own, as all that is secret here. */
function repeated(salt: Uint8Array, secret: Uint8Array): Uint8Array {
  const whole = ({ length }: Uint8Array): number => Math.ceil(length / blockBytes) * blockBytes;
  const input = new Uint8Array(whole(salt) + whole(secret));
  for (let at = 0; at < whole(salt); at += 1) input[at] = salt[at % salt.length] ?? 0;
  for (let at = 0; at < whole(secret); at += 1) input[whole(salt) + at] = secret[at % secret.length] ?? 0;
  return input;
}

/** RFC 7292 §B.2: so many hashes in a row, each of the input after the one before was added to it. In memory of its own. */
function derived(purpose: number, given: Uint8Array, iterations: number, lengthBytes: number): Uint8Array {
  const hashed = new Uint8Array(blockBytes + given.length).fill(purpose, 0, blockBytes);
  hashed.set(given, blockBytes);
  const found = new Uint8Array(lengthBytes);
  for (let at = 0; at < lengthBytes; at += hashBytes) {
    const hash = iterated(hashed, iterations);
    found.set(hash.subarray(0, lengthBytes - at), at);
    for (let block = blockBytes; block < hashed.length; block += blockBytes) {
      addPlusOne(hashed.subarray(block, block + blockBytes), hash);
    }
    hash.fill(0);
  }
  hashed.fill(0);
  return found;
}

function iterated(bytes: Uint8Array, iterations: number): Uint8Array {
  let hash = sha1(bytes);
  for (let done = 1; done < iterations; done += 1) {
    const next = sha1(hash);
    hash.fill(0);
    hash = next;
  }
  return hash;
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
