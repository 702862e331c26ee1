import { KmsError } from "@kms/core/driver";
import { isUint8Array } from "node:util/types";
import { numeral, parseJson } from "./canonical-json.ts";

/**
 * How values of one type stand in JSON: one table for both directions, so that they cannot part ways. `read` takes what
 * `JSON.parse` answers, `write` answers canonical JSON (RFC 8785). Both throw `Malformed` for whatever is not of its kind
 * and in its range, so that what was written can be read.
 */
export interface Format<T> {
  readonly read: (json: unknown) => T;
  readonly write: (value: T) => string;
}

/** A value that is not as its format says; `decode` and `encode` give it a code. */
export class Malformed extends Error {
  /** Where it stands within what was read or written: ".versions[0].native". */
  place: string;

  constructor(found: string, place = "") {
    super(found);
    this.place = place;
  }
}

const encoder = new TextEncoder();

/** The bytes of a value, in memory of their own: canonical JSON in UTF-8. `INVALID_ARGUMENT`, naming the place, for one that could not be read back. */
export function encode<T>(format: Format<T>, value: T, place: string): Uint8Array {
  try {
    return encoder.encode(format.write(value));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new KmsError("INVALID_ARGUMENT", `${place}${error.place} ${error.message}.`);
  }
}

/** The value that bytes say. `TAMPERED`, naming the place, unless they are, byte for byte, what `encode` makes of that value. */
export function decode<T>(format: Format<T>, bytes: Uint8Array, place: string): T {
  const value = valueOf(format, parseJson(bytes), place);
  // Other orders, white space, duplicate members, escapes and floats all come out as other bytes.
  if (Buffer.compare(encode(format, value, place), bytes) === 0) return value;
  throw malformed(place, "is not in canonical form");
}

/** The value that parsed JSON says. `TAMPERED`, naming the place, for what is not of its form; how it was spelt is not looked at. */
export function valueOf<T>(format: Format<T>, json: unknown, place: string): T {
  try {
    return format.read(json);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw malformed(`${place}${error.place}`, error.message);
  }
}

/** A whole number within a range. */
export const integer = (least: number, most: number): Format<number> =>
  scalar(
    (value): value is number =>
      typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most,
    `is no whole number from ${least} to ${most}`,
    numeral,
  );

/** Well-formed text of at most so many UTF-16 code units that matches a pattern. */
export const text = (most: number, pattern?: RegExp): Format<string> =>
  scalar((value): value is string => {
    if (typeof value !== "string" || value.length > most || !value.isWellFormed()) return false;
    return pattern === undefined || pattern.test(value);
  }, "is no text of its form");

/** True or false. */
export const flag: Format<boolean> = scalar(
  (value): value is boolean => typeof value === "boolean",
  "is neither true nor false",
);

/** One of a few texts. */
export const oneOf = <T extends string>(allowed: Readonly<Record<T, true>>): Format<T> =>
  scalar((value): value is T => typeof value === "string" && Object.hasOwn(allowed, value), "is none of its values");

/** Values that `JSON.parse` answers as they are. */
function scalar<T>(
  is: (value: unknown) => value is T,
  otherwise: string,
  // RFC 8785 §3.2.2.2 takes over the escapes of ECMAScript.
  spell: (value: T) => string = JSON.stringify,
): Format<T> {
  const checked = (value: unknown): T => {
    if (is(value)) return value;
    throw new Malformed(otherwise);
  };
  return { read: checked, write: (value) => spell(checked(value)) };
}

/** Bytes in base64 (RFC 4648 §4, padded), spelt the one way that comes back when they are written. */
export const base64 = (least: number, most: number): Format<Uint8Array> => {
  const fits = (bytes: Uint8Array): boolean => bytes.length >= least && bytes.length <= most;
  return {
    read: (json) => {
      if (typeof json === "string" && json.length <= 4 * Math.ceil(most / 3)) {
        const bytes = Uint8Array.from(Buffer.from(json, "base64"));
        if (fits(bytes) && spelt(bytes) === json) return bytes;
      }
      throw new Malformed(`is no base64 of ${least} to ${most} bytes`);
    },
    write: (bytes) => {
      if (isUint8Array(bytes) && fits(bytes)) return `"${spelt(bytes)}"`;
      throw new Malformed(`is not ${least} to ${most} bytes`);
    },
  };
};

