import type { KeyReference } from "@kms/core/driver";
import type { Vault } from "../records.ts";
import { memoryId } from "./versions.ts";

/** What this driver has seen of a key's end. */
export interface Ending {
  /** When a key that was seen deleted is purged, in milliseconds since the epoch; infinite where that is not known. */
  readonly purgeAtMs: number;
  /** Those of its versions that are known: by them it is told from a later key of the same name. */
  readonly versions: readonly string[];
}

/** A key was seen among the deleted ones, or its deletion was begun here: it is purged at that date. */
export function rememberDeleted(
  vault: Vault,
  name: string,
  { purgeAt, versions }: { readonly purgeAt: Date | undefined; readonly versions: readonly string[] },
): void {
  const id = memoryId(vault, name);
  const before = knownVersions(vault, name);
  // Of a deleted key only the newest version is shown: what was known of the same key before stays known.
  const known = versions.some((version) => before.includes(version))
    ? [...new Set([...before, ...versions])]
    : versions;
  vault.memory.endings.set(id, { purgeAtMs: purgeAt?.getTime() ?? Number.POSITIVE_INFINITY, versions: known });
}

/** A key of which these versions are known was purged by this driver. */
export const rememberPurged = (vault: Vault, name: string, versions: readonly string[]): void =>
  rememberDeleted(vault, name, { purgeAt: new Date(0), versions });

/** The versions that are known of a key whose deletion was seen. */
export const knownVersions = (vault: Vault, name: string): readonly string[] =>
  vault.memory.endings.get(memoryId(vault, name))?.versions ?? [];

/** A key was seen alive, or its recovery was begun. */
export const forgetEnding = (vault: Vault, name: string): void => vault.memory.endings.delete(memoryId(vault, name));

/**
 * Is a key that is under neither name purged? Only where this driver purged it, or saw it deleted and its date has come:
 * however often and however long absence is seen, it may be one of a deletion and then one of a recovery.
 */
export function isPurged(vault: Vault, name: string, { pinned = [] }: KeyReference, now: number): boolean {
  const ending = vault.memory.endings.get(memoryId(vault, name));
  if (ending === undefined || now < ending.purgeAtMs) return false;
  return pinned.length === 0 || pinned.some((version) => ending.versions.includes(version));
}
