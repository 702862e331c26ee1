import type { OwnedBytes } from "../contract/words.ts";
import { cutBytes } from "./bytes.ts";

/**
 * Writes a u16 count and then fields, each u16 length ‖ bytes, given as text whose characters are bytes. `size` is the
 * length of all of it, in bytes: the caller has counted it.
 */
export class FieldWriter {
  readonly #bytes: OwnedBytes;
  #at = 0;

  constructor(size: number, count: number) {
    this.#bytes = cutBytes(size);
    this.#length(count);
  }

  /** One field: at most 65,535 characters, none above 255. */
  field(encoded: string): void {
    this.#length(encoded.length);
    const target = this.#bytes;
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
    return this.#bytes;
  }

  #length(value: number): void {
    this.#bytes[this.#at] = value >> 8;
    this.#bytes[this.#at + 1] = value;
    this.#at += 2;
  }
}
