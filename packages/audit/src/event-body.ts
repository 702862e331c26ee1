import { KmsError, type AuditEvent, type StringMap } from "@kms/core";
import { Buffer } from "node:buffer";
import { isDate } from "node:util/types";
import { fingerprint } from "./key.ts";
import { lineOverheadBytes, maximumLineBytes } from "./line.ts";
import type { LogKeys } from "./primitives.ts";

/** How values of associated data are written: as keyed HMACs, or as they are. */
export type AssociatedDataForm = "hmac" | "clear";

/** The most characters of `diagnostic` that are kept; the one member that a provider's own words can fill. */
export const maximumDiagnosticCharacters = 4_096;

const textMembers = [
  "actor",
  "algorithm",
  "code",
  "correlation",
  "diagnostic",
  "keyId",
  "keyVersion",
  "operation",
  "outcome",
  "phase",
  "provider",
  "reason",
  "requestId",
] as const satisfies readonly (keyof AuditEvent)[];

/**
 * An event in canonical JSON (RFC 8785), of the members that the contract knows and no others. Lone surrogates become
 * U+FFFD; `diagnostic` ends after 4,096 characters. `INVALID_ARGUMENT` for members of the wrong kind, `TOO_LARGE` for
 * what no line can hold (256 KiB).
 */
export function eventBody(event: AuditEvent, keys: LogKeys, form: AssociatedDataForm): string {
  const members = new Map<string, string>([["at", quoted(timeOf(event.at))]]);
  for (const name of textMembers) {
    const value: unknown = event[name];
    if (value === undefined) continue;
    if (typeof value !== "string") throw malformed(name);
    members.set(name, quoted(name === "diagnostic" ? value.slice(0, maximumDiagnosticCharacters) : value));
  }
  const { associatedData } = event;
  if (associatedData !== undefined) {
    const name = form === "clear" ? "associatedData" : "associatedDataHmac";
    members.set(name, mapBody(associatedData, form === "clear" ? undefined : keys));
  }
  return bounded(objectOf(members));
}

/** A JSON object of member texts, in the order of RFC 8785 §3.2.3: UTF-16 code units, as the default sort does. */
export const objectOf = (members: ReadonlyMap<string, string>): string =>
  `{${[...members.keys()]
    .sort()
    .map((name) => `${quoted(name)}:${members.get(name) ?? "null"}`)
    .join(",")}}`;

/** Text in JSON; RFC 8785 §3.2.2.2 takes over the escapes of ECMAScript. */
export const quoted = (value: string): string => JSON.stringify(value.toWellFormed());

function mapBody(map: StringMap, keys: LogKeys | undefined): string {
  if (typeof map !== "object" || map === null) throw malformed("associatedData");
  const members = new Map<string, string>();
  for (const [name, value] of Object.entries(map)) {
    if (typeof value !== "string") throw malformed("associatedData");
    members.set(name, quoted(keys === undefined ? value : fingerprint(keys, name, value)));
  }
  return objectOf(members);
}

function timeOf(at: unknown): string {
  if (!isDate(at) || Number.isNaN(at.getTime())) throw malformed("at");
  return at.toISOString();
}

function bounded(body: string): string {
  const length = Buffer.byteLength(body);
  if (length <= maximumLineBytes - lineOverheadBytes) return body;
  throw new KmsError(
    "TOO_LARGE",
    `Cannot write an audit event of ${length} bytes: a line holds at most ${maximumLineBytes}. Pass shorter names and reasons.`,
  );
}

const malformed = (name: string): KmsError =>
  new KmsError(
    "INVALID_ARGUMENT",
    `Cannot write an audit event: its member ${name} is none of the contract's. Pass events as Kms makes them.`,
  );
