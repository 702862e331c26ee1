/**
 * The body of a stored record: canonical JSON (RFC 8785). Every member of `StoredKey` stands in it, absent ones as null,
 * bytes in base64, material as its wrap; `format` numbers the form, so that a later one cannot be taken for this one.
 */
import type { LifecycleEvent, RevocationReason, State } from "@kms/core/driver";
import { recipes, type SelfManagedAlgorithm } from "../algorithms.ts";
import type {
  StoredKey,
  StoredRevocation,
  StoredState,
  StoredTransition,
  StoredVersion,
} from "../records/key-record.ts";
import {
  base64,
  decode,
  flag,
  integer,
  list,
  Malformed,
  malformed,
  object,
  oneOf,
  optional,
  ruled,
  text,
  textMap,
  type Format,
} from "./format.ts";
import { wrapOverheadBytes } from "./one-use.ts";

/** A version as it is written: its material wrapped. */
export interface SealedVersion extends Omit<StoredVersion, "material"> {
  readonly material: Uint8Array | undefined;
}

/** A key as it is written. */
export interface SealedKey extends Omit<StoredKey, "versions"> {
  readonly format: number;
  readonly versions: readonly SealedVersion[];
}

/** The form that this code reads and writes. */
export const recordFormat = 1;
/** The longest body: 8 MiB. */
export const maximumBodyBytes = 8_388_608;
// What stays free for taking back what a key has, for each entry stands in the record with its actor and reason: of one
// version many times over, and of every version once, disabled, revoked, scheduled and destroyed, with some 300
// characters of actor and reason each.
const reserve = { keyBytes: 262_144, versionBytes: 2_048 };
/**
 * The longest body of a key of so many versions in which a version begins to protect, made or enabled: 256 KiB and 2 KiB
 * for each version below the longest. Some 3,000 versions of an AES key, or 1,200 of an RSA key of 4,096 bits.
 */
export const maximumProtectingBytes = (versions: number): number =>
  maximumBodyBytes - reserve.keyBytes - versions * reserve.versionBytes;
/** The longest material: an RSA key of 4,096 bits has some 2,400 bytes (PKCS#8). */
export const maximumMaterialBytes = 16_384;

/**
 * The most entries in the history of a version: of one that can be read back, of one that begins to protect (made or
 * enabled), and of one whose destruction is cancelled. What is between is for taking it back: disabled, revoked, found
 * compromised, scheduled and destroyed, and for dates.
 */
export const maximumEntries = { read: 65_536, protecting: 65_472, cancelled: 65_520 } as const;
const mostVersions = 65_536;

// What a Date can be (ECMA-262 §21.4.1.1): an application may tell of a compromise before 1970.
const date = integer(-8_640_000_000_000_000, 8_640_000_000_000_000);
const days = optional(integer(1, 36_500));
const label = text(63, /^[a-z0-9_-]*$/);
const keyId = /^[0-9a-f]{32}\/[a-z0-9][a-z0-9-]{0,62}$/;
/** The longest id of an own key; all of it is ASCII. */
export const longestKeyId = 96;
const versionNumber = text(10, /^[1-9][0-9]*$/);

const algorithm = oneOf<SelfManagedAlgorithm>(
  Object.fromEntries(Object.keys(recipes).map((name) => [name, true])) as Record<SelfManagedAlgorithm, true>,
);
const native = oneOf<StoredState>({
  enabled: true,
  disabled: true,
  "process-only": true,
  compromised: true,
  "destruction-scheduled": true,
  destroyed: true,
});
const state = oneOf<State>({
  "pre-activation": true,
  active: true,
  suspended: true,
  deactivated: true,
  compromised: true,
  destroyed: true,
});
const event = oneOf<LifecycleEvent | "generate" | "import">({
  generate: true,
  import: true,
  activate: true,
  disable: true,
  enable: true,
  deactivate: true,
  compromise: true,
  "schedule-destruction": true,
  "cancel-destruction": true,
  destroy: true,
});
const reason = oneOf<RevocationReason>({
  "key-compromise": true,
  superseded: true,
  "cessation-of-operation": true,
  "privilege-withdrawn": true,
  unspecified: true,
});

const transition = object<StoredTransition>({
  at: date,
  actor: optional(text(512)),
  event,
  from: optional(state),
  to: state,
  revocation: optional(reason),
  reason: optional(text(1024)),
});

/** What never changes of a version. */
export type ImmutableVersion = Pick<StoredVersion, "version" | "createdAt" | "notBefore" | "notAfter" | "publicKey">;
const immutableOfVersion = {
  version: versionNumber,
  createdAt: date,
  notBefore: optional(date),
  notAfter: optional(date),
  publicKey: optional(base64(1, maximumMaterialBytes)),
};

const version = object<SealedVersion>({
  ...immutableOfVersion,
  native,
  destroyAt: optional(date),
  cancelTo: optional(oneOf({ disabled: true, "process-only": true, compromised: true })),
  revocation: optional(object<StoredRevocation>({ reason, revokedAt: date, occurredAt: date })),
  material: optional(base64(wrapOverheadBytes + 1, wrapOverheadBytes + maximumMaterialBytes)),
  history: list(transition, maximumEntries.read),
});

/** What never changes of a key. */
export type ImmutableKey = Omit<StoredKey, "revision" | "currentVersion" | "versions">;
const immutableOfKey = {
  id: text(longestKeyId, keyId),
  algorithm,
  origin: oneOf({ generated: true, imported: true }),
  exportable: flag,
  // The grammar of labels that the contract has for every provider.
  labels: textMap(8, /^[a-z][a-z0-9_-]{0,62}$/, label),
  createdAt: date,
  createdBy: text(256),
  deactivateAt: optional(date),
  destructionWindowDays: days,
  rotateEveryDays: days,
};

/** How what never changes stands in what a wrap is bound to. */
export const immutableKey: Format<ImmutableKey> = object<ImmutableKey>(immutableOfKey);
/** The same of a version. */
export const immutableVersion: Format<ImmutableVersion> = object<ImmutableVersion>(immutableOfVersion);

/**
 * How a record stands in JSON: with versions that are numbered from 1 in order, a current one that is there, and no material
 * in a destroyed one. What each state demands of the other members is not looked at.
 */
export const recordBody: Format<SealedKey> = ruled(
  object<SealedKey>({
    ...immutableOfKey,
    format: integer(recordFormat, recordFormat),
    revision: integer(1, Number.MAX_SAFE_INTEGER),
    currentVersion: versionNumber,
    versions: list(version, mostVersions),
  }),
  assertWhole,
);

/** Is this text the id of an own key, `<store id>/<name>`? */
export const isKeyId = (id: string): boolean => id.length <= longestKeyId && keyId.test(id);

/** The record that a body says, deeply frozen. `TAMPERED`, naming the member, for anything that is not as `recordBody` has it. */
export function decodeRecord(body: Uint8Array): SealedKey {
  if (body.length > maximumBodyBytes) throw malformed("record", `is longer than ${maximumBodyBytes} bytes`);
  return decode(recordBody, body, "record");
}

function assertWhole({ currentVersion, versions }: SealedKey): void {
  for (const [index, { version: number, native: found, material }] of versions.entries()) {
    const place = `.versions[${index}]`;
    if (number !== String(index + 1)) throw new Malformed("is not numbered in order", place);
    if (found === "destroyed" && material !== undefined) throw new Malformed("is destroyed and has material", place);
  }
  if (Number(currentVersion) > versions.length) throw new Malformed("is no version of the key", ".currentVersion");
}
