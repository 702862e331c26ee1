import type { Buffer } from "node:buffer";
import { decryptionFailed } from "../errors.ts";

/** Thrown by `ByteReader` when the bytes end early: `needed` bytes from the start would get further. */
export class Short extends Error {
  readonly needed: number;
  constructor(needed: number) {
    super("the bytes end early");
    this.needed = needed;
  }
}

/** Reads big-endian numbers and byte strings one after another. Nothing is copied. */
export class ByteReader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u8(): number {
    return this.#bytes[this.#advance(1)] ?? 0;
  }

  u16(): number {
    return this.#bytes.readUInt16BE(this.#advance(2));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  /** A byte string, as a view. */
  take(lengthBytes: number): Buffer {
    const start = this.#advance(lengthBytes);
    return this.#bytes.subarray(start, start + lengthBytes);
  }

  /** A u16 length, then that many bytes. */
  field(): Buffer {
    return this.take(this.u16());
  }

  /** A u16 length, then that many bytes of UTF-8. `DECRYPTION_FAILED` for malformed ones. */
  text(): string {
    const start = this.#advance(this.u16());
    // The common case, ASCII, costs a tenth of the decoder.
    const ascii = this.#bytes.toString("latin1", start, this.at);
    return isAscii(ascii) ? ascii : utf8Text(this.#bytes.subarray(start, this.at));
  }

  #advance(lengthBytes: number): number {
    const start = this.at;
    const end = start + lengthBytes;
    if (end > this.#bytes.length) throw new Short(end);
    this.at = end;
    return start;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8Text(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw decryptionFailed();
  }
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
