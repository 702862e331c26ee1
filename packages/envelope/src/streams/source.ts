import type { Bytes, KmsError } from "@kms/core";
import { cancelled, invalidArgument } from "../errors.ts";

/** Chunks of any size: a web stream, an async iterable (a Node stream is one), or an iterable. */
export type ByteSource = AsyncIterable<Bytes> | Iterable<Bytes> | ReadableStream<Bytes>;

interface Next {
  readonly done?: boolean | undefined;
  readonly value?: unknown;
}
interface Chunks {
  readonly next: () => Promise<Next> | Next;
  /** Tells the source that nobody reads on. */
  readonly end: () => unknown;
}

type Given = Partial<AsyncIterable<unknown> & Iterable<unknown> & Pick<ReadableStream<unknown>, "getReader">> & {
  readonly destroy?: unknown;
};

/** A source as it is asked. `INVALID_ARGUMENT` for what is none, bytes themselves included: they are no chunks. */
function open(source: unknown): Chunks {
  if (typeof source === "object" && source !== null && !ArrayBuffer.isView(source)) {
    const given = source as Given;
    // By their own doors, since their iterators end only once they have answered what they were asked.
    if (typeof given.getReader === "function") return openWebStream(given.getReader());
    const { destroy } = given;
    const end = typeof destroy === "function" ? () => destroy.call(source) as unknown : undefined;
    if (given[Symbol.asyncIterator] !== undefined) {
      return openIterator((given as AsyncIterable<unknown>)[Symbol.asyncIterator](), end);
    }
    if (given[Symbol.iterator] !== undefined) return openIterator((given as Iterable<unknown>)[Symbol.iterator](), end);
  }
  throw invalidArgument(
    "read the source",
    "it is no iterable of chunks",
    "Pass a stream or an iterable of Uint8Array.",
  );
}

const openWebStream = (reader: ReadableStreamDefaultReader<unknown>): Chunks => ({
  next: () => reader.read(),
  end: () => reader.cancel(),
});

const openIterator = (iterator: AsyncIterator<unknown> | Iterator<unknown>, end?: () => unknown): Chunks => ({
  next: () => iterator.next(),
  end: end ?? (() => iterator.return?.()),
});

/**
 * Reads the chunks of a source until its end or the signal. When the consumer stops or the signal comes, the source is told,
 * once, and not waited for: it may hang.
 */
export class SourceReader {
  readonly #source: unknown;
  readonly #signal: AbortSignal | undefined;
  #opened: Chunks | undefined;
  #isOver = false;

  constructor(source: unknown, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  /** To be read once. `INVALID_ARGUMENT` for what is no source; `CANCELLED`; the source's own errors. */
  async *chunks(): AsyncGenerator<unknown, void> {
    const chunks = this.#open();
    const interruption = new Interruption(this.#signal);
    try {
      for (;;) {
        const { done, value } = await interruption.orEnd(() => chunks.next());
        this.#isOver = done === true;
        if (this.#isOver) return;
        yield value;
      }
    } catch (error) {
      // What threw has ended by itself, unless it was the signal.
      this.#isOver = this.#signal?.aborted !== true;
      throw error;
    } finally {
      interruption.dispose();
      this.end();
    }
  }

  /** For whoever reads no chunk, or stops: tells the source, also one that was not begun. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#tell().catch(() => {}); // Nobody is left whom its trouble concerns.
  }

  async #tell(): Promise<unknown> {
    return this.#open().end();
  }

  #open(): Chunks {
    return (this.#opened ??= open(this.#source));
  }
}

/** Waits for one thing after another until the signal. Not by `Promise.race`, which keeps what it waited for. */
class Interruption {
  readonly #signal: AbortSignal | undefined;
  #reject: ((error: KmsError) => void) | undefined;
  readonly #listener = (): void => {
    if (this.#signal !== undefined) this.#reject?.(cancelled(this.#signal));
  };

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    signal?.addEventListener("abort", this.#listener, { once: true });
  }

  /** What is not asked for once the signal has come, and not waited for when it comes. */
  async orEnd<T>(next: () => T | Promise<T>): Promise<T> {
    const signal = this.#signal;
    if (signal === undefined) return next();
    if (signal.aborted) throw cancelled(signal);
    return new Promise<T>((resolve, reject) => {
      this.#reject = reject;
      Promise.resolve(next()).then(resolve, reject);
    });
  }

  dispose(): void {
    this.#signal?.removeEventListener("abort", this.#listener);
  }
}
