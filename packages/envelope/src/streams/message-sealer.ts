import { Buffer } from "node:buffer";
import type { KeyObject, Sign } from "node:crypto";
import type { OwnedBytes } from "@kms/core";
import { allocate, owned } from "../bytes.ts";
import { frameOverhead, type FrameSealer } from "../message/frame-sealer.ts";
import { beginMessage, type NewMessage } from "../message/new-message.ts";
import { footer } from "../message/encrypt.ts";
import { mostAtOnce, signer, updateWith } from "../primitives.ts";

// Below this a copy costs less than two more chunks; above `mostAtOnce` the cipher does not take a frame at once.
const leastInPieces = 16_384;

/** Makes one message out of plaintext that comes in chunks of any size; holds at most one frame of it. */
export class MessageSealer {
  readonly #frames: FrameSealer;
  readonly #frameBytes: number;
  readonly #signature: { readonly sign: Sign; readonly key: KeyObject } | undefined;
  #held: Buffer = Buffer.alloc(0);
  #used = 0;
  /** Stands before everything else. */
  readonly header: OwnedBytes;

  private constructor(header: OwnedBytes, frames: FrameSealer, frameBytes: number, key: KeyObject | undefined) {
    this.header = header;
    this.#frames = frames;
    this.#frameBytes = frameBytes;
    if (key !== undefined) this.#signature = { sign: signer("P-384"), key };
    if (this.#signature !== undefined) updateWith(this.#signature.sign, header);
  }

  /** Gets the data key and makes the header. */
  static async begin(message: NewMessage): Promise<MessageSealer> {
    const { bytes, frames, privateKey } = await beginMessage(message, { plaintextBytes: undefined, bodyBytes: 0 });
    return new MessageSealer(owned(bytes), frames, message.frameBytes, privateKey);
  }

  /** The frames that a chunk completes. The last full one waits: only what follows tells whether it is the final one. */
  update(chunk: Buffer): OwnedBytes[] {
    const made: OwnedBytes[] = [];
    let at = 0;
    while (chunk.length - at > this.#frameBytes - this.#used) {
      const part = chunk.subarray(at, at + this.#frameBytes - this.#used);
      at += part.length;
      this.#seal(this.#used === 0 ? part : this.#filled(part), false, made);
    }
    if (at < chunk.length) this.#hold(chunk.subarray(at));
    return made;
  }

  /** The final frame and, in a signed suite, the footer. */
  final(): OwnedBytes[] {
    const made: OwnedBytes[] = [];
    this.#seal(this.#held.subarray(0, this.#used), true, made);
    if (this.#signature !== undefined) made.push(owned(footer(this.#signature.sign.sign(this.#signature.key))));
    return made;
  }

  /** Overwrites the key and the plaintext held. */
  end(): void {
    this.#frames.end();
    this.#held.fill(0);
  }

  /** Adds the next frame: a small one as one chunk, a large one in pieces, which spares a copy of it. */
  #seal(plaintext: Buffer, isFinal: boolean, made: OwnedBytes[]): void {
    if (plaintext.length >= leastInPieces && plaintext.length <= mostAtOnce) {
      for (const piece of this.#frames.sealApart(plaintext, isFinal)) this.#add(piece, made);
      return;
    }
    const frame = allocate(plaintext.length + frameOverhead(isFinal));
    this.#frames.seal(frame, 0, plaintext, isFinal);
    this.#add(frame, made);
  }

  #add(piece: Buffer, made: OwnedBytes[]): void {
    if (this.#signature !== undefined) updateWith(this.#signature.sign, piece);
    made.push(owned(piece));
  }

  #filled(part: Buffer): Buffer {
    this.#hold(part);
    this.#used = 0;
    return this.#held.subarray(0, this.#frameBytes);
  }

  #hold(part: Buffer): void {
    const needed = this.#used + part.length;
    if (needed > this.#held.length) {
      const larger = allocate(Math.min(this.#frameBytes, Math.max(needed, 2 * this.#held.length)));
      larger.set(this.#held.subarray(0, this.#used));
      this.#held.fill(0);
      this.#held = larger;
    }
    this.#held.set(part, this.#used);
    this.#used = needed;
  }
}
