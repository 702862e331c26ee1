import type { protos } from "@google-cloud/kms";
import {
  KmsError,
  type Call,
  type Finding,
  type KeyRecord,
  type KmsDriver,
  type Named,
  type NativeState,
  type Origin,
  type StringMap,
  type VersionRecord,
} from "@kms/core/driver";
import { algorithmsOf, protectionOf, type GcpAlgorithm, type GcpTemplate } from "./algorithms.ts";
import type { Connection } from "./client.ts";
import { durationMs, present, unchanged } from "./errors.ts";
import { nativeStateOf } from "./errors/table.ts";
import { parseVersionName, sameKey, type VersionName } from "./key-id.ts";
import { isReserved } from "./options.ts";

/** The driver's type: the algorithms of the table, and no options of its own in a configuration. */
export type GcpDriver = KmsDriver<GcpAlgorithm, never>;
/** Some members of the driver, all there: what one room contributes. */
export type DriverPart<N extends keyof GcpDriver> = { readonly [M in N]: NonNullable<GcpDriver[M]> };
/** A key as this adapter reads it. */
export type GcpRecord = KeyRecord<never>;

export type CryptoKey = protos.google.cloud.kms.v1.ICryptoKey;
export type CryptoKeyVersion = protos.google.cloud.kms.v1.ICryptoKeyVersion;
/** A key and all its versions, as Google describes them. */
export interface Description {
  readonly key: CryptoKey;
  readonly versions: readonly CryptoKeyVersion[];
}

/** The label that bears a creation's idempotency token, to tell a key that was made by a call from one that was there. */
export const nonceLabel: string = "kms-nonce";

const dayMs = 86_400_000;
// The most that one page of a list has (service.proto leaves it open; fakekms, maxPageSize).
export const pageSize = 1000;

/** The key of that full name, and its versions. `TAMPERED` when another key answers. */
export async function describe(connection: Connection, name: string, call: Call): Promise<Description> {
  const [key, versions] = await Promise.all([readKey(connection, name, call), readVersions(connection, name, call)]);
  return { key, versions };
}

/** The same before a change, the answers checked: a failure says that nothing was done. */
export async function describeFirst(connection: Connection, name: string, call: Call): Promise<Description> {
  try {
    const found = await describe(connection, name, call);
    recordOf(found);
    return found;
  } catch (cause) {
    throw unchanged(cause);
  }
}

/** The answer of `GetCryptoKey`. */
export async function readKey(connection: Connection, name: string, call: Call): Promise<CryptoKey> {
  const [key] = await connection.send(({ client, options }) => client.getCryptoKey({ name }, options), call);
  return checkedKey(key, name);
}

/** The key, if it is the one that was meant. `TAMPERED` for another one; what was asked for may have been done. */
export function checkedKey(key: CryptoKey, name: string): CryptoKey {
  if (sameKey(present(key.name, "CryptoKey.name"), name)) return key;
  throw tampered("One key of Cloud KMS was asked for and another answered; check the endpoint.", name);
}

/** Every version of a key, in whatever order Google lists them. */
export async function readVersions(
  connection: Connection,
  parent: string,
  call: Call,
): Promise<readonly CryptoKeyVersion[]> {
  const versions: CryptoKeyVersion[] = [];
  let pageToken = "";
  do {
    const request = { parent, pageSize, pageToken };
    const [, , page] = await connection.send(
      ({ client, options }) => client.listCryptoKeyVersions(request, { ...options, autoPaginate: false }),
      call,
    );
    versions.push(...(page.cryptoKeyVersions ?? []));
    pageToken = page.nextPageToken ?? "";
  } while (pageToken !== "");
  return versions;
}

/** Who answered, as the full name of a version in the answer says it. `TAMPERED` when it names no version. */
export function namedBy(name: string | null | undefined): Named & VersionName {
  const named = parseVersionName(present(name, "name"));
  if (named !== undefined) return named;
  throw new KmsError("TAMPERED", "Cloud KMS named no key version as the one that answered; check the endpoint.", {
    outcome: "unknown",
  });
}

/** The number that one of a key's own versions bears. `TAMPERED` when it is another key's; what was asked for may have been done. */
export function numberOf({ name }: CryptoKeyVersion, keyId: string): string {
  const named = namedBy(name);
  if (sameKey(named.id, keyId)) return named.version;
  throw tampered("A version of another key was answered among a key's own; check the endpoint.", keyId);
}

/** A failure after which a change may have happened; of what only reads, the guard says that nothing did. */
export const tampered = (message: string, keyId: string): KmsError =>
  new KmsError("TAMPERED", message, { keyId, outcome: "unknown" });

/** A key in the contract's words. `pending`, when all its versions are. */
export function recordOf({ key, versions: answered }: Description): GcpRecord {
  const id = present(key.name, "CryptoKey.name");
  const template = key.versionTemplate ?? {};
  const level = String(template.protectionLevel);
  const versions = answered.map((version) => versionOf(version, id)).toSorted(byNumber);
  const state = stateOf(versions);
  const days = (duration: object | null | undefined): number | undefined => {
    const milliseconds = durationMs(duration);
    return milliseconds === undefined ? undefined : Math.floor(milliseconds / dayMs);
  };
  return {
    id,
    native: String(template.algorithm),
    algorithms: isUniform(answered, template) ? algorithmsOf(key.purpose, template) : [],
    protection: protectionOf(level),
    protectionDetail: level,
    origin: originOf(key, answered, level),
    exportable: false,
    state,
    currentVersion: currentVersionOf(key, versions),
    versions,
    versionsComplete: true,
    labels: labelsOf(key),
    rotateEveryDays: days(key.rotationPeriod),
    destructionWindowDays: days(key.destroyScheduledDuration),
    destroyAt: state === "destruction-scheduled" ? lastDestruction(versions) : undefined,
    createdAt: dateOf(key.createTime),
    findings: findingsOf(key, answered, versions),
  };
}

