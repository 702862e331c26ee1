import { Buffer } from "node:buffer";
import type { Bytes, OwnedBytes, StringMap } from "@kms/core";
import { isPromised } from "../after.ts";
import { copyMeanwhile, joined, viewOf, wipe } from "../bytes.ts";
import { decryptionFailed } from "../errors.ts";
import { parseHeader, type MessageHeader } from "../format/header.ts";
import type { Limits } from "../format/limits.ts";
import type { Recipient } from "../recipients/recipient.ts";
import type { BodyReader } from "./body-reader.ts";
import { openHeader, readOpening, type DecryptOptions, type OpenedHeader, type OpenedMessage } from "./open-header.ts";

/** A message that was opened whole. */
export interface Decrypted extends OpenedHeader {
  readonly plaintext: OwnedBytes;
}

/**
 * Opens a message of the AWS Encryption SDK that `recipient` can open, made here or by any implementation. Entries of
 * `associatedData` must be what the message was made with; whoever gives none must look at `associatedData` of the answer,
 * which is proven. Plaintext is answered only when every tag, the order of frames and the signature hold.
 * `DECRYPTION_FAILED`, opaque, for anything wrong in the message, the associated data or the key for it; `POLICY_VIOLATION`
 * for a suite without commitment unless the policy reads it; `TOO_LARGE` above a limit; `INVALID_ARGUMENT` for arguments
 * of the wrong kind and for base64. Where a recipient could not be asked, its error, or for several `UNAVAILABLE`,
 * `PERMISSION_DENIED` or `INVALID_STATE` with a line for each: `recipientReport` has the tree.
 */
export async function decrypt(
  recipient: Recipient,
  message: Bytes,
  associatedData?: StringMap,
  options?: DecryptOptions,
): Promise<Decrypted> {
  const opening = readOpening(recipient, associatedData, options);
  const bytes = viewOf(message, "message");
  const header = wholeHeader(bytes, opening.limits);
  const rest = bytes.subarray(header.lengthBytes);
  const opened = openHeader(header, opening, rest.length);
  if (!isPromised(opened)) return decrypted(opened, rest);
  const copy = copyMeanwhile(rest, opened, ({ body }) => body.end());
  return decrypted(await opened, copy);
}

function decrypted({ body, opened }: OpenedMessage, rest: Buffer): Decrypted {
  const plaintext = readAll(body, rest);
  const { associatedData, unstored, suite, recipients } = opened;
  return { associatedData, unstored, suite, recipients, plaintext };
}

const usualHeaderBytes = 16_384;

/** The header, in memory of our own: the caller's may change while a provider is asked. `DECRYPTION_FAILED` when it is cut. */
export function wholeHeader(bytes: Buffer, limits: Limits): MessageHeader {
  let size = Math.min(bytes.length, usualHeaderBytes);
  for (;;) {
    const header = parseHeader(Buffer.from(bytes.subarray(0, size)), limits);
    if (typeof header !== "number") return header;
    if (header > bytes.length) throw decryptionFailed();
    size = Math.min(bytes.length, Math.max(header, 2 * size));
  }
}

function readAll(body: BodyReader, bytes: Buffer): OwnedBytes {
  const proven: Buffer[] = [];
  try {
    body.read(bytes, proven);
    if (!body.isDone) throw decryptionFailed();
    return joined(proven);
  } catch (error) {
    wipe(proven);
    throw error;
  } finally {
    body.end();
  }
}
