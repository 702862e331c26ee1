import { KmsError } from "@kms/core/driver";
import { numeral, parseJson, quoted } from "./canonical-json.ts";

/**
 * How values of one type stand in JSON: one table for both directions, so that they cannot part ways. `write` answers
 * canonical JSON (RFC 8785) and throws `INVALID_ARGUMENT` for text and numbers that it does not have; `read` takes what
 * `JSON.parse` answers and throws `TAMPERED`, naming the place, for whatever is not of its kind and in its range.
 */
export interface Format<T> {
  readonly read: (json: unknown, place: string) => T;
  readonly write: (value: T) => string;
}

const encoder = new TextEncoder();

/** The bytes of a value, in memory of their own: canonical JSON in UTF-8. `INVALID_ARGUMENT` for text that is not well-formed. */
export const encode = <T>(format: Format<T>, value: T): Uint8Array => encoder.encode(format.write(value));

/** The value that bytes say. `TAMPERED` unless they are, byte for byte, what `encode` makes of that value. */
export function decode<T>(format: Format<T>, bytes: Uint8Array, place: string): T {
  const value = decodeOwn(format, bytes, place);
  // Other orders, white space, duplicate members, escapes and floats all come out as other bytes.
  if (Buffer.compare(encode(format, value), bytes) === 0) return value;
  throw malformed(place, "is not in canonical form");
}

/** As `decode`, of bytes that `encode` has just made: whether a value is of its kind and range shows only when it is read. */
export const decodeOwn = <T>(format: Format<T>, bytes: Uint8Array, place: string): T =>
  format.read(parseJson(bytes), place);

/** A whole number within a range. */
export const integer = (least: number, most: number): Format<number> => ({
  read: (json, place) => {
    if (typeof json === "number" && Number.isSafeInteger(json) && json >= least && json <= most) return json;
    throw malformed(place, `is no whole number from ${least} to ${most}`);
  },
  write: numeral,
});

/** Well-formed text of at most so many UTF-16 code units that matches a pattern. */
export const text = (most: number, pattern?: RegExp): Format<string> => ({
  read: (json, place) => {
    const isText = typeof json === "string" && json.length <= most && json.isWellFormed();
    if (isText && (pattern === undefined || pattern.test(json))) return json;
    throw malformed(place, "is no text of its form");
  },
  write: quoted,
});

/** True or false. */
export const flag: Format<boolean> = {
  read: (json, place) => {
    if (typeof json === "boolean") return json;
    throw malformed(place, "is neither true nor false");
  },
  write: String,
};

/** One of a few texts. */
export const oneOf = <T extends string>(allowed: Readonly<Record<T, true>>): Format<T> => ({
  read: (json, place) => {
    if (typeof json === "string" && Object.hasOwn(allowed, json)) return json as T;
    throw malformed(place, "is none of its values");
  },
  write: quoted,
});

/** Bytes in base64 (RFC 4648 §4, padded), spelt the one way that comes back when they are written. */
export const base64 = (least: number, most: number): Format<Uint8Array> => ({
  read: (json, place) => {
    if (typeof json === "string" && json.length <= 4 * Math.ceil(most / 3)) {
      const bytes = Uint8Array.from(Buffer.from(json, "base64"));
      if (bytes.length >= least && bytes.length <= most && spelt(bytes) === json) return bytes;
    }
    throw malformed(place, `is no base64 of ${least} to ${most} bytes`);
  },
  write: (bytes) => `"${spelt(bytes)}"`,
});

function spelt(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/** A value or, as null, its absence. */
export const optional = <T>(format: Format<T>): Format<T | undefined> => ({
  read: (json, place) => (json === null ? undefined : format.read(json, place)),
  write: (value) => (value === undefined ? "null" : format.write(value)),
});

/** Null and nothing else: the place of a member that a later format has. */
export const reserved: Format<undefined> = {
  read: (json, place) => {
    if (json === null) return undefined;
    throw malformed(place, "is not null, as this format has it");
  },
  write: () => "null",
};

/** A frozen list of at most so many values. */
export const list = <T>(format: Format<T>, most: number): Format<readonly T[]> => ({
  read: (json, place) => {
    if (!Array.isArray(json) || json.length > most) throw malformed(place, `is no list of at most ${most}`);
    return Object.freeze(json.map((element: unknown, index) => format.read(element, `${place}[${index}]`)));
  },
  write: (values) => `[${values.map((value) => format.write(value)).join(",")}]`,
});

/** A frozen object with exactly these members, own members all. */
export const object = <T extends object>(members: { readonly [Name in keyof T]-?: Format<T[Name]> }): Format<T> => {
  // Each format reads and writes the member that it stands beside: no type says that of a list of entries.
  const entries = inOrder(members as unknown as Readonly<Record<string, Format<unknown>>>);
  return {
    read: (json, place) => {
      if (typeof json !== "object" || json === null || Object.keys(json).length !== entries.length) {
        throw malformed(place, "does not have the members of its form");
      }
      const value: Record<string, unknown> = {};
      for (const [name, format] of entries) {
        if (!Object.hasOwn(json, name)) throw malformed(place, `has no member ${name}`);
        value[name] = format.read(Reflect.get(json, name), `${place}.${name}`);
      }
      return Object.freeze(value) as T;
    },
    write: (value) =>
      `{${entries.map(([name, format]) => `"${name}":${format.write(Reflect.get(value, name))}`).join(",")}}`,
  };
};

/** A frozen object of at most so many texts under names that match a pattern. */
export const textMap = (
  most: number,
  name: RegExp,
  value: Format<string>,
): Format<Readonly<Record<string, string>>> => ({
  read: (json, place) => {
    if (typeof json !== "object" || json === null || Array.isArray(json)) throw malformed(place, "is no object");
    const entries = Object.entries(json);
    if (entries.length > most || !entries.every(([key]) => name.test(key))) {
      throw malformed(place, `does not have at most ${most} members under names of its form`);
    }
    return Object.freeze(Object.fromEntries(entries.map(([key, found]) => [key, value.read(found, place)])));
  },
  write: (map) =>
    `{${inOrder(map)
      .map(([key, found]) => `${quoted(key)}:${value.write(found)}`)
      .join(",")}}`,
});

/** Members in the order of RFC 8785 §3.2.3, that of UTF-16 code units. */
function inOrder<T>(members: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `TAMPERED`: what stands at a place of ours is not what the format says. The message repeats nothing of it. */
export const malformed = (place: string, found: string): KmsError => new KmsError("TAMPERED", `${place} ${found}.`);
