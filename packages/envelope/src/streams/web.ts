import type { Bytes, CallOptions, OwnedBytes, StringMap } from "@kms/core";
import type { EncryptOptions } from "../message/new-message.ts";
import type { DecryptOptions, OpenedHeader } from "../message/open-header.ts";
import type { Recipient } from "../recipients/recipient.ts";
import { decryptChunks, encryptChunks } from "./chunks.ts";

// By their global names: in a project with the DOM library these are its types, in others those of Node.

/** For `pipeThrough`: bytes are written to the one end and read from the other. */
export interface ByteTransform {
  readonly writable: WritableStream<Bytes>;
  readonly readable: ReadableStream<OwnedBytes>;
}

/** `encryptChunks` as a pair of web streams. Cancelling or aborting either end ends the other and overwrites the key. */
export function encryptionStream(
  recipient: Recipient,
  associatedData?: StringMap,
  options?: EncryptOptions,
): ByteTransform {
  const { source, writable, cancelling } = entrance();
  const chunks = encryptChunks(recipient, source, associatedData, endingBy(options, cancelling.signal));
  return { writable, readable: readableOf(chunks, cancelling) };
}

/** `decryptChunks` as a pair of web streams, with what the header proved. */
export function decryptionStream(
  recipient: Recipient,
  associatedData?: StringMap,
  options?: DecryptOptions,
): ByteTransform & { readonly opened: Promise<OpenedHeader> } {
  const { source, writable, cancelling } = entrance();
  const chunks = decryptChunks(recipient, source, associatedData, endingBy(options, cancelling.signal));
  return { writable, readable: readableOf(chunks, cancelling), opened: chunks.opened };
}

interface Entrance {
  readonly source: ReadableStream<Bytes>;
  readonly writable: WritableStream<Bytes>;
  readonly cancelling: AbortController;
}

/** Where the bytes come in. Cancelling ends it also where nothing was read yet. */
function entrance(): Entrance {
  const cancelling = new AbortController();
  const { readable: source, writable } = new TransformStream<Bytes, Bytes>({
    start: (controller) => {
      cancelling.signal.addEventListener("abort", () => controller.error(cancelling.signal.reason), { once: true });
    },
  });
  return { source, writable, cancelling };
}

/** The options with a signal that is aborted with either. */
function endingBy<O extends CallOptions>(options: O | undefined, cancelling: AbortSignal): O {
  const given = options?.signal;
  // What is no signal is refused where the options are read.
  if (given !== undefined && !(given instanceof AbortSignal)) return options as O;
  const signal = given === undefined ? cancelling : AbortSignal.any([given, cancelling]);
  return { ...options, signal } as O;
}

/** Pulls only what is asked for. Cancelling does not wait for a source that hangs. */
const readableOf = (
  chunks: AsyncGenerator<OwnedBytes, void>,
  cancelling: AbortController,
): ReadableStream<OwnedBytes> =>
  new ReadableStream<OwnedBytes>(
    {
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel: async (reason) => {
        cancelling.abort(reason);
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
