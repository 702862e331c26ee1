import { notImplemented, serialization, validation } from "./errors.ts";
import { type Limit, within } from "./limits.ts";

/** A parsed JSON object as it arrived; member names are the service's own. */
export type JsonObject = Readonly<Record<string, unknown>>;

const camel = (member: string): string => member.charAt(0).toLowerCase() + member.slice(1);
const required = (member: string): Error => validation(camel(member), "null", "Member must not be null");
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The members of one request, read with the service's own refusals: `SerializationException` for a wrong JSON type
 * (AWS JSON 1.1 protocol), `ValidationException` for a missing or out-of-range one (API Reference, each operation).
 */
export class Input {
  readonly #members: ReadonlyMap<string, unknown>;

  /** Refuses members that the operation's row does not list, so that nothing is accepted and then ignored. */
  constructor(operation: string, json: JsonObject, members: readonly string[]) {
    const given = Object.entries(json).filter(([, value]) => value !== null);
    for (const [name] of given) {
      if (!members.includes(name)) throw notImplemented(`the member ${JSON.stringify(name)} of ${operation}`);
    }
    this.#members = new Map(given);
  }

  /** The text of a member, or `undefined` when absent. */
  text(member: string, limit?: Limit): string | undefined {
    const value = this.#members.get(member);
    if (value === undefined) return undefined;
    if (typeof value !== "string") throw serialization(`${member} is not a string`);
    if (limit !== undefined && !within(value.length, limit)) {
      throw validation(camel(member), `of length ${value.length}`, lengthConstraint(limit));
    }
    return value;
  }

  /** The text of a member that the operation requires. */
  requiredText(member: string, limit?: Limit): string {
    const value = this.text(member, limit);
    if (value === undefined) throw required(member);
    return value;
  }

  /** One of the service's enumeration values, or `undefined` when absent. */
  choice(member: string, values: readonly string[]): string | undefined {
    const value = this.text(member);
    if (value !== undefined && !values.includes(value)) {
      throw validation(camel(member), `'${value}'`, `Member must satisfy enum value set: [${values.join(", ")}]`);
    }
    return value;
  }

  /** A required enumeration value. */
  requiredChoice(member: string, values: readonly string[]): string {
    const value = this.choice(member, values);
    if (value === undefined) throw required(member);
    return value;
  }

  /** A whole number within its limit, or `undefined` when absent. */
  integer(member: string, limit: Limit): number | undefined {
    const value = this.#members.get(member);
    if (value === undefined) return undefined;
    if (typeof value !== "number" || !Number.isSafeInteger(value)) throw serialization(`${member} is not an integer`);
    if (value < limit.minimum) {
      throw validation(camel(member), `'${value}'`, `Member must have value greater than or equal to ${limit.minimum}`);
    }
    if (value > limit.maximum) {
      throw validation(camel(member), `'${value}'`, `Member must have value less than or equal to ${limit.maximum}`);
    }
    return value;
  }

  /** The bytes of a required member: standard base64 with padding on the wire. */
  requiredBytes(member: string, limit: Limit): Uint8Array {
    const value = this.text(member);
    if (value === undefined) throw required(member);
    if (!BASE64.test(value)) throw serialization(`${member} is not base64`);
    const bytes = new Uint8Array(Buffer.from(value, "base64"));
    if (!within(bytes.length, limit)) {
      throw validation(camel(member), `of length ${bytes.length}`, lengthConstraint(limit));
    }
    return bytes;
  }

  /** A map of strings to strings; absent is empty. */
  textMap(member: string): ReadonlyMap<string, string> {
    const value = this.#members.get(member) ?? {};
    if (!isObject(value)) throw serialization(`${member} is not a map`);
    return new Map(Object.entries(value).map(([key, text]) => [wellFormed(member, key), wellFormed(member, text)]));
  }

  /** A list of JSON objects; absent is empty. */
  objects(member: string): readonly JsonObject[] {
    const value = this.#members.get(member) ?? [];
    if (!Array.isArray(value)) throw serialization(`${member} is not a list`);
    return value.map((entry: unknown) => {
      if (!isObject(entry)) throw serialization(`${member} is not a list of structures`);
      return entry;
    });
  }

  /** A list of texts that the operation requires. */
  requiredTexts(member: string, limit: Limit): readonly string[] {
    const value = this.#members.get(member);
    if (value === undefined) throw required(member);
    if (!Array.isArray(value)) throw serialization(`${member} is not a list`);
    return value.map((entry: unknown) => {
      if (typeof entry !== "string") throw serialization(`${member} is not a list of strings`);
      if (!within(entry.length, limit)) {
        throw validation(camel(member), `of length ${entry.length}`, lengthConstraint(limit));
      }
      return entry;
    });
  }

  /** Whether a switch is on; absent is off. */
  flag(member: string): boolean {
    const value = this.#members.get(member) ?? false;
    if (typeof value !== "boolean") throw serialization(`${member} is not a boolean`);
    return value;
  }

  /** Whether a member is there. */
  has(member: string): boolean {
    return this.#members.has(member);
  }

  /** Refuses a switch that the emulator does not have, when it is on. */
  refuseSwitch(member: string): void {
    if (this.flag(member)) throw notImplemented(member);
  }

  /** Refuses a list that the emulator does not act on, unless it is empty. */
  refuseList(member: string): void {
    const value = this.#members.get(member) ?? [];
    if (!Array.isArray(value)) throw serialization(`${member} is not a list`);
    if (value.length > 0) throw notImplemented(member);
  }
}

/** Whether a JSON value is an object. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

// Lone surrogates have no UTF-8 form: two different contexts would become the same bytes.
const wellFormed = (member: string, value: unknown): string => {
  if (typeof value !== "string" || !value.isWellFormed()) throw serialization(`${member} has an entry that is no text`);
  return value;
};

const lengthConstraint = ({ minimum, maximum }: Limit): string =>
  `Member must have length between ${minimum} and ${maximum}`;
