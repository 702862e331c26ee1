/**
 * PBES2 (RFC 8018 §6.2): how PKCS#8 is encrypted under a passphrase. What a file says of its costs is read and bounded
 * before anything runs: a count of 2^31 would hang whoever hands it to OpenSSL.
 */
import { KmsError } from "@kms/core/driver";
import { decryptCbc, encryptCbc, random, stretch, stretchByPbkdf2, type CbcCipher } from "../primitives.ts";
import {
  expectTag,
  readCount,
  readDer,
  readOid,
  readOne,
  tags,
  unreadable,
  writeDer,
  writeInteger,
  writeOid,
  type DerElement,
} from "./der.ts";
import { openPkcs12 } from "./pkcs12.ts";

/** The most PBKDF2 iterations that are run: about 2 seconds of one core. */
export const mostIterations = 5_000_000;
/** The most memory that scrypt is given, 128·r·(N + p) bytes: 256 MiB; and the most work N·r·p, eight times that of N = 2^17, r = 8. */
export const mostScryptBytes = 268_435_456;
const mostScryptWork = 8_388_608;
// OWASP Password Storage Cheat Sheet: PBKDF2-HMAC-SHA256. Node's own export stays at 2,048.
const ownIterations = 600_000;
const longestPassphraseBytes = 1024;

const id = {
  pbes2: "2a864886f70d01050d",
  pbkdf2: "2a864886f70d01050c",
  scrypt: "2b06010401da47040b",
  sha256: "2a864886f70d0209",
  aes256: "60864801650304012a",
  pkcs12TripleDes: "2a864886f70d010c0103",
} as const;
const hashes: Readonly<Record<string, string>> = {
  "2a864886f70d0207": "sha1",
  "2a864886f70d0208": "sha224",
  [id.sha256]: "sha256",
  "2a864886f70d020a": "sha384",
  "2a864886f70d020b": "sha512",
};
interface Cipher {
  readonly name: CbcCipher;
  readonly keyBytes: number;
  readonly ivBytes: number;
}
const ciphers: Readonly<Record<string, Cipher>> = {
  "608648016503040102": { name: "aes-128-cbc", keyBytes: 16, ivBytes: 16 },
  "608648016503040116": { name: "aes-192-cbc", keyBytes: 24, ivBytes: 16 },
  [id.aes256]: { name: "aes-256-cbc", keyBytes: 32, ivBytes: 16 },
  "2a864886f70d0307": { name: "des-ede3-cbc", keyBytes: 24, ivBytes: 8 },
};

/** A passphrase as bytes: text in UTF-8, nothing normalised. `INVALID_ARGUMENT` for more than 1,024 bytes and for malformed text. */
export function readPassphrase(passphrase: unknown): Uint8Array {
  const isText = typeof passphrase === "string" && passphrase.isWellFormed();
  const bytes = isText
    ? Buffer.from(passphrase)
    : passphrase instanceof Uint8Array
      ? Uint8Array.from(passphrase)
      : undefined;
  if (bytes !== undefined && bytes.length <= longestPassphraseBytes) return bytes;
  throw new KmsError(
    "INVALID_ARGUMENT",
    `A passphrase is well-formed text or bytes, at most ${longestPassphraseBytes} of them.`,
  );
}

/** One answer to a wrong passphrase and to whatever was altered in what it protects. */
export const wrongPassphrase = (): KmsError =>
  new KmsError(
    "DECRYPTION_FAILED",
    "The private key could not be opened: the passphrase is another one, or what it protects was altered.",
  );

/**
 * PKCS#8 (DER, not yet looked at) out of EncryptedPrivateKeyInfo. PBES2 with PBKDF2 (at most 5,000,000 iterations) or
 * scrypt (at most 256 MiB), AES-CBC or triple DES; PKCS#12's SHA-1 and triple DES (at most 200,000 iterations).
 * `INVALID_ARGUMENT` for anything else, before it runs; `DECRYPTION_FAILED` for a wrong passphrase.
 */
export async function openEncryptedKey(der: Uint8Array, passphrase: Uint8Array): Promise<Uint8Array> {
  const [identifier, data, ...more] = readDer(readOne(der, tags.sequence).content);
  const [scheme, parameters, ...extra] = readDer(expectTag(identifier, tags.sequence).content);
  const ciphertext = expectTag(data, tags.octetString).content;
  if (more.length > 0 || extra.length > 0) throw unreadable("elements that an encrypted key does not have");
  const name = readOid(scheme);
  const opened =
    name === id.pkcs12TripleDes
      ? openPkcs12(parameters, ciphertext, passphrase)
      : name === id.pbes2
        ? await openPbes2(parameters, ciphertext, passphrase)
        : refuseScheme();
  if (opened === undefined) throw wrongPassphrase();
  return opened;
}

