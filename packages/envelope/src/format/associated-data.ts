import { Buffer } from "node:buffer";
import type { StringMap } from "@kms/core";
import { KmsError } from "@kms/core";
import { decryptionFailed, invalidArgument } from "../errors.ts";
import { ByteReader, Short } from "./byte-reader.ts";

/** The most bytes that a caller's entries may take in their serialised form, as for `Kms.encrypt` on every provider. */
export const maximumAssociatedDataBytes = 8_000;
/** What the length of the serialised form can say. */
const longestBytes = 65_535;
/** The entry that carries the public key of a signed message. */
export const publicKeyEntry = "aws-crypto-public-key";

/** Entries checked and copied, with their names in the order of the format: ascending by the bytes of UTF-8. */
export class Entries {
  readonly map: StringMap;
  readonly names: readonly string[];
  #bytes: Buffer | undefined;

  constructor(map: StringMap, names: readonly string[]) {
    this.map = map;
    this.names = names;
  }

  /** The serialised form, made once. */
  get bytes(): Buffer {
    return (this.#bytes ??= serialise(this));
  }

  /** A text that no other entries have, made in less time than the serialised form. */
  get name(): string {
    let name = "";
    for (const key of this.names) {
      const value = this.map[key] ?? "";
      name += `${key.length},${value.length},${key}${value}`;
    }
    return name;
  }
}

/**
 * Checks and copies a caller's associated data; every value is read once. `undefined` equals `{}`. `INVALID_ARGUMENT` for
 * anything but a plain object of text members, an empty name, `__proto__`, a lone surrogate and, where a message is
 * made, the reserved prefixes `aws-crypto-`, `aws:` and `kms-`. `TOO_LARGE` above 8,000 serialised bytes, 65,535 to decrypt.
 */
export function readEntries(given: unknown, use: "encrypt" | "decrypt"): Entries {
  if (given === undefined) return noEntries;
  if (typeof given !== "object" || given === null || !isPlain(given)) throw refused("it is no plain object");
  try {
    return copied(given, use);
  } catch (error) {
    // A getter or a proxy trap of the caller's threw.
    throw KmsError.isInstance(error) ? error : refused("a member cannot be read");
  }
}

function copied(given: object, use: "encrypt" | "decrypt"): Entries {
  const limit = use === "encrypt" ? maximumAssociatedDataBytes : longestBytes;
  const map: Record<string, string> = {};
  let size = 2;
  for (const name of Object.keys(given)) {
    const value: unknown = (given as Readonly<Record<string, unknown>>)[name];
    checkName(name, use);
    if (typeof value !== "string" || !value.isWellFormed()) throw refused("a value is no well-formed text");
    size += 4 + name.length + value.length; // UTF-8 is never shorter than UTF-16 units.
    if (size > limit) throw tooLarge(limit);
    map[name] = value; // `checkName` refuses `__proto__`.
  }
  const entries = entriesOf(map);
  if (serialisedBytes(entries) > limit) throw tooLarge(limit);
  return entries;
}

function checkName(name: string, use: "encrypt" | "decrypt"): void {
  if (name === "" || name === "__proto__" || !name.isWellFormed()) {
    throw refused("a name is empty, __proto__ or not well-formed");
  }
  if (use === "encrypt" && /^(?:aws-crypto-|aws:|kms-)/.test(name)) {
    throw refused("a name has a reserved prefix (aws-crypto-, aws:, kms-)");
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A map with its names in order; the map is kept, frozen. */
export function entriesOf(map: Record<string, string>): Entries {
  const names = Object.keys(map);
  ascending(names);
  return new Entries(Object.freeze(map), names);
}

/** All entries of both. Where both have a name, the values must be the same: otherwise `undefined`. */
export function united(a: Entries, b: Entries): Entries | undefined {
  if (a.names.length === 0) return b;
  // Mostly what is given is stored too.
  if (b.names.every((name) => Object.hasOwn(a.map, name) && a.map[name] === b.map[name])) return a;
  const map: Record<string, string> = {};
  for (const name of a.names) put(map, name, a.map[name] ?? "");
  for (const name of b.names) {
    const value = b.map[name] ?? "";
    if (!Object.hasOwn(map, name)) put(map, name, value);
    else if (map[name] !== value) return undefined;
  }
  return entriesOf(map);
}

/** The entries whose names pass. */
export function filtered({ map, names }: Entries, passes: (name: string) => boolean): Entries {
  const kept: Record<string, string> = {};
  for (const name of names) if (passes(name)) put(kept, name, map[name] ?? "");
  return entriesOf(kept);
}

/** The entries for a caller, who may change them: a map that inherits nothing, so that a name that is not in it is `undefined`. */
export function answered({ map, names }: Entries): StringMap {
  const own = Object.create(null) as Record<string, string>;
  for (const name of names) own[name] = map[name] ?? "";
  return own;
}

function serialisedBytes({ map, names }: Entries): number {
  if (names.length === 0) return 0;
  let size = 2;
  for (const name of names) size += 4 + Buffer.byteLength(name) + Buffer.byteLength(map[name] ?? "");
  return size;
}

/**
 * The serialised form (data-format/structures, Key Value Pairs): u16 count, then u16 length ‖ name ‖ u16 length ‖ value for
 * each, ascending by the bytes of the name; nothing for no entries.
 */
function serialise(entries: Entries): Buffer {
  const { map, names } = entries;
  const bytes = Buffer.allocUnsafe(serialisedBytes(entries));
  if (names.length === 0) return bytes;
  let at = bytes.writeUInt16BE(names.length);
  for (const name of names) {
    at = writeText(bytes, at, name);
    at = writeText(bytes, at, map[name] ?? "");
  }
  return bytes;
}

function writeText(bytes: Buffer, at: number, text: string): number {
  const length = bytes.write(text, at + 2); // Far fewer than 2^31 bytes follow: beyond, `write` writes nothing.
  bytes.writeUInt16BE(length, at);
  return at + 2 + length;
}

/**
 * Entries from their serialised form. `DECRYPTION_FAILED` for another length, a count of 0, a name that stands twice and
 * malformed UTF-8. Any order is read: the official vectors hold messages that are not sorted, and the header's tag covers it.
 */
export function parseEntries(bytes: Buffer): Entries {
  if (bytes.length === 0) return noEntries;
  try {
    const reader = new ByteReader(bytes);
    const count = reader.u16();
    const map: Record<string, string> = {};
    for (let index = 0; index < count; index += 1) {
      const name = reader.text();
      if (Object.hasOwn(map, name)) throw decryptionFailed();
      put(map, name, reader.text());
    }
    if (count === 0 || reader.at !== bytes.length) throw decryptionFailed();
    return entriesOf(map);
  } catch (error) {
    if (error instanceof Short) throw decryptionFailed();
    throw error;
  }
}

// By insertion: mostly there are few, and `sort` takes longer to begin than these to be done. Many are left to it.
function ascending(names: string[]): void {
  if (names.length > 16) {
    names.sort(compareUtf8);
    return;
  }
  for (let index = 1; index < names.length; index += 1) {
    const name = names[index] ?? "";
    let at = index;
    for (; at > 0 && compareUtf8(names[at - 1] ?? "", name) > 0; at -= 1) names[at] = names[at - 1] ?? "";
    names[at] = name;
  }
}

// JavaScript compares UTF-16 units, the format bytes: beyond the BMP they differ (U+FFFD and U+10000).
function compareUtf8(a: string, b: string): number {
  for (let index = 0; index < a.length && index < b.length; index += 1) {
    const x = a.codePointAt(index) ?? 0;
    const y = b.codePointAt(index) ?? 0;
    if (x !== y) return x - y;
  }
  return a.length - b.length;
}

/** Associated data of nobody. */
export const noEntries: Entries = new Entries(Object.freeze({}), []);

/**
 * Adds a name that a message may have chosen: `__proto__` is one like any other, and becomes a member. The maps are plain
 * objects, since those without a prototype take four times as long to fill and to freeze.
 */
function put(map: Record<string, string>, name: string, value: string): void {
  if (name !== "__proto__") map[name] = value;
  else Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
}

const refused = (found: string): KmsError =>
  invalidArgument("use associated data", found, "Pass a plain object of text entries with names of your own.");

const tooLarge = (limit: number): KmsError =>
  new KmsError(
    "TOO_LARGE",
    `Cannot use associated data: its serialised form is longer than ${limit} bytes. Pass identifiers, not content.`,
  );
