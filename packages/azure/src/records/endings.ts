import type { Vault } from "../records.ts";
import { memoryId } from "./versions.ts";

/** What this driver has seen of a key's end. */
export interface Ending {
  /** When a key that was seen deleted is purged, in milliseconds since the epoch; infinite where that is not known. */
  readonly purgeAtMs: number;
  /** When it was first looked for and was under neither name, in milliseconds since the epoch. */
  readonly absentSinceMs?: number | undefined;
}

// A deletion or a recovery takes seconds, in which Azure shows the key under neither name (`contract-fit` §1, Open).
const underWayMs = 60_000;

/** A key was seen among the deleted ones, or its deletion was begun here: it is purged at that date. */
export const rememberDeleted = (vault: Vault, name: string, purgeAt: Date | undefined): void =>
  vault.memory.endings.set(memoryId(vault, name), { purgeAtMs: purgeAt?.getTime() ?? Number.POSITIVE_INFINITY });

/** A key was purged by this driver. */
export const rememberPurged = (vault: Vault, name: string): void =>
  vault.memory.endings.set(memoryId(vault, name), { purgeAtMs: Number.NEGATIVE_INFINITY });

/** A key was seen alive, or its recovery was begun. */
export const forgetEnding = (vault: Vault, name: string): void => vault.memory.endings.delete(memoryId(vault, name));

/**
 * Is a key that is under neither name purged? Where this driver purged it, or saw it deleted and its date has come; else
 * only where it was absent for a minute, from one look to another. Every look is remembered.
 */
export function isPurged(vault: Vault, name: string, now: number): boolean {
  const id = memoryId(vault, name);
  const { purgeAtMs = Number.POSITIVE_INFINITY, absentSinceMs = now } = vault.memory.endings.get(id) ?? {};
  if (purgeAtMs <= now || now - absentSinceMs >= underWayMs) return true;
  vault.memory.endings.set(id, { purgeAtMs, absentSinceMs });
  return false;
}
