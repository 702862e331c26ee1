import type { OwnedBytes } from "../contract/words.ts";

// Allocating each result by itself costs more than writing it: results are cut from one block, as Node cuts its Buffers.
const blockBytes = 16_384;
let block: OwnedBytes = new Uint8Array(0);
let free = 0;

/**
 * Writes a u16 count and then fields, each u16 length ‖ bytes, given as text whose characters are bytes. `size` is the
 * length of all of it, in bytes: the caller has counted it.
 */
export class FieldWriter {
  readonly #block: OwnedBytes;
  readonly #start: number;
  #at: number;

  constructor(size: number, count: number) {
    if (free + size > block.length) {
      block = new Uint8Array(Math.max(blockBytes, size));
      free = 0;
    }
    this.#block = block;
    this.#start = free;
    this.#at = free;
    free += size;
    this.#length(count);
  }

  /** One field: at most 65,535 characters, none above 255. */
  field(encoded: string): void {
    this.#length(encoded.length);
    const target = this.#block;
    const at = this.#at;
    for (let index = 0; index < encoded.length; index += 1) target[at + index] = encoded.charCodeAt(index);
    this.#at = at + encoded.length;
  }

  /** Two fields in a row, from a list. */
  pair(fields: readonly string[], index: number): void {
    this.field(fields[index] ?? "");
    this.field(fields[index + 1] ?? "");
  }

  /** What was written; nothing else ever writes there. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#block.buffer, this.#start, this.#at - this.#start);
  }

  #length(value: number): void {
    this.#block[this.#at] = value >> 8;
    this.#block[this.#at + 1] = value;
    this.#at += 2;
  }
}
