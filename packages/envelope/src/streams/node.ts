import { Transform, type TransformCallback } from "node:stream";
import { KmsError, type OwnedBytes, type StringMap } from "@kms/core";
import { viewOf, wipe } from "../bytes.ts";
import { cancelled } from "../errors.ts";
import { readNewMessage, streamFrameBytes, type EncryptOptions, type NewMessage } from "../message/new-message.ts";
import { readOpening, type DecryptOptions, type OpenedHeader, type Opening } from "../message/open-header.ts";
import type { Recipient } from "../recipients/recipient.ts";
import { MessageOpener } from "./message-opener.ts";
import { MessageSealer } from "./message-sealer.ts";

/** `encryptChunks` as a Node stream, for `pipeline`: plaintext in, message out. Destroying it overwrites the key. */
export function encryptionTransform(
  recipient: Recipient,
  associatedData?: StringMap,
  options?: EncryptOptions,
): Transform {
  return new Encryption(readNewMessage(recipient, associatedData, options, streamFrameBytes));
}

/** A Node stream that opens a message. */
export interface DecryptionTransform extends Transform {
  /** What the header proved, once enough was written; rejects when it proved nothing. */
  readonly opened: Promise<OpenedHeader>;
}

/** `decryptChunks` as a Node stream, for `pipeline`: message in, plaintext out. Destroying it overwrites the key. */
export function decryptionTransform(
  recipient: Recipient,
  associatedData?: StringMap,
  options?: DecryptOptions,
): DecryptionTransform {
  return new Decryption(readOpening(recipient, associatedData, options));
}

/** Ends a stream when the signal comes. */
function endBy(stream: Transform, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const end = (): void => void stream.destroy(cancelled(signal));
  if (signal.aborted) end();
  else {
    signal.addEventListener("abort", end, { once: true });
    stream.once("close", () => signal.removeEventListener("abort", end));
  }
}

class Encryption extends Transform {
  readonly #message: NewMessage;
  #sealer: MessageSealer | undefined;

  constructor(message: NewMessage) {
    super();
    this.#message = message;
    endBy(this, message.deadline.signal);
  }

  override _transform(chunk: unknown, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#with((sealer) => sealer.update(viewOf(chunk, "chunk")), callback);
  }

  override _flush(callback: TransformCallback): void {
    this.#with((sealer) => sealer.final(), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#sealer?.end();
    callback(error);
  }

  /** At once where the message is begun, so that a chunk costs no promise. */
  #with(make: (sealer: MessageSealer) => readonly OwnedBytes[], callback: TransformCallback): void {
    if (this.#sealer !== undefined) return this.#make(this.#sealer, make, callback);
    MessageSealer.begin(this.#message).then((sealer) => {
      if (this.destroyed) return sealer.end();
      this.#sealer = sealer;
      this.push(sealer.header);
      this.#make(sealer, make, callback);
    }, callback);
  }

  #make(
    sealer: MessageSealer,
    make: (sealer: MessageSealer) => readonly OwnedBytes[],
    callback: TransformCallback,
  ): void {
    try {
      for (const part of make(sealer)) this.push(part);
    } catch (error) {
      return callback(error as Error);
    }
    callback();
  }
}

class Decryption extends Transform implements DecryptionTransform {
  readonly #opener: MessageOpener;
  readonly opened: Promise<OpenedHeader>;
  #resolve: ((opened: OpenedHeader) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  constructor(opening: Opening) {
    super();
    this.#opener = new MessageOpener(opening);
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.opened.catch(() => {}); // The stream fails too.
    endBy(this, opening.deadline.signal);
  }

  override _transform(chunk: unknown, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#update(chunk).then(() => callback(), callback);
  }

  async #update(chunk: unknown): Promise<void> {
    try {
      const proven = await this.#opener.update(viewOf(chunk, "chunk"));
      if (this.destroyed) return wipe(proven);
      if (this.#opener.opened !== undefined) this.#resolve?.(this.#opener.opened);
      for (const part of proven) this.push(part);
    } finally {
      // Destroyed while the data key was asked for: the key came after that, whatever else the chunk held.
      if (this.destroyed) this.#opener.end();
    }
  }

  override _flush(callback: TransformCallback): void {
    try {
      this.#opener.final();
    } catch (error) {
      return callback(error as Error);
    }
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#opener.end();
    this.#reject?.(error ?? new KmsError("CANCELLED", "The stream was destroyed before the header was read."));
    callback(error);
  }
}
