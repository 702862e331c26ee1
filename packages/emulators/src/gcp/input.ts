import { crc32c } from "./checksums.ts";
import { invalid, notImplemented } from "./errors.ts";

/** A decoded message: absent fields are absent, enumerations are names, 64-bit numbers are decimal text. */
export type Message = Readonly<Record<string, unknown>>;

/** Whether a value is a message or a map. */
export const isMessage = (value: unknown): value is Message =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const isUnspecified = (value: unknown): boolean => typeof value === "string" && value.endsWith("_UNSPECIFIED");

// proto3: a field that is not there and one with its default value are the same.
const isDefault = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === 0 ||
  value === "" ||
  value === false ||
  value === "0" ||
  isUnspecified(value) ||
  ((Array.isArray(value) || value instanceof Uint8Array) && value.length === 0);

/** The fields of one request message; fields that the row does not list are refused as not implemented. */
export class Input {
  readonly #message: Message;
  readonly #path: string;

  constructor(message: Message, fields: readonly string[], path = "") {
    for (const [name, value] of Object.entries(message)) {
      if (!fields.includes(name) && !isDefault(value)) {
        throw notImplemented(`the field ${path}${name}`);
      }
    }
    this.#message = message;
    this.#path = path;
  }

  /** Whether a field is there and not its default. */
  has(field: string): boolean {
    return !isDefault(this.#message[field]);
  }

  /** The text of a field; empty when absent. */
  text(field: string): string {
    const value = this.#message[field];
    return typeof value === "string" ? value : "";
  }

  /** A list of texts. */
  texts(field: string): readonly string[] {
    const value = this.#message[field];
    return Array.isArray(value) ? value.map(String) : [];
  }

  /** The bytes of a field; empty when absent. */
  bytes(field: string): Uint8Array {
    const value = this.#message[field];
    return value instanceof Uint8Array ? value : new Uint8Array();
  }

  /** The bytes of a required field. Source: Google AIP-203: a REQUIRED field is set, and not empty. */
  requiredBytes(field: string): Uint8Array {
    const bytes = this.bytes(field);
    if (bytes.length === 0) throw invalid(`${this.#path}${field} is required.`);
    return bytes;
  }

  /** A whole number; 0 when absent. */
  integer(field: string): number {
    const value = this.#message[field];
    return typeof value === "number" ? value : 0;
  }

  /** Whether a switch is on. */
  flag(field: string): boolean {
    return this.#message[field] === true;
  }

  /** The name of an enumeration value; `undefined` when absent or UNSPECIFIED. */
  choice(field: string): string | undefined {
    const value = this.#message[field];
    if (typeof value === "number" && value !== 0) throw notImplemented(`the value ${value} of ${this.#path}${field}`);
    return typeof value !== "string" || isUnspecified(value) ? undefined : value;
  }

  /** A message inside; `undefined` when absent. */
  inner(field: string, fields: readonly string[]): Input | undefined {
    const value = this.#message[field];
    return isMessage(value) ? new Input(value, fields, `${this.#path}${field}.`) : undefined;
  }

  /** A message inside, as it arrived. */
  raw(field: string): Message | undefined {
    const value = this.#message[field];
    return isMessage(value) ? value : undefined;
  }

  /** A map of texts; empty when absent. */
  map(field: string): ReadonlyMap<string, string> {
    return new Map(Object.entries(this.raw(field) ?? {}).map(([key, value]) => [key, String(value)]));
  }

  /** Milliseconds of a `google.protobuf.Timestamp` or `Duration`; `undefined` when absent. */
  milliseconds(field: string): number | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    return Number(value["seconds"] ?? 0) * 1000 + Math.floor(Number(value["nanos"] ?? 0) / 1_000_000);
  }

  /**
   * Verifies the checksum of `bytes` if one arrived, and says whether one did; INVALID_ARGUMENT for a wrong one.
   * Source: Cloud KMS documentation, Verifying end-to-end data integrity.
   */
  verifies(field: string, bytes: Uint8Array): boolean {
    const wrapped = this.raw(field);
    if (wrapped === undefined) return false;
    if (Number(wrapped["value"] ?? 0) === crc32c(bytes)) return true;
    throw invalid(`The checksum in field ${this.#path}${field} did not match the data.`);
  }
}
