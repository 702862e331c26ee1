import { algorithmRow } from "../algorithms/registry.ts";
import type { KeyRecord } from "../contract/record.ts";
import type { Algorithm } from "../contract/words.ts";
import type { HandleClaims, PinnedVersion } from "../keys/handle.ts";
import { readKeyReference } from "../keys/key-id.ts";
import { pinsOf } from "./pins.ts";
import type { Task } from "./task.ts";
import { remember } from "./versions.ts";

/** What is kept from an earlier handle of the same key, or stated when a key is made. */
export interface Lineage {
  readonly confDigest: string | undefined;
  readonly destructionWindowDays: number | undefined;
  readonly replaces: string | undefined;
  readonly revision: number;
  readonly versions: readonly PinnedVersion[];
  readonly restriction: HandleClaims["restriction"];
}
/** The lineage of a key that nothing is known of. */
export const noLineage: Lineage = Object.freeze({
  confDigest: undefined,
  destructionWindowDays: undefined,
  replaces: undefined,
  revision: 1,
  versions: Object.freeze([]),
  restriction: undefined,
});

/** Claims out of a record, its versions pinned, the current one remembered. */
export async function claimsFrom(
  task: Task,
  record: KeyRecord,
  algorithm: Algorithm,
  lineage: Lineage,
): Promise<HandleClaims> {
  const { instance, provider } = task;
  const { driver } = provider;
  readKeyReference(record.id); // an id that could not be opened again is not sealed
  const pins = await pinsOf(task, record, algorithm, lineage.versions);
  remember(instance, instance.memories.of(provider.name, record.id), record, task.begunAt);
  return Object.freeze({
    kind: driver.capabilities.kind,
    scope: driver.scopeOf(record.id),
    keyId: record.id,
    native: record.native,
    algorithm,
    purpose: algorithmRow(algorithm).purpose,
    protection: record.protection,
    origin: record.origin,
    exportable: record.exportable,
    versions: pins.versions,
    signingVersion: pins.signingVersion,
    destructionWindowDays: lineage.destructionWindowDays ?? record.destructionWindowDays,
    confDigest: lineage.confDigest,
    policyDigest: instance.policy.digest,
    revision: lineage.revision,
    issuedAt: task.call.now,
    audience: instance.audience,
    replaces: lineage.replaces,
    restriction: lineage.restriction,
  });
}

/** The lineage of a handle that is refreshed or rotated: one revision up. */
export const lineageOf = (claims: HandleClaims): Lineage => ({
  confDigest: claims.confDigest,
  destructionWindowDays: claims.destructionWindowDays,
  replaces: claims.replaces,
  revision: claims.revision + 1,
  versions: claims.versions,
  restriction: claims.restriction,
});
