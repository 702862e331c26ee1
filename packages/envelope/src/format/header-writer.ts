import { Buffer } from "node:buffer";
import type { Bytes, EncryptedDataKey } from "@kms/core";
import { KmsError } from "@kms/core";
import { fillPublicRandom } from "../primitives.ts";
import type { WrittenSuiteId } from "./suites.ts";

/** Bytes of the tag of a header or frame. */
export const tagBytes = 16;
/** Bytes of a message id in the second version of the format. */
export const messageIdBytes = 32;

/** What the header of a new message says, before its key is derived. */
export interface HeaderContent {
  readonly suite: WrittenSuiteId;
  /** Serialised associated data that the message stores. */
  readonly stored: Bytes;
  readonly encryptedDataKeys: readonly EncryptedDataKey[];
  readonly frameBytes: number;
}

const idAt = 3;
const maximumField = 65_535;

/** Bytes of a header: 3 before the message id, then id, lengths and counts, content type, frame length, commitment, tag. */
export function headerBytes({ stored, encryptedDataKeys }: HeaderContent): number {
  let size = idAt + messageIdBytes + 2 + stored.length + 2 + 1 + 4 + 32 + tagBytes;
  for (const { providerId, providerInfo, ciphertext } of encryptedDataKeys) {
    size += 6 + Buffer.byteLength(providerId) + providerInfo.length + ciphertext.length;
  }
  return size;
}

/**
 * Writes a header of the second version (data-format/message-header) with a fresh message id, all but commitment and tag,
 * and answers where the commitment goes; the tag follows it. `TOO_LARGE` for a wrapped data key longer than 65,535 bytes.
 */
export function writeHeader(bytes: Buffer, content: HeaderContent): number {
  const { suite, stored, encryptedDataKeys, frameBytes } = content;
  bytes[0] = 2;
  bytes.writeUInt16BE(suite, 1);
  fillPublicRandom(bytes, idAt, messageIdBytes);
  let at = writeField(bytes, idAt + messageIdBytes, stored);
  at = bytes.writeUInt16BE(encryptedDataKeys.length, at);
  for (const { providerId, providerInfo, ciphertext } of encryptedDataKeys) {
    // Not by `write`: where more than 2^31 − 1 bytes follow, it writes nothing, without a word (Node 20 and 22).
    at = writeField(bytes, at, Buffer.from(providerId));
    at = writeField(bytes, at, providerInfo);
    at = writeField(bytes, at, ciphertext);
  }
  bytes[at] = 2; // framed
  return bytes.writeUInt32BE(frameBytes, at + 1);
}

/** The message id in a header that was written. */
export const messageIdIn = (bytes: Buffer): Buffer => bytes.subarray(idAt, idAt + messageIdBytes);

function writeField(bytes: Buffer, at: number, field: Bytes): number {
  if (field.length > maximumField) {
    throw new KmsError(
      "TOO_LARGE",
      `A field of the header has ${field.length} bytes; the format takes ${maximumField}. Use another recipient.`,
    );
  }
  bytes.writeUInt16BE(field.length, at);
  bytes.set(field, at + 2);
  return at + 2 + field.length;
}
