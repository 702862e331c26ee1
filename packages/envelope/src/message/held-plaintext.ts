import type { Buffer } from "node:buffer";
import { allocate } from "../bytes.ts";

const blockBytes = 16_384;

/** Plaintext that is not proven yet. Small parts are gathered, so that chunks of a byte do not cost an object each. */
export class HeldPlaintext {
  #parts: Buffer[] = [];
  #block: Buffer | undefined;
  #used = 0;

  add(part: Buffer): void {
    if (part.length >= blockBytes / 4) {
      this.#close();
      this.#parts.push(part);
      return;
    }
    if (part.length === 0) return;
    if (this.#parts.length === 0 && this.#block === undefined) {
      // Most messages are one part.
      this.#parts.push(part);
      return;
    }
    if (this.#block === undefined || this.#used + part.length > blockBytes) {
      this.#close();
      this.#block = allocate(blockBytes);
    }
    this.#block.set(part, this.#used);
    this.#used += part.length;
    part.fill(0);
  }

  /** Hands all of it over, in order. */
  release(into: Buffer[]): void {
    this.#close();
    for (const part of this.#parts) into.push(part);
    this.#parts = [];
  }

  /** Overwrites it. */
  wipe(): void {
    this.#close();
    for (const part of this.#parts) part.fill(0);
    this.#parts = [];
  }

  #close(): void {
    if (this.#block !== undefined) this.#parts.push(this.#block.subarray(0, this.#used));
    this.#block = undefined;
    this.#used = 0;
  }
}
