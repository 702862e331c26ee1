import type { Operation } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { shown } from "../keys/key-id.ts";

/** What the options of a call say, read once. */
export interface CallSettings {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly accept: "suspended" | "compromised" | undefined;
  readonly reason: string | undefined;
}

const longOperations: ReadonlySet<Operation> = new Set<Operation>([
  "generateKey",
  "importKey",
  "rotateKey",
  "replaceKey",
]);

/**
 * Reads the options common to all calls. `INVALID_ARGUMENT` for a signal that is none, a time that is not a whole number
 * of milliseconds from 1, an `accept` without a reason, or a member that the call does not have (`extra` names its own).
 */
export function readSettings(
  options: unknown,
  operation: Operation,
  defaultMs: number | undefined,
  extra: readonly string[] = none,
): CallSettings {
  const standard = defaultMs ?? (longOperations.has(operation) ? 60_000 : 10_000);
  if (options === undefined) return standard === 10_000 ? plainSettings : { ...plainSettings, timeoutMs: standard };
  if (typeof options !== "object" || options === null) throw invalid(`The options of ${operation} must be an object.`);
  const given: Readonly<Record<string, unknown>> = { __proto__: null, ...options };
  for (const name of Object.keys(given)) {
    if (name !== "signal" && name !== "timeoutMs" && !extra.includes(name)) {
      throw invalid(`${operation} has no option ${shown(name)}.`);
    }
  }
  const { signal, timeoutMs, accept, reason } = given;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal must be an AbortSignal.");
  if (
    timeoutMs !== undefined &&
    !(Number.isSafeInteger(timeoutMs) && Number(timeoutMs) >= 1 && Number(timeoutMs) <= 2 ** 31 - 1)
  ) {
    throw invalid("timeoutMs is a whole number of milliseconds from 1 to 2,147,483,647.");
  }
  const accepted = accept === undefined ? undefined : readAccept(accept);
  return {
    signal,
    timeoutMs: timeoutMs === undefined ? standard : Number(timeoutMs),
    accept: accepted?.state,
    reason: accepted?.reason ?? readReason(reason),
  };
}

/** The names of further options, for `readSettings`. */
export const processOptions: readonly string[] = ["accept"];

function readAccept(value: unknown): { readonly state: "suspended" | "compromised"; readonly reason: string } {
  const state = ownMember(value, "state");
  const reason = ownMember(value, "reason");
  const why = readReason(reason);
  if ((state !== "suspended" && state !== "compromised") || why === undefined) {
    throw invalid('accept is { state: "suspended" | "compromised", reason }, and the reason is audited.');
  }
  return { state, reason: why };
}

/** A reason for the record: 1 to 1,024 characters. */
export function readReason(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && value.length >= 1 && value.length <= 1024 && value.isWellFormed()) return value;
  throw invalid("A reason is a text of 1 to 1,024 characters.");
}

/** The version that an option names. Its grammar is the driver's. */
export function readVersion(options: unknown, isVersion: (version: string) => boolean): string | undefined {
  const keyVersion = ownMember(options, "keyVersion");
  if (keyVersion === undefined) return undefined;
  if (typeof keyVersion === "string" && keyVersion.length <= 256 && isVersion(keyVersion)) return keyVersion;
  throw invalid(`The provider has no key version ${shown(keyVersion)}.`);
}

/** A member of an object's own; undefined for one that it inherits, and where there is no object. */
export const ownMember = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

const none: readonly string[] = [];
const plainSettings: CallSettings = Object.freeze({
  signal: undefined,
  timeoutMs: 10_000,
  accept: undefined,
  reason: undefined,
});
const invalid = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
