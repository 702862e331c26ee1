import { cryptoperiods } from "../../algorithms/cryptoperiods.ts";
import { jwkThumbprint } from "../../algorithms/public-key.ts";
import { algorithmRow, symmetric } from "../../algorithms/registry.ts";
import type { DriverListing, KeyRecord, VersionRecord } from "../../contract/record.ts";
import type { Finding, KeyDescription, KeyListing, KeyVersionDescription, PublicKey } from "../../contract/results.ts";
import type { State } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { nativeState, versionState } from "../../keys/states.ts";
import type { Row } from "../pipeline.ts";
import { unsupported } from "../provider.ts";
import type { KeyTask } from "../task.ts";
import { readOwnRecord, withOrigin } from "./records.ts";

const dayMs = 86_400_000;

/** What the provider says of the key now, and where that differs from the handle. */
export const describeKey: Row<KeyTask, undefined, KeyDescription> = {
  operation: "describeKey",
  effect: "read",
  mutates: false,
  work: async (task) => {
    const { keyId, origin } = task.key.claims;
    return describe(task, withOrigin(await readOwnRecord(task, keyId), origin));
  },
};

function describe(task: KeyTask, record: KeyRecord): KeyDescription {
  const { claims, provider } = task.key;
  const { now } = task;
  const { capabilities } = provider.driver;
  const state = keyState(record, now);
  return Object.freeze({
    provider: provider.name,
    kind: claims.kind,
    keyId: claims.keyId,
    algorithm: claims.algorithm,
    protection: record.protection,
    origin: record.origin,
    exportable: record.exportable,
    state,
    stateSource: state !== "destroyed" && capabilities.states[state] === "emulated" ? "emulated" : "native",
    asOf: new Date(now),
    currentVersion: record.currentVersion ?? null,
    versions: Object.freeze(record.versions.map((version) => describeVersion(version, claims.algorithm, now))),
    versionsComplete: record.versionsComplete,
    labels: Object.freeze({ ...record.labels }),
    createdAt: record.createdAt,
    destroyAt: record.destroyAt,
    revocation: record.revocation,
    findings: Object.freeze([...(record.findings ?? []), ...drift(task, record), ...overdue(task, record)]),
  });
}

function describeVersion(
  version: VersionRecord,
  algorithm: KeyDescription["algorithm"],
  now: number,
): KeyVersionDescription {
  const { publicKey } = version;
  return Object.freeze({
    keyVersion: version.version,
    state: versionState(version, now),
    createdAt: version.createdAt,
    destroyAt: version.destroyAt,
    thumbprint:
      publicKey !== undefined && !symmetric(algorithmRow(algorithm)) ? jwkThumbprint(publicKey, algorithm) : undefined,
  });
}

/** The key's state: its current version's where the key is enabled and has one, else its own. */
export function keyState(record: KeyRecord, now: number): State {
  const current = record.versions.find(({ version }) => version === record.currentVersion);
  return record.state === "enabled" && current !== undefined
    ? versionState({ ...current, native: record.state }, now)
    : nativeState(record.state);
}

/** Differences from the handle; reported, not refused. */
function drift(task: KeyTask, record: KeyRecord): readonly Finding[] {
  const { claims } = task.key;
  const compared: readonly (readonly [string, string, string])[] = [
    ["protection", claims.protection, record.protection],
    ["origin", claims.origin, record.origin],
    ["exportable", String(claims.exportable), String(record.exportable)],
    [
      "algorithm",
      claims.algorithm,
      record.algorithms.includes(claims.algorithm) ? claims.algorithm : record.algorithms.join(" or "),
    ],
    ["policy", claims.policyDigest, task.instance.policy.digest],
  ];
  return compared
    .filter(([, expected, found]) => expected !== found)
    .map(([what, expected, found]) =>
      Object.freeze({ what, expected, found, severity: what === "policy" ? "info" : "error" }),
    );
}

/** Versions that are older than the cryptoperiod of their purpose: reported by effective time, refused by policy alone. */
function overdue(task: KeyTask, record: KeyRecord): readonly Finding[] {
  const { protectDays, readDays = Infinity } = cryptoperiods[task.key.claims.purpose];
  const { now } = task;
  return record.versions.flatMap((version) => {
    const { createdAt, native } = version;
    if (createdAt === undefined || native === "destroyed") return [];
    const ageDays = Math.floor((now - createdAt.getTime()) / dayMs);
    const protects = version.version === record.currentVersion && versionState(version, now) === "active";
    if (protects && ageDays >= protectDays) return [periodOver(version, ageDays, ["protects", protectDays, "warning"])];
    return ageDays >= readDays ? [periodOver(version, ageDays, ["is read", readDays, "info"])] : [];
  });
}

const periodOver = (
  { version }: VersionRecord,
  ageDays: number,
  [does, days, severity]: readonly ["protects" | "is read", number, Finding["severity"]],
): Finding =>
  Object.freeze({
    what: "cryptoperiod over",
    expected: `a version ${does} for at most ${days} days (SP 800-57 Part 1 §5.3.6)`,
    found: `version ${version} is ${ageDays} days old`,
    severity,
  });

/** The pinned public key: no call, and `STALE_HANDLE` for a version that is not pinned. */
export const getPublicKey: Row<KeyTask, { readonly version: string | undefined }, PublicKey> = {
  operation: "getPublicKey",
  effect: "read",
  mutates: false,
  check: (task) => {
    const { algorithm, row } = task.key;
    if (symmetric(algorithm)) throw new KmsError("INVALID_ARGUMENT", `${algorithm.algorithm} has no public key.`);
    if (row.operations.getPublicKey === undefined) {
      throw unsupported(task.provider.name, "getPublicKey", algorithm.algorithm);
    }
  },
  work: (task, input) => {
    const { key } = task;
    const version = input.version ?? key.claims.signingVersion ?? key.claims.versions.at(-1)?.version;
    task.version = version;
    const publicKey = version === undefined ? undefined : key.pinned(version)?.publicKey;
    if (version === undefined || publicKey === undefined) {
      throw new KmsError(
        "STALE_HANDLE",
        "This handle does not pin the key version asked for; refreshHandle reads the provider and pins it.",
        { keyId: key.claims.keyId },
      );
    }
    return Object.freeze({
      spki: new Uint8Array(publicKey.spki),
      keyVersion: version,
      algorithm: key.claims.algorithm,
      thumbprint: publicKey.thumbprint,
    });
  },
};

/** An entry of a list, in the contract's words. */
export const listingOf = ({ id, labels, algorithms, state, createdAt }: DriverListing): KeyListing =>
  Object.freeze({
    keyId: id,
    labels: labels === undefined ? undefined : Object.freeze({ ...labels }),
    algorithms: algorithms === undefined ? undefined : Object.freeze([...algorithms]),
    state: state === undefined ? undefined : nativeState(state),
    createdAt,
  });
