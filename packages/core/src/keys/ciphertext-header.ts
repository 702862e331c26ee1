import { toBase64url } from "../encoding/base64url.ts";
import { sha } from "../algorithms/primitives.ts";
import { algorithmRow, isAlgorithm } from "../algorithms/registry.ts";
import { callerEntries, serialise } from "../encoding/associated-data.ts";
import { readBytes } from "../encoding/bytes.ts";
import type { CiphertextDescription } from "../contract/results.ts";
import type { Algorithm, Bytes, StringMap } from "../contract/words.ts";
import { KmsError } from "../errors.ts";

/** What a header names. */
export interface Header {
  readonly kind: string;
  readonly keyId: string;
  readonly keyVersion: string | null;
  readonly algorithm: Algorithm;
}

const magic = 0x6b6d7301; // "kms" 0x01
const absent = 0xffff;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * `"kms" 0x01` ‖ u16 length of the rest ‖ kind, key id, version, algorithm, each u16 length ‖ UTF-8; 0xFFFF for no version
 * (`crypto-rules` 8). Numbers are big-endian.
 */
export function encodeHeader(header: Header): Uint8Array<ArrayBuffer> {
  const fields = [header.kind, header.keyId, header.keyVersion, header.algorithm].map((field) =>
    field === null ? undefined : encoder.encode(field),
  );
  const length = fields.reduce((sum, field) => sum + 2 + (field?.length ?? 0), 0);
  const bytes = new Uint8Array(6 + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  view.setUint16(4, length);
  let at = 6;
  for (const field of fields) {
    view.setUint16(at, field?.length ?? absent);
    if (field !== undefined) bytes.set(field, at + 2);
    at += 2 + (field?.length ?? 0);
  }
  return bytes;
}

/**
 * Reads a header in front of a ciphertext; undefined for anything that `encodeHeader` would not have written. Everything
 * in it is a claim: the guard compares it with the handle, and the provider's tag proves it.
 */
export function decodeHeader(ciphertext: Bytes): { readonly header: Header; readonly length: number } | undefined {
  if (ciphertext.length < 14) return undefined;
  const view = new DataView(ciphertext.buffer, ciphertext.byteOffset, ciphertext.byteLength);
  const end = 6 + view.getUint16(4);
  if (view.getUint32(0) !== magic || end > ciphertext.length) return undefined;
  const fields: (string | null)[] = [];
  let at = 6;
  while (fields.length < 4) {
    if (at + 2 > end) return undefined;
    const length = view.getUint16(at);
    at += 2;
    if (length === absent) {
      fields.push(null);
      continue;
    }
    if (at + length > end) return undefined;
    const field = decodeText(ciphertext.subarray(at, at + length));
    if (field === undefined) return undefined;
    fields.push(field);
    at += length;
  }
  const [kind, keyId, keyVersion, algorithm] = fields;
  if (at !== end || !kind || !keyId || keyVersion === undefined || keyVersion === "" || !isAlgorithm(algorithm)) {
    return undefined;
  }
  return { header: { kind, keyId, keyVersion, algorithm }, length: end };
}

const decodeText = (bytes: Bytes): string | undefined => {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined; // not UTF-8: the caller refuses the whole header
  }
};

/** The value of the reserved entry: base64url of SHA-256 over the header's bytes. */
export const headerDigest = (header: Bytes): string => toBase64url(sha("SHA-256", header));

/**
 * What the header of a ciphertext claims, offline; nothing of it is proven until the ciphertext has been opened.
 * `INVALID_ARGUMENT` for bytes that are no ciphertext of ours.
 */
export function describeCiphertext(ciphertext: Bytes): CiphertextDescription {
  const { bytes, header, length } = readCiphertext(ciphertext);
  return Object.freeze({ ...header, providerCiphertext: bytes.slice(length) });
}

/**
 * The associated data under which the provider sees a ciphertext: the caller's entries plus the reserved `kms-header`.
 * With it the vendor's own tools open `describeCiphertext(…).providerCiphertext`. `INVALID_ARGUMENT` for bytes that are no
 * ciphertext of ours and for entries that `encrypt` would refuse; `UNSUPPORTED` for a ciphertext under an algorithm that takes none.
 */
export function providerAssociatedData(ciphertext: Bytes, associatedData?: StringMap): StringMap {
  const { bytes, header, length } = readCiphertext(ciphertext);
  if (algorithmRow(header.algorithm).family !== "aes") {
    throw new KmsError("UNSUPPORTED", `${header.algorithm} takes no associated data; the provider saw none.`);
  }
  const entries = callerEntries(associatedData, "data");
  return serialise(entries, headerDigest(bytes.subarray(0, length))).map;
}

function readCiphertext(ciphertext: Bytes): {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly header: Header;
  readonly length: number;
} {
  const bytes = readBytes(ciphertext, "ciphertext");
  const read = decodeHeader(bytes);
  if (read === undefined) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      "These bytes do not begin with a ciphertext header of this library. Ciphertexts made elsewhere open through decryptNative.",
    );
  }
  return { bytes, ...read };
}