function spelt(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/** A value or, as null, its absence. */
export const optional = <T>(format: Format<T>): Format<T | undefined> => ({
  read: (json) => (json === null ? undefined : format.read(json)),
  write: (value) => (value === undefined ? "null" : format.write(value)),
});

/** Null and nothing else: the place of a member that a later format has. */
export const reserved: Format<undefined> = {
  read: (json) => {
    if (json === null) return undefined;
    throw new Malformed("is not null, as this format has it");
  },
  write: () => "null",
};

/** A frozen list of at most so many values. */
export const list = <T>(format: Format<T>, most: number): Format<readonly T[]> => {
  // A hole is an element too: `map` would pass over it.
  const each = <A, B>(found: readonly A[], run: (element: A) => B): B[] =>
    Array.from(found, (element, index) => {
      try {
        return run(element);
      } catch (error) {
        throw within(`[${index}]`, error);
      }
    });
  const checked = (found: unknown): readonly T[] => {
    if (Array.isArray(found) && found.length <= most) return found as readonly T[];
    throw new Malformed(`is no list of at most ${most}`);
  };
  return {
    read: (json) => Object.freeze(each(checked(json), format.read)),
    write: (values) => `[${each(checked(values), format.write).join(",")}]`,
  };
};

/** A frozen object with exactly these members, own members all. */
export const object = <T extends object>(members: { readonly [Name in keyof T]-?: Format<T[Name]> }): Format<T> => {
  // Each format reads and writes the member that it stands beside: no type says that of a list of entries.
  const entries = inOrder(members as unknown as Readonly<Record<string, Format<unknown>>>).map(
    ([name, format], index) => ({ name, format, lead: `${index === 0 ? "{" : ","}"${name}":` }),
  );
  return {
    read: (json) => {
      if (typeof json !== "object" || json === null || Object.keys(json).length !== entries.length) {
        throw new Malformed("does not have the members of its form");
      }
      const value: Record<string, unknown> = {};
      for (const { name, format } of entries) {
        if (!Object.hasOwn(json, name)) throw new Malformed(`has no member ${name}`);
        try {
          value[name] = format.read(Reflect.get(json, name));
        } catch (error) {
          throw within(`.${name}`, error);
        }
      }
      return Object.freeze(value) as T;
    },
    write: (value) => {
      if (typeof value !== "object" || value === null) throw new Malformed("does not have the members of its form");
      let written = "";
      for (const { name, format, lead } of entries) {
        try {
          written += lead + format.write(Reflect.get(value, name));
        } catch (error) {
          throw within(`.${name}`, error);
        }
      }
      return `${written}}`;
    },
  };
};

/** A format whose values keep a rule of their own, in which several of their members meet: `assert` throws `Malformed`. */
export const ruled = <T>(format: Format<T>, assert: (value: T) => void): Format<T> => ({
  read: (json) => {
    const value = format.read(json);
    assert(value);
    return value;
  },
  write: (value) => {
    const written = format.write(value);
    assert(value);
    return written;
  },
});

/** A frozen object of at most so many texts under names that match a pattern. */
export const textMap = (
  most: number,
  name: RegExp,
  value: Format<string>,
): Format<Readonly<Record<string, string>>> => {
  const checked = (found: unknown): Readonly<Record<string, string>> => {
    if (typeof found !== "object" || found === null || Array.isArray(found)) throw new Malformed("is no object");
    const names = Object.keys(found);
    if (names.length <= most && names.every((key) => name.test(key))) return found as Readonly<Record<string, string>>;
    throw new Malformed(`does not have at most ${most} members under names of its form`);
  };
  return {
    read: (json) => {
      const entries = Object.entries(checked(json)).map(([key, found]) => [key, value.read(found)] as const);
      return Object.freeze(Object.fromEntries(entries));
    },
    write: (map) =>
      `{${inOrder(checked(map))
        .map(([key, found]) => `"${key}":${value.write(found)}`)
        .join(",")}}`,
  };
};

/** Members in the order of RFC 8785 §3.2.3, that of UTF-16 code units. */
function inOrder<T>(members: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What was found within a value, one step further out. */
function within(step: string, error: unknown): unknown {
  if (error instanceof Malformed) error.place = step + error.place;
  return error;
}

/** `TAMPERED`: what stands at a place of ours is not what the format says. The message repeats nothing of it. */
export const malformed = (place: string, found: string): KmsError => new KmsError("TAMPERED", `${place} ${found}.`);
