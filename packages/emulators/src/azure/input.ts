import { badParameter, notImplemented } from "./errors.ts";

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isAbsent = (value: unknown): boolean => value === undefined || value === null;
// Strict: bytes that do not encode to the same text again are refused.
const BASE64URL = /^[A-Za-z0-9_-]*$/;

/** The members of one request body; those that the row does not list are refused as not implemented. */
export class Input {
  readonly #object: JsonObject;
  readonly #path: string;

  constructor(object: JsonObject, fields: readonly string[], path = "") {
    for (const [name, value] of Object.entries(object)) {
      if (!fields.includes(name) && !isAbsent(value)) throw notImplemented(`the member ${path}${name}`);
    }
    this.#object = object;
    this.#path = path;
  }

  /** Whether a member is there. */
  has(field: string): boolean {
    return !isAbsent(this.#object[field]);
  }

  /** A text; `undefined` when absent. */
  text(field: string): string | undefined {
    return this.#typed(field, (value) => typeof value === "string", "a string");
  }

  /** A required text. */
  requiredText(field: string): string {
    return this.text(field) ?? this.#missing(field);
  }

  /** A whole number; `undefined` when absent. */
  integer(field: string): number | undefined {
    return this.#typed(field, (value) => Number.isSafeInteger(value), "a whole number");
  }

  /** A flag; `undefined` when absent. */
  flag(field: string): boolean | undefined {
    return this.#typed(field, (value) => typeof value === "boolean", "a boolean");
  }

  /** A list of texts; `undefined` when absent. */
  texts(field: string): readonly string[] | undefined {
    const isTexts = (value: unknown): boolean =>
      Array.isArray(value) && value.every((entry) => typeof entry === "string");
    return this.#typed(field, isTexts, "an array of strings");
  }

  /** A map of texts; `undefined` when absent. */
  map(field: string): ReadonlyMap<string, string> | undefined {
    const isMap = (value: unknown): boolean =>
      isObject(value) && Object.values(value).every((entry) => typeof entry === "string");
    const map = this.#typed<Record<string, string>>(field, isMap, "an object of strings");
    return map === undefined ? undefined : new Map(Object.entries(map));
  }

  /** Bytes in base64url without padding (provider facts §8.2); `undefined` when absent. */
  bytes(field: string): Uint8Array | undefined {
    const text = this.text(field);
    if (text === undefined) return undefined;
    const decoded = Buffer.from(text, "base64url");
    if (!BASE64URL.test(text) || decoded.toString("base64url") !== text) {
      throw badParameter(`Property ${this.#path}${field} is not base64url without padding.`);
    }
    return new Uint8Array(decoded);
  }

  /** Required bytes; empty ones are bytes too. */
  requiredBytes(field: string): Uint8Array {
    return this.bytes(field) ?? this.#missing(field);
  }

  /** An object inside; `undefined` when absent. */
  inner(field: string, fields: readonly string[]): Input | undefined {
    const object = this.#typed<JsonObject>(field, isObject, "an object");
    return object === undefined ? undefined : new Input(object, fields, `${this.#path}${field}.`);
  }

  /** Objects in a list; `undefined` when absent. */
  inners(field: string, fields: readonly string[]): readonly Input[] | undefined {
    const isObjects = (value: unknown): boolean => Array.isArray(value) && value.every(isObject);
    const objects = this.#typed<readonly JsonObject[]>(field, isObjects, "an array of objects");
    return objects?.map((object, at) => new Input(object, fields, `${this.#path}${field}[${at}].`));
  }

  #typed<T>(field: string, isTyped: (value: unknown) => boolean, what: string): T | undefined {
    const value = this.#object[field];
    if (isAbsent(value)) return undefined;
    if (!isTyped(value)) throw badParameter(`Property ${this.#path}${field} is not ${what}.`);
    return value as T; // `isTyped` said so
  }

  #missing(field: string): never {
    throw badParameter(`Property ${this.#path}${field} is required.`);
  }
}
