import { KmsError, type OwnedBytes, type StringMap } from "@kms/core";
import { handedOut, viewOf } from "../bytes.ts";
import { readNewMessage, streamFrameBytes, type EncryptOptions, type NewMessage } from "../message/new-message.ts";
import { readOpening, type DecryptOptions, type OpenedHeader, type Opening } from "../message/open-header.ts";
import type { Recipient } from "../recipients/recipient.ts";
import { MessageOpener } from "./message-opener.ts";
import { MessageSealer } from "./message-sealer.ts";
import { SourceReader, type ByteSource } from "./source.ts";
import { tellingUnbegun } from "./unbegun.ts";

/**
 * A message of the AWS Encryption SDK in chunks, made as the plaintext comes: nothing is read before the consumer asks, and
 * at most one frame is held. `signal` ends it at any time, `timeoutMs` covers the data key alone. The errors of `encrypt`, and
 * those of the source; `CANCELLED` by the signal. A consumer that stops early ends the source and overwrites the key.
 */
export function encryptChunks(
  recipient: Recipient,
  source: ByteSource,
  associatedData?: StringMap,
  options?: EncryptOptions,
): AsyncGenerator<OwnedBytes, void> {
  const message = readNewMessage(recipient, associatedData, options, streamFrameBytes);
  const reader = new SourceReader(source, message.deadline.signal);
  return tellingUnbegun(sealChunks(message, reader), () => reader.end());
}

async function* sealChunks(message: NewMessage, reader: SourceReader): AsyncGenerator<OwnedBytes, void> {
  let sealer: MessageSealer | undefined;
  try {
    sealer = await MessageSealer.begin(message);
    yield sealer.header;
    for await (const chunk of reader.chunks()) yield* sealer.update(viewOf(chunk, "chunk"));
    yield* sealer.final();
  } finally {
    reader.end();
    sealer?.end();
  }
}

/** The plaintext of a message in chunks. */
export interface DecryptedChunks extends AsyncGenerator<OwnedBytes, void> {
  /** What the header proved, once enough was read; rejects when it proved nothing. No chunk comes before. */
  readonly opened: Promise<OpenedHeader>;
}

/**
 * The plaintext of a message as it comes. Each frame is answered once its tag holds, the end of a signed message once its
 * signature does; only a stream that ends without error was the whole message, and of a signed one not even the beginning
 * is known to be the signer's before that. Holds the header and one frame. The errors of `decrypt` and of the source;
 * `CANCELLED` by the signal.
 */
export function decryptChunks(
  recipient: Recipient,
  source: ByteSource,
  associatedData?: StringMap,
  options?: DecryptOptions,
): DecryptedChunks {
  const opening = readOpening(recipient, associatedData, options);
  let settle: Settling | undefined;
  const opened = new Promise<OpenedHeader>((resolve, reject) => (settle = { resolve, reject }));
  opened.catch(() => {}); // The chunks reject too; whoever reads those needs not look here.
  const reader = new SourceReader(source, opening.deadline.signal);
  const stopped = (error: unknown = unread()): void => {
    reader.end();
    settle?.reject(error);
  };
  const chunks = tellingUnbegun(openChunks(opening, reader, settle), stopped);
  const stop = chunks.return.bind(chunks);
  return Object.assign(chunks, {
    opened,
    // At once, though the source may hang and the generator with it.
    return: (value: void | PromiseLike<void>) => {
      settle?.reject(unread());
      return stop(value);
    },
  });
}

const unread = (): KmsError => new KmsError("CANCELLED", "The stream was ended before the header was read.");

interface Settling {
  readonly resolve: (opened: OpenedHeader) => void;
  readonly reject: (error: unknown) => void;
}

async function* openChunks(
  opening: Opening,
  reader: SourceReader,
  settle: Settling | undefined,
): AsyncGenerator<OwnedBytes, void> {
  const opener = new MessageOpener(opening);
  try {
    for await (const chunk of reader.chunks()) {
      const proven = await opener.update(viewOf(chunk, "chunk"));
      if (opener.opened !== undefined) settle?.resolve(opener.opened);
      yield* handedOut(proven);
    }
    opener.final();
  } catch (error) {
    settle?.reject(error);
    throw error;
  } finally {
    reader.end();
    opener.end();
  }
}