/** The caller's labels, without those of the driver's own. */
export const labelsOf = ({ labels }: CryptoKey): StringMap =>
  Object.fromEntries(Object.entries(labels ?? {}).filter(([name]) => !isReserved(name)));

/** A `google.protobuf.Timestamp` as a date. */
export const dateOf = (timestamp: protos.google.protobuf.ITimestamp | null | undefined): Date | undefined => {
  const milliseconds = durationMs(timestamp);
  return milliseconds === undefined ? undefined : new Date(milliseconds);
};

function versionOf(version: CryptoKeyVersion, keyId: string): VersionRecord {
  const failure = version.generationFailureReason || version.importFailureReason;
  return {
    version: numberOf(version, keyId),
    native: nativeStateOf(version.state) ?? "unavailable",
    createdAt: dateOf(version.createTime),
    destroyAt: dateOf(version.destroyTime),
    failure: failure || undefined,
  };
}

const byNumber = (a: VersionRecord, b: VersionRecord): number => Number(a.version) - Number(b.version);

// A key has no state of its own (`provider-facts` §3.1): it is as alive as the most alive of its versions.
const alive: readonly NativeState[] = ["enabled", "pending", "disabled", "unavailable", "destruction-scheduled"];
function stateOf(versions: readonly VersionRecord[]): NativeState {
  const state = alive.find((wanted) => versions.some(({ native }) => native === wanted));
  if (state !== undefined) return state;
  // A key that never had a version waits for one; one that never got any other than failed ones has failed.
  if (versions.length === 0) return "pending";
  return versions.some(({ native }) => native === "destroyed") ? "destroyed" : "failed";
}

/** The primary version; of keys that have none the newest that is enabled, else the newest. */
function currentVersionOf(key: CryptoKey, versions: readonly VersionRecord[]): string | undefined {
  if (key.purpose === "ENCRYPT_DECRYPT") return primaryOf(key);
  return (versions.findLast(({ native }) => native === "enabled") ?? versions.at(-1))?.version;
}

const primaryOf = ({ name, primary }: CryptoKey): string | undefined =>
  primary?.name ? numberOf(primary, present(name, "CryptoKey.name")) : undefined;

const lastDestruction = (versions: readonly VersionRecord[]): Date | undefined =>
  versions
    .flatMap(({ native, destroyAt }) => (native === "destruction-scheduled" && destroyAt ? [destroyAt] : []))
    .toSorted((a, b) => a.getTime() - b.getTime())
    .at(-1);

const isGone = ({ state }: CryptoKeyVersion): boolean => {
  const native = nativeStateOf(state);
  return native === "destroyed" || native === "failed";
};

/** The template can be changed, and versions keep what they were made with: one key, one algorithm at one level. */
const isUniform = (versions: readonly CryptoKeyVersion[], { algorithm, protectionLevel }: GcpTemplate): boolean =>
  versions.every(
    (version) => isGone(version) || (version.algorithm === algorithm && version.protectionLevel === protectionLevel),
  );

function originOf({ importOnly }: CryptoKey, versions: readonly CryptoKeyVersion[], level: string): Origin {
  if (level.startsWith("EXTERNAL")) return "external-store";
  return importOnly === true || versions.some(({ importJob }) => Boolean(importJob)) ? "imported" : "generated";
}

function findingsOf(
  key: CryptoKey,
  answered: readonly CryptoKeyVersion[],
  versions: readonly VersionRecord[],
): readonly Finding[] | undefined {
  const unknown = answered.filter(({ state }) => nativeStateOf(state) === undefined);
  const primary = versions.find(({ version }) => version === primaryOf(key));
  const findings = [
    ...unknown.map(({ state }) =>
      warning("a version's state that this adapter does not know; the version counts as unavailable", String(state)),
    ),
    ...(isUniform(answered, key.versionTemplate ?? {})
      ? []
      : [warning("versions of several algorithms or protection levels; the key serves none here", listed(answered))]),
    ...(primary !== undefined && primary.native !== "enabled" && stateOf(versions) === "enabled"
      ? [warning("the primary version is not enabled, so nothing can be encrypted; rotate the key", primary.native)]
      : []),
    ...(key.rotationPeriod && stateOf(versions) !== "enabled"
      ? [warning("Cloud KMS will rotate the key by itself, and the new version will be enabled", nextRotation(key))]
      : []),
  ];
  return findings.length === 0 ? undefined : findings;
}

const warning = (what: string, found: string | undefined): Finding => ({ what, found, severity: "warning" });
const listed = (versions: readonly CryptoKeyVersion[]): string =>
  [...new Set(versions.map(({ algorithm, protectionLevel }) => `${algorithm} ${protectionLevel}`))].join(", ");
const nextRotation = ({ nextRotationTime }: CryptoKey): string | undefined => dateOf(nextRotationTime)?.toISOString();
