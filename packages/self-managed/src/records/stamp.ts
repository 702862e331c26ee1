import type { Call } from "@kms/core/driver";
import type { KeyStore } from "../stores/store.ts";

/** When something happens to a key, by whom and why. */
export interface Stamp {
  /** Effective time, in milliseconds since the epoch. */
  readonly at: number;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
}

/** The stamp of a call: its time, or the latest that the store has seen where the clock stands behind it (`crypto-rules` 26). */
export const stampOf = (store: KeyStore, { now, actor, reason }: Call): Stamp => ({
  at: Math.max(now, store.latestTime()),
  actor,
  reason,
});
