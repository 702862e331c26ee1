import type { Json } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { kindOf } from "./bytes.ts";

/** The deepest nesting that canonical JSON takes: arrays and objects within each other. */
export const maximumJsonDepth = 32;

/**
 * The one spelling of a JSON value (RFC 8785), for digests and tokens.
 * Takes null, booleans, strings, safe integers, arrays and plain objects. `INVALID_ARGUMENT` for anything else: other
 * numbers, `undefined` (a member of an object included), holes, lone surrogates, members named `__proto__`, symbols,
 * instances of classes, nesting deeper than 32 (a cycle included). `toJSON` is not called.
 */
export const canonicalJson = (value: Json): string => write(value, 0);

/**
 * The value of canonical JSON text, objects without a prototype; `undefined` for any other text: what `canonicalJson`
 * would not write, byte for byte, is refused, so white space, duplicate members, other orders, floats and escapes too.
 * Bounding the length of the text is the caller's.
 */
export const parseCanonicalJson = (source: string): Json | undefined => {
  try {
    const value = isolated(JSON.parse(source) as Json, 0);
    return write(value, 0) === source ? value : undefined;
  } catch {
    return undefined; // No JSON, or nothing that can be written canonically: the same answer.
  }
};

const write = (value: unknown, depth: number): string => {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "boolean" || value === null) return String(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw unwritable("a number that is no safe integer");
    return value === 0 ? "0" : String(value); // RFC 8785 §3.2.2.3: minus zero is written 0.
  }
  if (typeof value !== "object") throw unwritable(kindOf(value));
  if (depth >= maximumJsonDepth) throw unwritable(`nesting deeper than ${maximumJsonDepth}`);
  if (Array.isArray(value)) return `[${Array.from(value, (element: unknown) => write(element, depth + 1)).join(",")}]`;
  return writeObject(value, depth);
};

const writeObject = (value: object, depth: number): string => {
  if (!isPlain(value)) throw unwritable("an instance of a class");
  const names = Reflect.ownKeys(value);
  const members: string[] = [];
  // RFC 8785 §3.2.3 sorts by UTF-16 code units, as the default sort does.
  for (const name of Object.keys(value).sort()) {
    if (name === "__proto__") throw unwritable("a member named __proto__");
    members.push(`${quoted(name)}:${write(Reflect.get(value, name), depth + 1)}`);
  }
  if (members.length !== names.length) throw unwritable("a symbol or a hidden member");
  return `{${members.join(",")}}`;
};

const quoted = (value: string): string => {
  if (!value.isWellFormed()) throw unwritable("a lone surrogate");
  return JSON.stringify(value); // RFC 8785 §3.2.2.2 takes over the escapes of ECMAScript.
};

/** True for objects written as literals, made by `JSON.parse` or without a prototype, of whichever realm. */
export const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
};

// A parsed object inherits from Object.prototype: absent members would read as what somebody put there.
const isolated = (value: Json, depth: number): Json => {
  if (typeof value !== "object" || value === null) return value;
  if (depth >= maximumJsonDepth) throw unwritable(`nesting deeper than ${maximumJsonDepth}`);
  if (Array.isArray(value)) return value.map((element: Json) => isolated(element, depth + 1));
  const copy: Record<string, Json> = Object.create(null) as Record<string, Json>;
  for (const [name, member] of Object.entries(value)) copy[name] = isolated(member, depth + 1);
  return copy;
};

const unwritable = (found: string): KmsError =>
  new KmsError(
    "INVALID_ARGUMENT",
    `Cannot write canonical JSON: found ${found}. Pass null, booleans, strings, safe integers, arrays and plain objects.`,
  );
