import type { Bytes, CallOptions, OwnedBytes, StringMap } from "@kms/core";
import { cancelled } from "../errors.ts";
import { encryptOptionNames, type EncryptOptions } from "../message/new-message.ts";
import { decryptOptionNames, type DecryptOptions, type OpenedHeader } from "../message/open-header.ts";
import { readOptions } from "../options.ts";
import type { Recipient } from "../recipients/recipient.ts";
import { decryptChunks, encryptChunks } from "./chunks.ts";

// By their global names: in a project with the DOM library these are its types, in others those of Node.

/** For `pipeThrough`: bytes are written to the one end and read from the other. */
export interface ByteTransform {
  readonly writable: WritableStream<Bytes>;
  readonly readable: ReadableStream<OwnedBytes>;
}

const encryptNames: ReadonlySet<string> = new Set(encryptOptionNames);
const decryptNames: ReadonlySet<string> = new Set(decryptOptionNames);

/**
 * `encryptChunks` as a pair of web streams. Whatever ends one end ends the other at once and overwrites the key: cancelling,
 * aborting, the signal, an error; also where nobody reads at that time.
 */
export function encryptionStream(
  recipient: Recipient,
  associatedData?: StringMap,
  options?: EncryptOptions,
): ByteTransform {
  const ending = new AbortController();
  const { signal, ...rest } = readOptions(options, encryptNames);
  const { source, writable } = entrance(ending);
  const chunks = encryptChunks(recipient, source, associatedData, { ...rest, signal: signalOf(signal, ending) });
  return { writable, readable: exit(chunks, ending, signal) };
}

/** `decryptChunks` as a pair of web streams, with what the header proved. They end as those of `encryptionStream` do. */
export function decryptionStream(
  recipient: Recipient,
  associatedData?: StringMap,
  options?: DecryptOptions,
): ByteTransform & { readonly opened: Promise<OpenedHeader> } {
  const ending = new AbortController();
  const { signal, ...rest } = readOptions(options, decryptNames);
  const { source, writable } = entrance(ending);
  const chunks = decryptChunks(recipient, source, associatedData, { ...rest, signal: signalOf(signal, ending) });
  return { writable, readable: exit(chunks, ending, signal), opened: chunks.opened };
}

/** Aborted with the caller's signal or when either end ends early. What is no signal is refused where the options are read. */
const signalOf = (signal: CallOptions["signal"], { signal: ending }: AbortController): AbortSignal =>
  signal === undefined ? ending : signal instanceof AbortSignal ? AbortSignal.any([signal, ending]) : signal;

interface Entrance {
  readonly source: AsyncIterable<Bytes>;
  readonly writable: WritableStream<Bytes>;
}

/**
 * Where the bytes come in. A write is over when its chunk has been read; one that waits for that keeps a `TransformStream` from
 * hearing of `abort`, hence an end of our own in front of it.
 */
function entrance(ending: AbortController): Entrance {
  const onEnd = (end: (reason: unknown) => void): void => {
    ending.signal.addEventListener("abort", () => end(ending.signal.reason), { once: true });
  };
  const inner = new TransformStream<Bytes, Bytes>({
    start: (controller) => onEnd((reason) => controller.error(reason)),
  });
  const writer = inner.writable.getWriter();
  writer.closed.catch(() => {}); // The end in front of it is the one that tells.
  const reader = inner.readable.getReader();
  reader.closed.catch(() => {});
  const writable = new WritableStream<Bytes>({
    start: (controller) => {
      // Not in the types of Node 20, though it has it.
      const { signal } = controller as typeof controller & { readonly signal: AbortSignal };
      signal.addEventListener("abort", () => ending.abort(signal.reason), { once: true });
      // Who aborts has ended this end by that; Node takes no error while it does.
      onEnd((reason) => (signal.aborted ? undefined : controller.error(reason)));
    },
    write: (chunk) => writer.write(chunk),
    close: () => writer.close(),
  });
  const next = async (): Promise<IteratorResult<Bytes, undefined>> => {
    const { done, value } = await reader.read();
    return done ? { done, value: undefined } : { done, value };
  };
  return { source: { [Symbol.asyncIterator]: () => ({ next }) }, writable };
}

/** Where the bytes come out. Pulls only what is asked for; cancelling does not wait for a source that hangs. */
function exit(
  chunks: AsyncGenerator<OwnedBytes, void>,
  ending: AbortController,
  signal: AbortSignal | undefined,
): ReadableStream<OwnedBytes> {
  const bySignal = (): void => (signal === undefined ? undefined : ending.abort(cancelled(signal)));
  const forget = (): void => signal?.removeEventListener("abort", bySignal);
  const start = (controller: ReadableStreamDefaultController<OwnedBytes>): void => {
    const end = (): void => {
      forget();
      controller.error(ending.signal.reason);
      chunks.return().catch(() => {}); // Told to both ends already.
    };
    ending.signal.addEventListener("abort", end, { once: true });
    if (signal?.aborted === true) bySignal();
    else signal?.addEventListener("abort", bySignal, { once: true });
  };
  const pull = async (controller: ReadableStreamDefaultController<OwnedBytes>): Promise<void> => {
    try {
      const { done, value } = await chunks.next();
      if (done !== true) return controller.enqueue(value);
      forget();
      if (!ending.signal.aborted) controller.close();
    } catch (error) {
      ending.abort(error);
    }
  };
  const cancel = async (reason: unknown): Promise<void> => {
    ending.abort(reason);
    await chunks.return();
  };
  return new ReadableStream<OwnedBytes>({ start, pull, cancel }, { highWaterMark: 0 });
}
