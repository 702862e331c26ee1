import { check } from "./assertions.ts";
import { toBase64, toBase64url, toHex } from "./bytes.ts";

/** What must not be found: in all the forms in which bytes get into text. */
export interface Canary {
  readonly what: string;
  readonly forms: readonly string[];
}

/** All the forms in which bytes get into text. */
export const formsOf = (bytes: Uint8Array): readonly string[] => [
  toHex(bytes),
  toHex(bytes).toUpperCase(),
  // The middle of the encodings: where the bytes begin in a longer text moves the ends.
  toBase64(bytes.subarray(0, bytes.length - (bytes.length % 3))),
  toBase64url(bytes.subarray(0, bytes.length - (bytes.length % 3))),
  Array.from(bytes).join(","),
  Array.from(bytes).join(", "),
  String.fromCharCode(...bytes),
];

/** Everything that a value shows when it is printed, logged or serialised: members of any kind, causes, stacks, buffers. */
export function textsOf(value: unknown, depth: number = 0): readonly string[] {
  if (value instanceof Uint8Array) return [toHex(value), toBase64(value), Array.from(value).join(",")];
  if (value instanceof ArrayBuffer) return textsOf(new Uint8Array(value));
  if (typeof value !== "object" || value === null) return [String(value)];
  if (depth > 6) return [];
  const names = [...new Set([...Object.getOwnPropertyNames(value), ...accessorNames(value)])];
  const members = names.flatMap((name) => [name, ...textsOf(Reflect.get(value, name), depth + 1)]);
  return [...members, printed(value), inJson(value)];
}

const printed = (value: object): string => (value instanceof Error ? value.toString() : "");

const accessorNames = (value: object): readonly string[] =>
  value instanceof Error ? ["message", "stack", "cause", "name"] : [];

function inJson(value: object): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return ""; // circular: its members are looked at one by one
  }
}

/** Fails the case when a text shows the canary. */
export function showsNot(texts: readonly string[], canary: Canary, where: string): void {
  for (const text of texts) {
    const found = canary.forms.some((form) => form.length >= 8 && text.includes(form));
    check(!found, `${where} shows ${canary.what}`);
  }
}
