import { KmsError, type CallOptions, type OwnedBytes, type StringMap } from "@kms/core";
import { viewOf, wipe } from "./bytes.ts";
import { maximumAssociatedDataBytes } from "./format/associated-data.ts";
import type { WrittenSuiteId } from "./format/suites.ts";
import { suiteOf } from "./format/suites.ts";
import { readNewMessage, streamFrameBytes, type EncryptOptions, type NewMessage } from "./message/new-message.ts";
import { readOpening, type DecryptOptions, type OpenedHeader, type Opening } from "./message/open-header.ts";
import { readOptions } from "./options.ts";
import type { Recipient } from "./recipients/recipient.ts";
import { MessageOpener } from "./streams/message-opener.ts";
import { MessageSealer } from "./streams/message-sealer.ts";
import { SourceReader, type ByteSource } from "./streams/source.ts";
import { tellingUnbegun } from "./streams/unbegun.ts";

/** Who opens a message, and for whom it is made anew. */
export interface Rewrapping {
  readonly from: Recipient;
  readonly to: Recipient;
}

/** Options of `rewrap`. */
export interface RewrapOptions extends CallOptions, Pick<DecryptOptions, "commitmentPolicy" | "limits"> {
  /** Entries that the message must have been made with; those that it does not store must stand here. */
  readonly associatedData?: StringMap | undefined;
  /** Default: signed where the message is signed (0x0578), else 0x0478. */
  readonly suite?: WrittenSuiteId | undefined;
  /** Default 262,144. */
  readonly frameBytes?: number | undefined;
}

const sides: ReadonlySet<string> = new Set<keyof Rewrapping>(["from", "to"]);
const names: ReadonlySet<string> = new Set<keyof RewrapOptions>([
  "associatedData",
  "commitmentPolicy",
  "frameBytes",
  "limits",
  "signal",
  "suite",
  "timeoutMs",
]);

/**
 * A message for other recipients, in chunks, as the old one comes: opened and encrypted anew, with a new message id and a
 * new data key, under the same associated data, of which the new message stores what the old one did. One frame of plaintext is
 * in memory at a time. A header is never changed in place: a second tag under one message id gives the key away
 * (`crypto-rules` 24). Only a message that came to its end without error is whole. The errors of `decryptChunks` and of
 * `encryptChunks`; `UNSUPPORTED` and `TOO_LARGE` for a message whose associated data no new one may have: a name that is empty,
 * `__proto__` or has a reserved prefix, or more than 8,000 bytes. `commitmentPolicy` governs both messages.
 */
export function rewrap(
  between: Rewrapping,
  source: ByteSource,
  options?: RewrapOptions,
): AsyncGenerator<OwnedBytes, void> {
  const { from, to } = readOptions(between, sides) as Rewrapping; // One that is missing is told as no recipient.
  const { associatedData, suite, frameBytes, commitmentPolicy, limits, ...call } = readOptions(options, names);
  const opening = readOpening(from, associatedData, { commitmentPolicy, limits, ...call });
  const fresh = { suite, frameBytes, commitmentPolicy, ...call };
  // Whatever is wrong in the options is told at once, not when the first chunk has been opened.
  readNewMessage(to, undefined, fresh, streamFrameBytes);
  const reader = new SourceReader(source, opening.deadline.signal);
  const chunks = rewrapChunks(opening, reader, (opened) => newMessage(to, opened, fresh));
  return tellingUnbegun(chunks, () => reader.end());
}

function newMessage(to: Recipient, opened: OpenedHeader, options: EncryptOptions): NewMessage {
  const { associatedData, unstored } = opened;
  const suite = options.suite ?? (suiteOf(opened.suite)?.signature === undefined ? 0x0478 : 0x0578);
  const required = unstored.length > 0 ? { requiredOnDecrypt: unstored } : {};
  try {
    return readNewMessage(to, associatedData, { ...options, ...required, suite }, streamFrameBytes);
  } catch (cause) {
    // The options were read before: what is left is what the message is bound to.
    if (!KmsError.isInstance(cause)) throw cause;
    throw cause.code === "TOO_LARGE" ? tooMuch(cause) : reserved(cause);
  }
}

const tooMuch = (cause: KmsError): KmsError =>
  new KmsError(
    "TOO_LARGE",
    `The message cannot be made anew: it is bound to more than ${maximumAssociatedDataBytes} bytes of associated data. ` +
      "Decrypt it, and encrypt it under identifiers.",
    { cause },
  );

const reserved = (cause: KmsError): KmsError =>
  new KmsError(
    "UNSUPPORTED",
    "The message cannot be made anew: a name of its associated data is empty, __proto__ or begins with aws-crypto-, aws: " +
      "or kms-. Decrypt it, and encrypt it under names of your own.",
    { cause },
  );

async function* rewrapChunks(
  opening: Opening,
  reader: SourceReader,
  messageOf: (opened: OpenedHeader) => NewMessage,
): AsyncGenerator<OwnedBytes, void> {
  const opener = new MessageOpener(opening);
  let sealer: MessageSealer | undefined;
  try {
    for await (const chunk of reader.chunks()) {
      const proven = await opener.update(viewOf(chunk, "chunk"));
      if (opener.opened === undefined) continue;
      try {
        if (sealer === undefined) {
          sealer = await MessageSealer.begin(messageOf(opener.opened));
          yield sealer.header;
        }
        for (const part of proven) yield* sealer.update(viewOf(part, "plaintext"));
      } finally {
        wipe(proven);
      }
    }
    opener.final();
    if (sealer !== undefined) yield* sealer.final();
  } finally {
    reader.end();
    opener.end();
    sealer?.end();
  }
}
