import { KmsError } from "@kms/core/driver";
import { openLegacyKey } from "../primitives.ts";
import { readDer, readOne, tags, unreadable } from "./der.ts";
import { importable, readInput, type ImportableKey, type PassphraseOptions } from "./importable-key.ts";
import { readPassphrase, wrongPassphrase } from "./pbes2.ts";
import { admitMaterial, materialToEncryptedPkcs8, pkcs8ToMaterial } from "./pkcs8.ts";
import { noParameters, oids } from "./private-key.ts";
import { writePrivateKeyInfo } from "./private-key-info.ts";

interface Block {
  readonly label: string;
  /** Header lines of traditional encryption (RFC 1421 §4.6). */
  readonly headers: readonly string[];
  readonly der: Uint8Array;
}

/**
 * A private key from PEM (RFC 7468): `PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, and the traditional `RSA PRIVATE KEY` and
 * `EC PRIVATE KEY`, encrypted too. Exactly one block; text around it is overlooked. Traditional encryption derives its key
 * by one MD5: what was kept under it was barely protected.
 * `INVALID_ARGUMENT` for more than 64 KiB, several blocks, another label (public keys are named), and as `pkcs8ToMaterial`;
 * `DECRYPTION_FAILED` for a wrong passphrase.
 */
export async function pemToMaterial(pem: string | Uint8Array, options: PassphraseOptions = {}): Promise<ImportableKey> {
  const block = readBlock(pem);
  const isTraditional = block.headers.length > 0;
  let pkcs8: Uint8Array | undefined;
  try {
    pkcs8 = isTraditional ? openTraditional(block, options.passphrase) : pkcs8In(block, options);
    return isTraditional ? await importable(pkcs8) : await pkcs8ToMaterial(pkcs8, options);
  } finally {
    block.der.fill(0);
    pkcs8?.fill(0);
  }
}

/** PKCS#8 of what a block holds. */
function pkcs8In({ label, der }: Block, { passphrase }: PassphraseOptions): Uint8Array {
  const isEncrypted = readDer(readOne(der, tags.sequence).content)[0]?.tag === tags.sequence;
  switch (label) {
    case "PRIVATE KEY":
    case "ENCRYPTED PRIVATE KEY":
      if (isEncrypted === (label === "ENCRYPTED PRIVATE KEY")) return der;
      throw unreadable("a block whose label does not say whether it is encrypted");
    case "RSA PRIVATE KEY":
      assertPlain(passphrase);
      return wrapped(oids.rsa, noParameters, der);
    case "EC PRIVATE KEY": {
      assertPlain(passphrase);
      // RFC 5915 §3: without PKCS#8 around it, the key itself names its curve.
      const curve = readDer(readOne(der, tags.sequence).content).find(({ tag }) => tag === tags.first);
      if (curve === undefined) throw unreadable("an EC key that names no curve");
      return wrapped(oids.ec, curve.content, der);
    }
    default:
      throw wrongLabel(label);
  }
}

const wrapped = (algorithm: string, parameters: Uint8Array, privateKey: Uint8Array): Uint8Array =>
  writePrivateKeyInfo({ algorithm, parameters, privateKey, publicKey: undefined });

function assertPlain(passphrase: unknown): void {
  if (passphrase === undefined) return;
  throw new KmsError("INVALID_ARGUMENT", "The private key is not encrypted; leave the passphrase out.");
}

const keyInformation = /^DEK-Info: (?:(AES-(?:128|192|256)-CBC),[0-9A-F]{32}|(DES-EDE3-CBC),[0-9A-F]{16})$/;

/** PKCS#8 out of a traditional encrypted block: its two headers are checked, then OpenSSL opens it. */
function openTraditional({ label, headers, der }: Block, passphrase: unknown): Uint8Array {
  const [type, information, ...more] = headers;
  if (label !== "RSA PRIVATE KEY" && label !== "EC PRIVATE KEY") throw wrongLabel(label);
  const isKnown = type === "Proc-Type: 4,ENCRYPTED" && keyInformation.test(information ?? "") && more.length === 0;
  if (!isKnown) throw unreadable("PEM headers other than those of AES-CBC or triple DES");
  if (passphrase === undefined) {
    throw new KmsError("INVALID_ARGUMENT", "The private key is encrypted; give its passphrase.");
  }
  const secret = readPassphrase(passphrase);
  const text = `-----BEGIN ${label}-----\n${type}\n${information}\n\n${lines(der)}\n-----END ${label}-----\n`;
  const opened = openLegacyKey(text, secret);
  secret.fill(0);
  if (opened === undefined) throw wrongPassphrase();
  return opened;
}

const boundary = /-----(BEGIN|END) ([A-Z0-9][A-Z0-9 ]{0,63})-----/g;

function readBlock(pem: unknown): Block {
  const text = typeof pem === "string" ? pem : textOf(readInput(pem, "PEM"));
  if (text.length > 65_536) throw unreadable("more than 65536 characters of PEM");
  const [begin, end, ...more] = [...text.matchAll(boundary)];
  const dashes = text.split("-----").length - 1;
  if (begin?.[1] !== "BEGIN" || end?.[1] !== "END") throw unreadable("no PEM block");
  const label = begin[2] ?? "";
  if (more.length > 0 || dashes !== 4) throw unreadable("several PEM blocks, or dashes outside of one");
  if (end[2] !== label) throw unreadable("a PEM block that ends as another than it begins");
  return { label, ...readBody(text.slice(begin.index + begin[0].length, end.index)) };
}

function textOf(given: Uint8Array<ArrayBuffer>): string {
  const text = Buffer.from(given.buffer).toString("latin1");
  given.fill(0);
  return text;
}

function readBody(body: string): Pick<Block, "headers" | "der"> {
  const rows = body.split(/\r?\n/).map((row) => row.trim());
  const gap = rows.findIndex((row, at) => at > 0 && row === "");
  const headers = rows.slice(1, Math.max(1, gap)).filter((row) => row.includes(":"));
  const base64 = rows.slice(headers.length > 0 ? gap : 0).join("");
  const der = Buffer.from(base64, "base64");
  // Node's decoder skips what it does not know and takes spare bits: only encoding again tells.
  if (der.length === 0 || der.toString("base64") !== base64) {
    der.fill(0);
    throw unreadable("PEM that is not canonical base64");
  }
  return { headers, der };
}

function wrongLabel(label: string): KmsError {
  if (/PUBLIC KEY|CERTIFICATE/.test(label)) return unreadable(`a public key or certificate (${label})`);
  return unreadable(`a PEM block labelled ${label}, which no converter here reads`);
}

const lines = (der: Uint8Array): string =>
  (
    Buffer.from(der.buffer, der.byteOffset, der.length)
      .toString("base64")
      .match(/.{1,64}/g) ?? []
  ).join("\n");

/**
 * Exported material of a pair as PEM: `PRIVATE KEY`, or with a passphrase `ENCRYPTED PRIVATE KEY` as
 * `materialToEncryptedPkcs8` has it. Text cannot be overwritten after use. `INVALID_ARGUMENT` for a symmetric key's material.
 */
export async function materialToPem(material: Uint8Array, options: PassphraseOptions = {}): Promise<string> {
  const { passphrase } = options;
  if (passphrase === undefined) {
    const pkcs8 = await admitMaterial(material);
    const text = `-----BEGIN PRIVATE KEY-----\n${lines(pkcs8)}\n-----END PRIVATE KEY-----\n`;
    pkcs8.fill(0);
    return text;
  }
  const encrypted = await materialToEncryptedPkcs8(material, passphrase);
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${lines(encrypted)}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
}
