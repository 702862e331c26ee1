import { Buffer } from "node:buffer";
import type { OwnedBytes } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { kindOf } from "./bytes.ts";

/** The longest PEM text that is read, in characters: an RSA key of 16,384 bits takes about 2,900. */
export const maximumPemCharacters = 16_384;

const block = /^-----BEGIN PUBLIC KEY-----\r?\n((?:[A-Za-z0-9+/=]+\r?\n)+)-----END PUBLIC KEY-----(?:\r?\n)?$/;

/** A public key (SPKI DER) as PEM: label `PUBLIC KEY`, lines of 64 characters, a newline at the end (RFC 7468 §13). */
export const spkiToPem = (spki: Uint8Array): string => {
  const body = Buffer.from(spki.buffer, spki.byteOffset, spki.length).toString("base64");
  const lines = body.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join("\n")}\n-----END PUBLIC KEY-----\n`;
};

/**
 * The SPKI DER within PEM text. What the bytes say is not looked at: `publicKeyOf` does that.
 * `INVALID_ARGUMENT` unless the text is exactly one block labelled `PUBLIC KEY`, at most 16,384 characters, in canonical
 * base64, with nothing before or behind it but one line end.
 */
export const pemToSpki = (pem: string): OwnedBytes => {
  if (typeof pem !== "string") throw unreadable(kindOf(pem));
  if (pem.length > maximumPemCharacters) throw unreadable(`more than ${maximumPemCharacters} characters`);
  const body = block.exec(pem)?.[1]?.replaceAll(/[\r\n]/g, "");
  if (body === undefined) throw unreadable("something else");
  const bytes = Buffer.from(body, "base64");
  if (bytes.length === 0 || bytes.toString("base64") !== body) throw unreadable("base64 that is not canonical");
  return new Uint8Array(bytes);
};

const unreadable = (found: string): KmsError =>
  new KmsError(
    "INVALID_ARGUMENT",
    `Cannot read a public key from PEM: found ${found}. Pass one block labelled PUBLIC KEY and nothing else.`,
  );
