import { Buffer } from "node:buffer";
import type { EncryptedDataKey } from "@kms/core";
import { decryptionFailed, invalidArgument, overLimit } from "../errors.ts";
import { parseEntries, type Entries } from "./associated-data.ts";
import { ByteReader, Short } from "./byte-reader.ts";
import type { Limits } from "./limits.ts";
import { suiteOf, type Suite } from "./suites.ts";

/** What a header says; nothing of it is proven before its tag has been checked. */
export interface MessageHeader {
  readonly suite: Suite;
  readonly messageId: Buffer;
  /** Associated data that the message stores. */
  readonly stored: Entries;
  readonly encryptedDataKeys: readonly EncryptedDataKey[];
  /** Stored associated data and encrypted data keys as they stand there, each with its length or count. */
  readonly boundBytes: Buffer;
  readonly framed: boolean;
  /** Plaintext of every frame but the last; 0 without frames. */
  readonly frameBytes: number;
  /** In suites that commit. */
  readonly commitment: Buffer | undefined;
  /** What the tag covers. */
  readonly body: Buffer;
  readonly iv: Buffer;
  readonly tag: Buffer;
  /** Of all of the header. */
  readonly lengthBytes: number;
}

const zeroIv: Buffer = Buffer.alloc(12);

/**
 * The header that bytes begin with (data-format/message-header), as views of them; a number when they end before it does:
 * with that many bytes it gets further. `DECRYPTION_FAILED` for anything that is no header, `INVALID_ARGUMENT` for what
 * looks like base64 of one, `TOO_LARGE` above a limit.
 */
export function parseHeader(bytes: Buffer, limits: Limits): MessageHeader | number {
  try {
    const reader = new ByteReader(bytes);
    return parse(reader, bytes, limits);
  } catch (error) {
    if (error instanceof Short) return error.needed;
    throw error;
  }
}

function parse(reader: ByteReader, bytes: Buffer, limits: Limits): MessageHeader {
  const version = reader.u8();
  if (version === 0x41) throw base64Like();
  if (version !== 1 && version !== 2) throw decryptionFailed();
  // Type 0x80, customer authenticated encrypted data.
  if (version === 1 && reader.u8() !== 0x80) throw decryptionFailed();
  const suite = suiteOf(reader.u16());
  if (suite?.version !== version) throw decryptionFailed();
  const messageId = reader.take(version === 1 ? 16 : 32);
  const boundAt = reader.at;
  const stored = parseStored(reader, limits);
  const encryptedDataKeys = parseDataKeys(reader, limits);
  const boundBytes = bytes.subarray(boundAt, reader.at);
  const { framed, frameBytes } = parseContent(reader, version, limits);
  const commitment = version === 2 ? reader.take(32) : undefined;
  const body = bytes.subarray(0, reader.at);
  const iv = version === 1 ? reader.take(12) : zeroIv;
  const tag = reader.take(16);
  const lengthBytes = reader.at;
  return {
    suite,
    messageId,
    stored,
    encryptedDataKeys,
    boundBytes,
    framed,
    frameBytes,
    commitment,
    body,
    iv,
    tag,
    lengthBytes,
  };
}

function parseStored(reader: ByteReader, limits: Limits): Entries {
  const length = reader.u16();
  if (length > limits.associatedDataBytes) {
    throw overLimit("Bytes of associated data", length, limits.associatedDataBytes, "limits.associatedDataBytes");
  }
  return parseEntries(reader.take(length));
}

function parseDataKeys(reader: ByteReader, limits: Limits): readonly EncryptedDataKey[] {
  const count = reader.u16();
  if (count === 0) throw decryptionFailed();
  if (count > limits.encryptedDataKeys) {
    throw overLimit("Encrypted data keys", count, limits.encryptedDataKeys, "limits.encryptedDataKeys");
  }
  const found: EncryptedDataKey[] = [];
  for (let index = 0; index < count; index += 1) {
    const providerId = reader.text();
    found.push({ providerId, providerInfo: reader.field(), ciphertext: reader.field() });
  }
  return found;
}

interface Content {
  readonly framed: boolean;
  readonly frameBytes: number;
}

function parseContent(reader: ByteReader, version: 1 | 2, limits: Limits): Content {
  const type = reader.u8();
  if (version === 1 && (reader.u32() !== 0 || reader.u8() !== 12)) throw decryptionFailed();
  const frameBytes = reader.u32();
  const framed = type === 2;
  if ((!framed && type !== 1) || framed === (frameBytes === 0)) throw decryptionFailed();
  if (frameBytes > limits.frameBytes) {
    throw overLimit("Bytes of a frame", frameBytes, limits.frameBytes, "limits.frameBytes");
  }
  return { framed, frameBytes };
}

const base64Like = (): Error =>
  invalidArgument(
    "open the message",
    "it begins like base64 text of one, not like the message itself",
    "Decode the text first: Buffer.from(text, 'base64').",
  );
