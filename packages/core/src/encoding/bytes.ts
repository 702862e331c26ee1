import { isSharedArrayBuffer, isUint8Array } from "node:util/types";
import type { OwnedBytes } from "../contract/words.ts";
import { KmsError } from "../errors.ts";

// The getter itself: an instance can carry a `buffer` property of its own that lies.
const bufferOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "buffer")?.get;
const sizeOf = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")?.get;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A private copy of bytes that a caller passed, in memory of its own: changing the argument afterwards changes nothing.
 * `INVALID_ARGUMENT` for anything but a genuine `Uint8Array` (`Buffer` included), for memory shared between threads (it
 * can change between check and use) and for a detached buffer. `what` names the argument in the message.
 */
export const readBytes = (value: unknown, what: string): OwnedBytes => {
  if (!isUint8Array(value)) throw unreadable(what, `found ${kindOf(value)}`);
  const buffer: unknown = bufferOf?.call(value);
  try {
    sizeOf?.call(buffer); // throws for shared memory
    // Copies by internal slots: an overridden `length` or iterator is never asked.
    return new Uint8Array(value);
  } catch {
    throw unreadable(what, isSharedArrayBuffer(buffer) ? "found shared memory" : "found a detached buffer");
  }
};

// Allocating each short copy by itself costs more than filling it: they are cut from blocks, as Node cuts its Buffers.
const blockBytes = 16_384;
let block: OwnedBytes = new Uint8Array(0);
let used = 0;

/**
 * Memory, not zeroed, in which nothing else is ever written, and which may be a view of a larger block: for associated
 * data, which is no secret. Plaintext and keys lie in memory of their own.
 */
export const cutBytes = (lengthBytes: number): OwnedBytes => {
  if (lengthBytes > blockBytes / 4) return new Uint8Array(lengthBytes);
  if (used + lengthBytes > block.length) {
    block = new Uint8Array(blockBytes);
    used = 0;
  }
  const start = used;
  used = (used + lengthBytes + 7) & ~7;
  return new Uint8Array(block.buffer, start, lengthBytes);
};

/** The parts one after another, in new memory. */
export const concatBytes = (...parts: readonly Uint8Array[]): OwnedBytes => {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
};

/** Whether two byte strings are the same. Not for secrets: it stops at the first difference (`equalSecrets` does not). */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
};

/** UTF-8, in new memory. `INVALID_ARGUMENT` for a lone surrogate, which UTF-8 cannot say. */
export const utf8 = (value: string): OwnedBytes => {
  if (!value.isWellFormed()) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      "Cannot encode text as UTF-8: it holds a lone surrogate. Pass well-formed Unicode.",
    );
  }
  return encoder.encode(value);
};

/** The text that well-formed UTF-8 says, a byte order mark kept as a character; `undefined` for malformed bytes. */
export const text = (bytes: Uint8Array): string | undefined => {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined; // The fatal decoder throws for malformed input only.
  }
};

/** The kind of a value for an error message: never its content. */
export const kindOf = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "another kind of object" : typeof value;
};

const unreadable = (what: string, found: string): KmsError =>
  new KmsError(
    "INVALID_ARGUMENT",
    `Cannot read ${what}: ${found}. Pass a Uint8Array over memory that is neither shared nor detached.`,
  );
