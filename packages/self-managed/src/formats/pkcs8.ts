import { KmsError } from "@kms/core/driver";
import { readDer, readLeading, readOne, tags } from "./der.ts";
import { importable, readInput, type ImportableKey, type PassphraseOptions } from "./importable-key.ts";
import { openEncryptedKey, readPassphrase, sealEncryptedKey, wrongPassphrase } from "./pbes2.ts";
import { admitPrivateKey } from "./private-key.ts";

/**
 * A private key from PKCS#8 DER: PrivateKeyInfo, or EncryptedPrivateKeyInfo with its passphrase. PBES2 with PBKDF2 (at most
 * 5,000,000 iterations) or scrypt (at most 256 MiB), AES-CBC or triple DES; PKCS#12's SHA-1 and triple DES.
 * `INVALID_ARGUMENT` for more than 64 KiB, anything but strict DER, costs over the limits, a key that no algorithm of own
 * keys has, and numbers that do not belong together, under the right passphrase too; `DECRYPTION_FAILED` for a wrong one.
 */
export async function pkcs8ToMaterial(der: Uint8Array, options: PassphraseOptions = {}): Promise<ImportableKey> {
  const given = readInput(der, "PKCS#8");
  try {
    return await materialOf(given, options);
  } finally {
    given.fill(0);
  }
}

async function materialOf(der: Uint8Array, { passphrase }: PassphraseOptions): Promise<ImportableKey> {
  const [first] = readDer(readOne(der, tags.sequence).content);
  // A version stands first in a plain key, an algorithm in an encrypted one.
  if (first?.tag !== tags.sequence) {
    if (passphrase === undefined) return importable(der);
    throw invalid("The private key is not encrypted; leave the passphrase out.");
  }
  if (passphrase === undefined) throw invalid("The private key is encrypted; give its passphrase.");
  const opened = await openUnder(der, passphrase);
  try {
    assertOpened(opened);
    return await importable(opened);
  } finally {
    opened.fill(0);
  }
}

async function openUnder(der: Uint8Array, passphrase: string | Uint8Array): Promise<Uint8Array> {
  const secret = readPassphrase(passphrase);
  try {
    return await openEncryptedKey(der, secret);
  } finally {
    secret.fill(0);
  }
}

/**
 * A wrong passphrase can leave padding that looks right. What then lies there does not begin as a private key does: one in
 * some 2^34 would. Nothing further is looked at, so that a key under the right passphrase is refused for its own defect.
 */
function assertOpened(opened: Uint8Array): void {
  const [outer] = readLeading(opened, 1);
  const [version, identifier] = readLeading(outer?.content ?? new Uint8Array(), 2);
  const isBegun = outer?.tag === tags.sequence && version?.tag === tags.integer && identifier?.tag === tags.sequence;
  if (!isBegun) throw wrongPassphrase();
}

/**
 * Exported material of a pair, encrypted: EncryptedPrivateKeyInfo (DER) with PBKDF2-HMAC-SHA256, 600,000 iterations, a
 * fresh salt, and AES-256-CBC. It hides the key; it does not show changes. `INVALID_ARGUMENT` for a symmetric key's
 * material and for an empty passphrase.
 */
export async function materialToEncryptedPkcs8(
  material: Uint8Array,
  passphrase: string | Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const secret = readPassphrase(passphrase);
  try {
    if (secret.length === 0) throw invalid("An empty passphrase protects nothing; give another.");
    const pkcs8 = await admitMaterial(material);
    return await sealEncryptedKey(pkcs8, secret).finally(() => pkcs8.fill(0));
  } finally {
    secret.fill(0);
  }
}

/** PKCS#8 of exported material, checked again, in memory of its own: to be overwritten after use. */
export async function admitMaterial(material: Uint8Array): Promise<Uint8Array> {
  const given = readInput(material, "key material");
  try {
    return (await admitPrivateKey(given)).pkcs8;
  } finally {
    given.fill(0);
  }
}

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
