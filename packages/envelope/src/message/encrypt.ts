import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import type { Bytes, KmsError, OwnedBytes, StringMap } from "@kms/core";
import { isPromised } from "../after.ts";
import { allocate, copyMeanwhile, owned, viewOf } from "../bytes.ts";
import { invalidArgument } from "../errors.ts";
import type { Recipient } from "../recipients/recipient.ts";
import { signer, updateWith } from "../primitives.ts";
import { frameOverhead } from "./frame-sealer.ts";
import { beginMessage, readNewMessage, type BegunMessage, type EncryptOptions } from "./new-message.ts";

/**
 * A message of the AWS Encryption SDK that `recipient` can open: the plaintext in frames under a fresh data key, bound to
 * `associatedData`, which stands in the message in clear. Holds plaintext and message in memory; streams do not.
 * `INVALID_ARGUMENT` for arguments of the wrong kind, `TOO_LARGE` for more than 8,000 bytes of associated data, else the
 * errors of the recipient: if one of `anyOf` fails, no message is made. Trying again is safe.
 */
export async function encrypt(
  recipient: Recipient,
  plaintext: Bytes,
  associatedData?: StringMap,
  options?: EncryptOptions,
): Promise<OwnedBytes> {
  const message = readNewMessage(recipient, associatedData, options);
  const bytes = viewOf(plaintext, "plaintext");
  const begun = beginMessage(message, {
    plaintextBytes: bytes.length,
    bodyBytes: bodyBytes(bytes.length, message.frameBytes),
  });
  if (!isPromised(begun)) return sealAll(begun, bytes, message.frameBytes);
  const copy = copyMeanwhile(bytes, begun, ({ frames }) => frames.end());
  try {
    return sealAll(await begun, copy, message.frameBytes);
  } finally {
    copy.fill(0);
  }
}

const frameCount = (lengthBytes: number, frameBytes: number): number =>
  Math.max(1, Math.ceil(lengthBytes / frameBytes));

/** Bytes of all frames. */
const bodyBytes = (lengthBytes: number, frameBytes: number): number =>
  lengthBytes + (frameCount(lengthBytes, frameBytes) - 1) * frameOverhead(false) + frameOverhead(true);

function sealAll(
  { bytes, headerBytes, frames, privateKey }: BegunMessage,
  plaintext: Buffer,
  frameBytes: number,
): OwnedBytes {
  try {
    let at = headerBytes;
    let from = 0;
    for (; plaintext.length - from > frameBytes; from += frameBytes) {
      at = frames.seal(bytes, at, plaintext.subarray(from, from + frameBytes), false);
    }
    at = frames.seal(bytes, at, from === 0 ? plaintext : plaintext.subarray(from), true);
    // The memory is not zeroed: what no frame filled is not to leave.
    if (at !== bytes.length) throw changed();
  } finally {
    frames.end();
  }
  return privateKey === undefined ? owned(bytes) : signed(bytes, privateKey);
}

const changed = (): KmsError =>
  invalidArgument(
    "make a message",
    "the plaintext changed its length while a recipient was asked",
    "Detach or resize its memory once the message is made.",
  );

function signed(bytes: Buffer, privateKey: KeyObject): OwnedBytes {
  const sign = signer("P-384");
  updateWith(sign, bytes);
  const end = footer(sign.sign(privateKey));
  // Not by `concat`: beyond 4 GiB it loses bytes without a word in Node 22.7 and some after it (nodejs/node#55422). UNTESTED:
  // a test would need 8 GiB.
  const message = allocate(bytes.length + end.length);
  message.set(bytes);
  message.set(end, bytes.length);
  return owned(message);
}

/** The footer (data-format/message-footer): u16 length ‖ signature in DER. */
export function footer(signature: Buffer): Buffer {
  const bytes = Buffer.allocUnsafeSlow(2 + signature.length);
  bytes.writeUInt16BE(signature.length);
  bytes.set(signature, 2);
  return bytes;
}
