import type { Bytes, EncryptedDataKey, OwnedBytes, StringMap } from "@kms/core";
import { KmsError } from "@kms/core";
import { owned, viewOf } from "./bytes.ts";
import { invalidArgument } from "./errors.ts";
import { answered } from "./format/associated-data.ts";
import type { MessageHeader } from "./format/header.ts";
import { readLimits, type MessageLimits } from "./format/limits.ts";
import { commits, suiteName, type Suite, type SuiteId } from "./format/suites.ts";
import { wholeHeader } from "./message/decrypt.ts";

/** What the header of a message claims. Nothing of it is proven: whoever could write the bytes could write anything there. */
export interface MessageDescription {
  readonly suite: SuiteId;
  readonly messageId: OwnedBytes;
  /** Entries that the message stores; of a signed one with its public key. There may be more that it does not store. */
  readonly claimedAssociatedData: StringMap;
  /** Who is claimed to be able to open it. Names only to compare with, never to call. */
  readonly claimedRecipients: readonly EncryptedDataKey[];
  /** Whether it opens under one data key at most, if it opens at all. */
  readonly commits: boolean;
  readonly signed: boolean;
  readonly framed: boolean;
  /** Plaintext of every frame but the last; 0 without frames. */
  readonly frameBytes: number;
  /** Length of the header: the body follows. */
  readonly headerBytes: number;
  /** In sentences: what opening such a message proves, and what not (`crypto-rules` 23). */
  readonly proves: readonly string[];
}

/**
 * Reads the header of a message, offline and without a key; the first part of a message is enough. `INVALID_ARGUMENT`
 * for bytes that are no message, or of one whose header ends early; `TOO_LARGE` above a limit.
 */
export function describeMessage(message: Bytes, limits?: MessageLimits): MessageDescription {
  const header = readHeader(message, limits);
  const { suite, encryptedDataKeys, stored, framed, frameBytes } = header;
  return Object.freeze({
    suite: suite.id,
    messageId: copied(header.messageId),
    claimedAssociatedData: answered(stored),
    claimedRecipients: encryptedDataKeys.map(({ providerId, providerInfo, ciphertext }) =>
      Object.freeze({ providerId, providerInfo: copied(providerInfo), ciphertext: copied(ciphertext) }),
    ),
    commits: commits(suite),
    signed: suite.signature !== undefined,
    framed,
    frameBytes,
    headerBytes: header.lengthBytes,
    proves: proofsOf(suite),
  });
}

const copied = (bytes: Bytes): OwnedBytes => owned(new Uint8Array(bytes));

function readHeader(message: Bytes, limits: MessageLimits | undefined): MessageHeader {
  const bytes = viewOf(message, "message");
  const checked = readLimits(limits);
  try {
    return wholeHeader(bytes, checked);
  } catch (error) {
    if (!KmsError.isInstance(error) || error.code !== "DECRYPTION_FAILED") throw error;
    throw invalidArgument(
      "describe the message",
      "the bytes are no message of the AWS Encryption SDK, or its header ends early",
      "Pass a message from its first byte, with all of its header.",
    );
  }
}

function proofsOf(suite: Suite): readonly string[] {
  const lines = [
    "Until it is opened, nothing: suite, recipients and associated data are claims.",
    commits(suite)
      ? "Once it opens: the message commits to one data key, so every recipient who opens it reads the same."
      : `Once it opens: ${suiteName(suite.id)} does not commit to a data key; a message can be made to read differently to different recipients.`,
  ];
  if (suite.signature === undefined) return Object.freeze([...lines, unsigned]);
  return Object.freeze([...lines, signed]);
}

const unsigned =
  "Whoever can open it could have made it: every recipient holds the data key, and whoever has the public half of an RSA recipient can address a message to it.";
const signed =
  "The signature is by a key that the message itself brings. It shows that a recipient did not alter the message only where the wrap binds the associated data (an RSA wrap does not) and recipients have no right to encrypt; it never names a sender.";
