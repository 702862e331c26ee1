import { sha } from "../algorithms/primitives.ts";
import { algorithmRow } from "../algorithms/registry.ts";
import { toBase64url } from "../encoding/base64url.ts";
import { canonicalJson, parseCanonicalJson } from "../encoding/canonical-json.ts";
import type { KeyConf } from "../contract/key.ts";
import type { Algorithm, Json, Protection, StringMap } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { shown } from "./key-id.ts";

/** A configuration whose options are not yet an adapter's. */
export type WideKeyConf = KeyConf<Algorithm, unknown>;

const members: ReadonlySet<string> = new Set<keyof WideKeyConf>([
  "algorithm",
  "name",
  "protection",
  "labels",
  "exportable",
  "activateAt",
  "deactivateAt",
  "rotateEveryDays",
  "destructionWindowDays",
  "options",
]);
const protections: ReadonlySet<unknown> = new Set<Protection>(["software", "hsm", "external"]);

/**
 * A configuration read once, checked and deeply frozen; members left out stay out. `INVALID_ARGUMENT` for an unknown
 * member or algorithm, a name, label, date or number out of its grammar, or dates in the wrong order.
 */
export function readKeyConf(value: unknown): WideKeyConf {
  const given = plainObject(value, "key configuration");
  for (const name of Object.keys(given)) {
    if (!members.has(name)) throw invalid(`A key configuration has no member ${shown(name)}.`);
  }
  const {
    name,
    protection,
    labels,
    exportable,
    activateAt,
    deactivateAt,
    rotateEveryDays,
    destructionWindowDays,
    options,
  } = given;
  if (name !== undefined && !(typeof name === "string" && /^[a-z0-9][a-z0-9-]{0,62}$/.test(name))) {
    throw invalid(`A key's name is [a-z0-9][a-z0-9-]{0,62}; ${shown(name)} was given.`);
  }
  if (protection !== undefined && !protections.has(protection)) {
    throw invalid(`Protection is "software", "hsm" or "external"; ${shown(protection)} was given.`);
  }
  if (exportable !== undefined && typeof exportable !== "boolean") throw invalid("exportable is true or false.");
  const conf = {
    algorithm: algorithmRow(given["algorithm"]).algorithm,
    name,
    protection: protection as Protection | undefined,
    labels: labels === undefined ? undefined : readLabels(labels),
    exportable,
    activateAt: readDate(activateAt, "activateAt"),
    deactivateAt: readDate(deactivateAt, "deactivateAt"),
    rotateEveryDays: readDays(rotateEveryDays, "rotateEveryDays"),
    destructionWindowDays: readDays(destructionWindowDays, "destructionWindowDays"),
    options: options === undefined ? undefined : readOptions(options),
  };
  if (conf.activateAt && conf.deactivateAt && conf.activateAt >= conf.deactivateAt) {
    throw invalid("A key is to be deactivated before it is activated; deactivateAt must come after activateAt.");
  }
  return Object.freeze({ __proto__: null, ...dropUndefined(conf) });
}

/** Labels in the grammar that every provider takes: at most 8, names `[a-z][a-z0-9_-]{0,62}`, values `[a-z0-9_-]{0,63}`. */
export function readLabels(value: unknown): StringMap {
  const given = plainObject(value, "labels");
  const names = Object.keys(given);
  if (names.length > 8) throw invalid(`A key has at most 8 labels; ${names.length} were given.`);
  const labels: Record<string, string> = {};
  for (const name of names) {
    const label = given[name];
    if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name)) {
      throw invalid(`A label's name is [a-z][a-z0-9_-]{0,62}; ${shown(name)} was given.`);
    }
    if (typeof label !== "string" || !/^[a-z0-9_-]{0,63}$/.test(label)) {
      throw invalid(`The label ${name} has a value outside [a-z0-9_-]{0,63}.`);
    }
    labels[name] = label;
  }
  return Object.freeze(labels);
}

