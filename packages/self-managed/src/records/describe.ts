import type { DriverListing, Finding, KeyRecord, Revocation, VersionRecord } from "@kms/core/driver";
import type { StoredKey, StoredRevocation, StoredVersion } from "./key-record.ts";
import { nativeOf, versionOf } from "./transitions.ts";

const dayMs = 86_400_000;

/** A stored key in the contract's words, at effective time `now`. Nothing of its material; byte arrays are copies. */
export function describe(record: StoredKey, now: number): KeyRecord<never> {
  const current = versionOf(record, record.currentVersion);
  return {
    id: record.id,
    native: record.algorithm,
    algorithms: [record.algorithm],
    protection: "software",
    origin: record.origin,
    exportable: record.exportable,
    state: current.native,
    currentVersion: record.currentVersion,
    versions: record.versions.map(describeVersion),
    versionsComplete: true,
    labels: { ...record.labels },
    revocation: current.revocation === undefined ? undefined : revocationOf(current.revocation),
    destructionWindowDays: record.destructionWindowDays,
    rotateEveryDays: record.rotateEveryDays,
    destroyAt: dateOf(current.destroyAt),
    createdAt: new Date(record.createdAt),
    findings: findingsOf(record, current, now),
  };
}

/** A stored key as an entry of a list. */
export const listingOf = (record: StoredKey): DriverListing => ({
  id: record.id,
  labels: { ...record.labels },
  algorithms: [record.algorithm],
  state: nativeOf(record),
  createdAt: new Date(record.createdAt),
});

const dateOf = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms));

const describeVersion = (version: StoredVersion): VersionRecord => ({
  version: version.version,
  native: version.native,
  createdAt: new Date(version.createdAt),
  notBefore: dateOf(version.notBefore),
  notAfter: dateOf(version.notAfter),
  destroyAt: dateOf(version.destroyAt),
  publicKey: version.publicKey === undefined ? undefined : Uint8Array.from(version.publicKey),
});

const revocationOf = ({ reason, revokedAt, occurredAt }: StoredRevocation): Revocation => ({
  reason,
  revokedAt: new Date(revokedAt),
  occurredAt: new Date(occurredAt),
});

function findingsOf(record: StoredKey, current: StoredVersion, now: number): readonly Finding[] {
  const { rotateEveryDays } = record;
  if (rotateEveryDays === undefined || current.native !== "enabled") return [];
  const ageDays = Math.floor((now - current.createdAt) / dayMs);
  if (ageDays < rotateEveryDays) return [];
  const found = `version ${current.version} is ${ageDays} days old`;
  return [{ what: "rotation overdue", expected: `every ${rotateEveryDays} days`, found, severity: "warning" }];
}