async function openPbes2(
  parameters: DerElement | undefined,
  ciphertext: Uint8Array,
  passphrase: Uint8Array,
): Promise<Uint8Array | undefined> {
  const [derivation, encryption, ...more] = readDer(expectTag(parameters, tags.sequence).content);
  const [cipherId, ivElement, ...extra] = readDer(expectTag(encryption, tags.sequence).content);
  const cipher = ciphers[readOid(cipherId)];
  if (cipher === undefined || more.length > 0 || extra.length > 0) return refuseScheme();
  const iv = expectTag(ivElement, tags.octetString).content;
  if (iv.length !== cipher.ivBytes) throw unreadable("an initialisation vector of another length than its cipher's");
  const key = await derive(expectTag(derivation, tags.sequence), passphrase, cipher.keyBytes);
  try {
    return decryptCbc(cipher.name, key, iv, ciphertext);
  } finally {
    key.fill(0);
  }
}

function derive({ content }: DerElement, passphrase: Uint8Array, keyBytes: number): Promise<Uint8Array> {
  const [name, parameters, ...more] = readDer(content);
  const fields = [...readDer(expectTag(parameters, tags.sequence).content)];
  const salt = expectTag(fields.shift(), tags.octetString).content;
  const isScrypt = readOid(name) === id.scrypt;
  if (more.length > 0 || (!isScrypt && readOid(name) !== id.pbkdf2)) return refuseScheme();
  const counts: number[] = [];
  while (fields[0]?.tag === tags.integer) counts.push(readCount(fields.shift()));
  const [cost = 0, blockSize = 0, parallelization = 0] = counts;
  const lengthAt = isScrypt ? 3 : 1;
  // The key's length may be stated; it is the cipher's in any case.
  if (counts.length < lengthAt || counts.length > lengthAt + 1 || (counts[lengthAt] ?? keyBytes) !== keyBytes) {
    return refuseScheme();
  }
  if (!isScrypt) {
    const hash = hashOf(fields);
    if (cost < 1 || cost > mostIterations) throw tooCostly();
    return stretchByPbkdf2(passphrase, salt, { iterations: cost, hash, lengthBytes: keyBytes });
  }
  // RFC 7914 §2: a power of two, and less than 2^(128 · r / 8), which OpenSSL refuses by itself.
  const isCost = cost > 1 && cost <= 2 ** 24 && (cost & (cost - 1)) === 0 && cost < 2 ** (16 * blockSize);
  const work = cost * blockSize * parallelization;
  const memory = 128 * blockSize * (cost + parallelization);
  if (fields.length > 0 || !isCost || work < 1 || work > mostScryptWork || memory > mostScryptBytes) {
    throw tooCostly();
  }
  // RFC 7914 §6: the last step writes its output in blocks of 32 bytes, so a shorter key is the beginning of one.
  return stretch(passphrase, { cost, blockSize, parallelization, salt }).then((bytes) => bytes.subarray(0, keyBytes));
}

/** The hash of PBKDF2's HMAC: SHA-1 where none is named (RFC 8018 §A.2). */
function hashOf([prf, ...more]: readonly DerElement[]): string {
  if (prf === undefined) return "sha1";
  const [name, nothing, ...extra] = readDer(expectTag(prf, tags.sequence).content);
  const hash = hashes[readOid(name)];
  if (hash === undefined || more.length > 0 || extra.length > 0) return refuseScheme();
  if (nothing !== undefined) expectTag(nothing, tags.null);
  return hash;
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3): PBKDF2-HMAC-SHA256 with 600,000 iterations and a fresh salt, AES-256-CBC. */
export async function sealEncryptedKey(pkcs8: Uint8Array, passphrase: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const [salt, iv] = [random(16), random(16)];
  const key = await stretchByPbkdf2(passphrase, salt, { iterations: ownIterations, hash: "sha256", lengthBytes: 32 });
  const ciphertext = encryptCbc("aes-256-cbc", key, iv, pkcs8);
  key.fill(0);
  const { sequence, octetString } = tags;
  const iterations = Buffer.alloc(4);
  iterations.writeUInt32BE(ownIterations);
  const prf = writeDer(sequence, writeOid(id.sha256), writeDer(tags.null));
  const derivation = writeDer(sequence, writeDer(octetString, salt), writeInteger(iterations), prf);
  return writeDer(
    sequence,
    writeDer(
      sequence,
      writeOid(id.pbes2),
      writeDer(
        sequence,
        writeDer(sequence, writeOid(id.pbkdf2), derivation),
        writeDer(sequence, writeOid(id.aes256), writeDer(octetString, iv)),
      ),
    ),
    writeDer(octetString, ciphertext),
  );
}

const tooCostly = (): KmsError =>
  unreadable(`a passphrase derivation over the limits (${mostIterations} PBKDF2 iterations; scrypt of 256 MiB)`);

function refuseScheme(): never {
  throw unreadable("an encryption other than PBES2 with PBKDF2 or scrypt and AES-CBC or triple DES");
}
