import { algorithmRow } from "../algorithms/registry.ts";
import type { KeyRecord } from "../contract/record.ts";
import type { Algorithm } from "../contract/words.ts";
import type { HandleClaims, PinnedVersion } from "../keys/handle.ts";
import { openable } from "./openable.ts";
import { pinsOf } from "./pins.ts";
import type { Task } from "./task.ts";
import { remember } from "./versions.ts";

/** What is kept from an earlier handle of the same key, or stated when a key is made. */
export interface Lineage {
  /** The id that the handle has; undefined for the record's own. A replica's names another region of the same key. */
  readonly keyId: string | undefined;
  readonly confDigest: string | undefined;
  readonly destructionWindowDays: number | undefined;
  readonly replaces: string | undefined;
  readonly revision: number;
  readonly versions: readonly PinnedVersion[];
  readonly signingVersion: string | undefined;
  readonly restriction: HandleClaims["restriction"];
}
/** The lineage of a key that nothing is known of. */
export const noLineage: Lineage = Object.freeze({
  keyId: undefined,
  confDigest: undefined,
  destructionWindowDays: undefined,
  replaces: undefined,
  revision: 1,
  versions: Object.freeze([]),
  signingVersion: undefined,
  restriction: undefined,
});

/**
 * Claims out of a record, its versions pinned, the current one remembered. `UNKNOWN` for a record over which none could be
 * opened again.
 */
export async function claimsFrom(
  task: Task,
  record: KeyRecord,
  algorithm: Algorithm,
  lineage: Lineage,
): Promise<HandleClaims> {
  const { instance, provider } = task;
  const { driver } = provider;
  const pins = await pinsOf(task, record, algorithm, lineage);
  const keyId = lineage.keyId ?? record.id;
  remember(instance, instance.memories.of(provider.name, keyId), record, task.begunAt);
  return openable({
    kind: driver.capabilities.kind,
    scope: driver.scopeOf(keyId),
    keyId,
    native: record.native,
    algorithm,
    purpose: algorithmRow(algorithm).purpose,
    protection: record.protection,
    origin: record.origin,
    exportable: record.exportable,
    versions: pins.versions,
    signingVersion: pins.signingVersion,
    destructionWindowDays: lineage.destructionWindowDays ?? windowOf(record),
    confDigest: lineage.confDigest,
    policyDigest: instance.policy.digest,
    revision: lineage.revision,
    issuedAt: task.call.now,
    audience: instance.audience,
    replaces: lineage.replaces,
    restriction: lineage.restriction,
  });
}

/** A provider that keeps no destroyed key for a whole day (Azure without soft delete says 0) has no window to remember. */
const windowOf = ({ destructionWindowDays: days }: KeyRecord): number | undefined => (days === 0 ? undefined : days);

/** The lineage of a handle that is refreshed or rotated: one revision up. */
export const lineageOf = (claims: HandleClaims): Lineage => ({
  keyId: claims.keyId,
  confDigest: claims.confDigest,
  destructionWindowDays: claims.destructionWindowDays,
  replaces: claims.replaces,
  revision: claims.revision + 1,
  versions: claims.versions,
  signingVersion: claims.signingVersion,
  restriction: claims.restriction,
});
