import { Buffer } from "node:buffer";
import type { AssociatedData } from "../contract/driver.ts";
import type { StringMap } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { kindOf } from "./bytes.ts";
import { isPlain } from "./canonical-json.ts";
import { FieldWriter } from "./field-writer.ts";

/** The most bytes that the caller's entries may take in their canonical form; the reserved entry comes on top. */
export const maximumAssociatedDataBytes = 8_000;
/** The entry that binds the header of a ciphertext (`crypto-rules` 5). Its prefix `kms-` is reserved everywhere. */
export const headerEntry = "kms-header";

/**
 * What the entries are for, which decides the prefixes that are refused (`crypto-rules` 7): `kms-` always; `aws-crypto-`
 * and `aws:` for `data` alone, since signed messages of the AWS Encryption SDK carry the first through data-key calls,
 * and blobs of AWS services the second through `decryptNative`.
 */
export type AssociatedDataUse = "data" | "data-key" | "native";

/** Entries that were checked and copied: what the caller does to the map afterwards changes nothing. */
export interface CallerEntries {
  /** The entries as given, frozen; inherits nothing. */
  readonly map: StringMap;
  /** Name, value, name, value … ascending by the bytes of the name; UTF-8, each character a byte. */
  readonly fields: readonly string[];
  /** Bytes of the canonical form without the reserved entry; 0 for no entries. */
  readonly sizeBytes: number;
}

/**
 * Checks and copies a caller's associated data, synchronously; every value is read once. `undefined` equals `{}`.
 * `INVALID_ARGUMENT` for anything but a plain object of own enumerable text members: another value, a symbol, an empty
 * name, a name `__proto__`, a lone surrogate, a reserved prefix. `TOO_LARGE` above 8,000 bytes of canonical form: the
 * work is bounded by that limit, whatever the names and values hold.
 */
export const callerEntries = (map: unknown, use: AssociatedDataUse): CallerEntries => {
  if (map === undefined) return none;
  const { names, values, fields, sizeBytes } = read(map, use, false);
  if (names.length === 0) return none;
  const copy: Record<string, string> = new Entries();
  for (let index = 0; index < names.length; index += 1) copy[names[index] ?? ""] = values[index] ?? "";
  return { map: Object.freeze(copy), fields, sizeBytes };
};

/**
 * The canonical form: the serialised encryption context of the AWS Encryption SDK (message format, "Key Value Pairs").
 * u16 count, then for each entry u16 length ‖ name ‖ u16 length ‖ value in UTF-8, ascending by the bytes of the name;
 * zero bytes for no entries. `header`, base64url, becomes the reserved entry, in the map too.
 */
export const serialise = (entries: CallerEntries, header?: string): AssociatedData => new Serialised(entries, header);

/** Each form is made when it is first read: a driver reads one of the two. */
class Serialised implements AssociatedData {
  readonly #entries: CallerEntries;
  readonly #header: string | undefined;
  #map: StringMap | undefined;
  #bytes: Uint8Array | undefined;

  constructor(entries: CallerEntries, header: string | undefined) {
    this.#entries = entries;
    this.#header = header;
  }