/** A configuration as plain JSON, dates in RFC 3339 UTC with milliseconds: what is sealed and digested. */
export function confToJson(conf: WideKeyConf): { readonly [name: string]: Json } {
  const { activateAt, deactivateAt, options, ...rest } = conf;
  return dropUndefined({
    ...rest,
    activateAt: activateAt?.toISOString(),
    deactivateAt: deactivateAt?.toISOString(),
    options: options as Json | undefined,
  });
}

/**
 * The inverse, for claims whose seal has been checked; read like a configuration from a caller all the same.
 * `TAMPERED` for anything that `confToJson` would not have written.
 */
export function confFromJson(json: Json | undefined): WideKeyConf {
  try {
    const { activateAt, deactivateAt, ...rest } = plainObject(json, "key configuration");
    const dates = dropUndefined({ activateAt: dateFrom(activateAt), deactivateAt: dateFrom(deactivateAt) });
    const conf = readKeyConf({ ...rest, ...dates });
    if (canonicalJson(confToJson(conf)) === canonicalJson(json ?? null)) return conf;
  } catch (error) {
    if (!KmsError.isInstance(error)) throw error;
  }
  throw new KmsError(
    "TAMPERED",
    "A genuine seal stands over claims that are no key configuration's. Make the token again with sealKeyConf.",
  );
}

/** SHA-256 over canonical JSON, base64url. */
export const digestOf = (json: Json): string =>
  toBase64url(sha("SHA-256", new TextEncoder().encode(canonicalJson(json))));

/** The same members without those that are undefined. */
export function dropUndefined<T extends object>(value: T): { [N in keyof T]: Exclude<T[N], undefined> } {
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const member: unknown = Reflect.get(value, name);
    if (member === undefined) continue;
    // Several times as fast as entries; but assigning a member of this name would set the prototype.
    if (name !== "__proto__") kept[name] = member;
    else Object.defineProperty(kept, name, { value: member, configurable: true, enumerable: true, writable: true });
  }
  return kept as { [N in keyof T]: Exclude<T[N], undefined> };
}

/**
 * A copy of an object whose own members are read as data, frozen; it inherits nothing, so that what somebody put into
 * `Object.prototype` is not taken for given. `INVALID_ARGUMENT` for arrays, class instances and everything else.
 */
export function plainObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null) {
      return Object.freeze({ __proto__: null, ...value });
    }
  }
  throw invalid(`${what} must be a plain object; ${value === null ? "null" : typeof value} was given.`);
}

const dateFrom = (json: unknown): Date | undefined => (typeof json === "string" ? new Date(json) : undefined);

/** A frozen copy of an adapter's own options; members that are undefined count as left out. */
function readOptions(value: unknown): Json {
  const json = canonicalJson(dropUndefined(plainObject(value, "options")) as { readonly [name: string]: Json });
  return deepFreeze(parseCanonicalJson(json) ?? null);
}

function readDate(value: unknown, what: string): Date | undefined {
  if (value === undefined) return undefined;
  const time = value instanceof Date ? value.getTime() : Number.NaN;
  if (Number.isNaN(time) || time < 0 || time > 253_402_300_799_999) {
    throw invalid(`${what} must be a Date between 1970 and 9999.`);
  }
  return new Date(time);
}

/**
 * The milliseconds of a caller's `Date`, read once: a subclass may answer something else the second time. `INVALID_ARGUMENT` for
 * anything else.
 */
export function readTime(value: unknown, what: string): number | undefined {
  if (value === undefined) return undefined;
  const time = value instanceof Date ? value.getTime() : Number.NaN;
  if (Number.isSafeInteger(time)) return time;
  throw invalid(`${what} must be a valid Date.`);
}

function readDays(value: unknown, what: string): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= 36_500) return Number(value);
  throw invalid(`${what} is a whole number of days from 1 to 36,500.`);
}

/** The same value, it and all its members frozen. For plain data. */
export function deepFreeze<T>(json: T): T {
  if (typeof json === "object" && json !== null) {
    for (const member of Object.values(json)) deepFreeze(member);
    Object.freeze(json);
  }
  return json;
}

const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
