import { Buffer } from "node:buffer";
import { isSharedArrayBuffer, isUint8Array } from "node:util/types";
import { KmsError, type Bytes, type OwnedBytes } from "@kms/core";
import { invalidArgument } from "./errors.ts";

// The getters themselves: an instance can carry properties of its own that lie.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getter = (name: "buffer" | "byteOffset" | "byteLength"): ((this: unknown) => unknown) => {
  const { get } = Object.getOwnPropertyDescriptor(typedArray, name) ?? {};
  if (get === undefined) throw new TypeError(`this runtime's typed arrays have no ${name}`);
  return get as (this: unknown) => unknown;
};
const bufferOf = getter("buffer");
const offsetOf = getter("byteOffset");
const lengthOf = getter("byteLength");

/**
 * The caller's bytes under a view of our own, not copied. `INVALID_ARGUMENT` for anything but a genuine `Uint8Array`, for
 * memory shared between threads and for a detached buffer. `what` names the argument in the message.
 */
export function viewOf(value: unknown, what: string): Buffer {
  if (!isUint8Array(value)) throw unreadable(what, `found ${value === null ? "null" : typeof value}`);
  const buffer = bufferOf.call(value);
  if (isSharedArrayBuffer(buffer)) throw unreadable(what, "found shared memory");
  try {
    return Buffer.from(buffer as ArrayBuffer, offsetOf.call(value) as number, lengthOf.call(value) as number);
  } catch {
    throw unreadable(what, "found a detached buffer");
  }
}

/** A private copy of the caller's bytes; the errors of `viewOf`. */
export const copyOf = (value: unknown, what: string): Buffer => Buffer.from(unshared(viewOf(value, what)).buffer);

/** Memory of its own, not zeroed: every byte of it is written before it is answered. `TOO_LARGE` where there is not that much. */
export function allocate(lengthBytes: number): Buffer {
  try {
    return Buffer.allocUnsafeSlow(lengthBytes);
  } catch (cause) {
    const found = `${lengthBytes} bytes do not fit into memory at once. Use encryptChunks or decryptChunks, or greater frames.`;
    throw new KmsError("TOO_LARGE", found, { cause });
  }
}

/**
 * A copy of the caller's bytes for as long as somebody is asked, since the caller may use its memory again. Where there is no
 * room for it, what was asked for is let go of by `forget`: it comes all the same, and nobody waits for it.
 */
export function copyMeanwhile<T>(bytes: Buffer, asked: Promise<T>, forget: (answer: T) => void): Buffer {
  try {
    const copy = allocate(bytes.length);
    if (copy.length > 0) copy.set(bytes); // Detached memory is none, and cannot be copied.
    return copy;
  } catch (error) {
    asked.then(forget, () => {});
    throw error;
  }
}

/** Bytes as a plain array over memory that nothing else shares; copied only where they lie in something larger. */
export function owned(bytes: Bytes): OwnedBytes {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length ? new Uint8Array(buffer) : unshared(bytes);
}

/**
 * The parts one after another, in memory of their own; a single part that fills its memory is not copied. Parts that are
 * copied are overwritten: they are plaintext.
 */
export function joined(parts: readonly Bytes[]): OwnedBytes {
  const [first] = parts;
  const fills = first !== undefined && first.buffer.byteLength === first.length;
  if (parts.length === 1 && fills) return owned(first);
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(allocate(length).buffer as ArrayBuffer);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
    part.fill(0);
  }
  return whole;
}

/** Overwrites plaintext that nobody is to have. */
export const wipe = (parts: readonly Bytes[]): void => parts.forEach((part) => part.fill(0));

/** Plaintext part by part; where the reader stops, what he was not given is overwritten. */
export function* handedOut(parts: readonly OwnedBytes[]): Generator<OwnedBytes, void> {
  let taken = 0;
  try {
    for (const part of parts) {
      taken += 1;
      yield part;
    }
  } finally {
    wipe(parts.slice(taken));
  }
}

const unshared = (bytes: Bytes): OwnedBytes => new Uint8Array(bytes);

const unreadable = (what: string, found: string): Error =>
  invalidArgument(`read ${what}`, found, "Pass a Uint8Array over memory that is neither shared nor detached.");
