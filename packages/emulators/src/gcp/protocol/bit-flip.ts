import { isMessage, type Message } from "../input.ts";
import { isChecksum } from "./fields.ts";

// `undefined` where there is no bit.
function flipped(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    const copy = Buffer.from(value);
    const last = copy.at(-1);
    if (last === undefined) return undefined;
    copy[copy.length - 1] = last ^ 1;
    return copy;
  }
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value ^ 1;
  if (typeof value !== "string" || value === "") return undefined;
  return value.slice(0, -1) + String.fromCharCode(value.charCodeAt(value.length - 1) ^ 1);
}

/** A copy of a message in which the last bit of the field at `path` is another; `undefined` where it is not set. */
export function flipBit(message: Message, path: readonly string[]): Message | undefined {
  const [name = "", ...rest] = path;
  const value = message[name];
  const inner = (): Message | undefined => (isMessage(value) ? flipBit(value, rest) : undefined);
  const changed = rest.length > 0 ? inner() : flipped(value);
  return changed === undefined ? undefined : { ...message, [name]: changed };
}

/** A copy of a request without its checksums; `undefined` where it has none. */
export function withoutChecksums(message: Message): Message | undefined {
  const kept = Object.entries(message).filter(([name]) => !isChecksum(name));
  return kept.length === Object.keys(message).length ? undefined : Object.fromEntries(kept);
}
