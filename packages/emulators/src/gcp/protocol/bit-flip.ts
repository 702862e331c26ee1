import { isMessage, type Message } from "../input.ts";

function flipped(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    const copy = Buffer.from(value);
    copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
    return copy;
  }
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value ^ 1;
  if (typeof value !== "string") return value;
  return value.slice(0, -1) + String.fromCharCode(value.charCodeAt(value.length - 1) ^ 1);
}

/** A copy of a message in which the last bit of the field at `path` is another; the same where that field is not set. */
export function flipBit(message: Message, path: readonly string[]): Message {
  const [name, ...rest] = path;
  if (name === undefined) return message;
  const value = message[name];
  if (rest.length > 0) return isMessage(value) ? { ...message, [name]: flipBit(value, rest) } : message;
  return { ...message, [name]: flipped(value) };
}

/** A copy of a request without its checksums. */
export const withoutChecksums = (message: Message): Message =>
  Object.fromEntries(Object.entries(message).filter(([name]) => !name.endsWith("Crc32c")));