  get map(): StringMap {
    return (this.#map ??= mapWith(this.#entries, this.#header));
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= bytesWith(this.#entries, this.#header));
  }
}

function mapWith(entries: CallerEntries, header: string | undefined): StringMap {
  if (header === undefined) return entries.map;
  const map: Record<string, string> = new Entries();
  for (const name of Object.keys(entries.map)) map[name] = entries.map[name] ?? "";
  map[headerEntry] = header;
  return Object.freeze(map);
}

function bytesWith({ fields, sizeBytes }: CallerEntries, header: string | undefined): Uint8Array {
  if (header === undefined) {
    if (sizeBytes === 0) return new Uint8Array(0);
    const writer = new FieldWriter(sizeBytes, fields.length / 2);
    for (const field of fields) writer.field(field);
    return writer.bytes();
  }
  const reservedBytes = 4 + headerEntry.length + header.length;
  const writer = new FieldWriter(Math.max(sizeBytes, 2) + reservedBytes, fields.length / 2 + 1);
  let index = 0;
  for (; index < fields.length && (fields[index] ?? "") < headerEntry; index += 2) writer.pair(fields, index);
  writer.field(headerEntry);
  writer.field(header);
  for (; index < fields.length; index += 2) writer.pair(fields, index);
  return writer.bytes();
}

/** `callerEntries` and `serialise` in one step, where the header is known beforehand. The same errors. */
export const associatedData = (map: unknown, use: AssociatedDataUse, header?: string): AssociatedData =>
  serialise(callerEntries(map, use), header);

/**
 * Checks and copies the entries that a restriction demands; `null` stands for any value. The errors of `callerEntries`,
 * with the prefixes of `data-key`, so that a restriction can name what signed messages carry.
 */
export const requiredEntries = (map: unknown): Readonly<Record<string, string | null>> => {
  const { names, values } = read(map, "data-key", true);
  const copy: Record<string, string | null> = new Entries<string | null>();
  for (const [index, name] of names.entries()) copy[name] = values[index] ?? null;
  return Object.freeze(copy);
};

/** Whether associated data carries every entry that a restriction demands. */
export const carries = (map: StringMap, required: Readonly<Record<string, string | null>>): boolean => {
  for (const name of Object.keys(required)) {
    if (!Object.hasOwn(map, name)) return false;
    if (required[name] !== null && required[name] !== map[name]) return false;
  }
  return true;
};

// Inherits nothing, like an object without a prototype, but keeps V8's fast form: a quarter of the time to make.
class Entries<V = string> {
  [name: string]: V;
  static {
    Object.setPrototypeOf(this.prototype, null);
    Reflect.deleteProperty(this.prototype, "constructor");
    Object.freeze(this.prototype);
  }
}

interface Members {
  readonly names: readonly string[];
  readonly values: readonly (string | null)[];
  readonly fields: readonly string[];
  readonly sizeBytes: number;
}

const read = (map: unknown, use: AssociatedDataUse, nullable: boolean): Members => {
  if (typeof map !== "object" || map === null || Array.isArray(map)) throw refused(kindOf(map));
  try {
    if (!isPlain(map)) throw refused("an instance of a class");
    if (Object.getOwnPropertySymbols(map).length > 0) throw refused("a symbol");
    const names = sortedNames(map, use);
    const values: (string | null)[] = [];
    const fields: string[] = [];
    let sizeBytes = 2;
    for (const name of names) {
      const value = (map as Readonly<Record<string, unknown>>)[name];
      if (typeof value === "string") {
        if (value.length > maximumAssociatedDataBytes) throw tooLarge();
      } else if (value !== null || !nullable) throw refused(`a value that is ${kindOf(value)}`);
      const encodedName = encode(name);
      const encodedValue = value === null ? "" : encode(value);
      sizeBytes += 4 + encodedName.length + encodedValue.length;
      if (sizeBytes > maximumAssociatedDataBytes) throw tooLarge();
      values.push(value);
      fields.push(encodedName, encodedValue);
    }
    return { names, values, fields: ascending(fields), sizeBytes };
  } catch (error) {
    // A getter or a proxy trap of the caller's threw.
    throw KmsError.isInstance(error) ? error : refused("a member that cannot be read");
  }
};

// Names are checked and measured before they are sorted: comparing long names with a long common start costs.
const sortedNames = (map: object, use: AssociatedDataUse): string[] => {
  const names = Object.keys(map);
  let size = 2;
  let isSorted = true;
  let previous = "";
  for (const name of names) {
    size += 4 + name.length; // UTF-8 is never shorter than UTF-16 units.
    if (size > maximumAssociatedDataBytes) throw tooLarge();
    checkName(name, use);
    if (name < previous) isSorted = false;
    previous = name;
  }
  return isSorted ? names : names.sort();
};

const checkName = (name: string, use: AssociatedDataUse): void => {
  if (name === "" || name === "__proto__") throw refused("an empty name, or the name __proto__");
  if (name.startsWith("kms-")) throw refused("a name with the reserved prefix kms-");
  if (use === "data" && (name.startsWith("aws-crypto-") || name.startsWith("aws:"))) {
    throw refused("a name with a prefix that AWS reserves, aws-crypto- or aws:");
  }
};

// JavaScript sorts by UTF-16 units, the format by bytes: beyond the BMP they differ (U+FFFD and U+10000).
const ascending = (fields: string[]): readonly string[] => {
  for (let index = 2; index < fields.length; index += 2) {
    if ((fields[index] ?? "") < (fields[index - 2] ?? "")) return resorted(fields);
  }
  return fields;
};

const resorted = (fields: readonly string[]): readonly string[] => {
  const values = new Map<string, string>();
  for (let index = 0; index < fields.length; index += 2) values.set(fields[index] ?? "", fields[index + 1] ?? "");
  return [...values.keys()].sort().flatMap((name) => [name, values.get(name) ?? ""]);
};

// The common case, ASCII, is its own encoding.
const encode = (value: string): string => {
  for (let index = 0; index < value.length; index += 1) if (value.charCodeAt(index) > 0x7f) return encodeUnicode(value);
  return value;
};

const encodeUnicode = (value: string): string => {
  if (!value.isWellFormed()) throw refused("a lone surrogate");
  return Buffer.from(value, "utf8").toString("latin1");
};

const none: CallerEntries = Object.freeze({
  map: Object.freeze(new Entries()),
  fields: Object.freeze([]),
  sizeBytes: 0,
});

const refused = (found: string): KmsError =>
  new KmsError(
    "INVALID_ARGUMENT",
    `Cannot use associated data: found ${found}. Pass a plain object of text entries with names of your own.`,
  );

const tooLarge = (): KmsError =>
  new KmsError(
    "TOO_LARGE",
    `Cannot use associated data: its canonical form is longer than ${maximumAssociatedDataBytes} bytes. Pass identifiers, not content.`,
  );
