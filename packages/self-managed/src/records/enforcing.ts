import { isPromised } from "@kms/core/driver";
import type { KeyStore } from "../stores/store.ts";

/**
 * To be called where something is refused because a date has passed: the store keeps that date, or a clock that is set
 * back would undo the refusal after a restart (`crypto-rules` 26). The date is kept, not the clock, which may be wrong by
 * more. What a store cannot write now (read-only, locked) takes nothing from the refusal.
 */
export function keepEnforced(store: KeyStore, date: number | undefined, now: number): void {
  if (date === undefined || date > now || date <= store.latestTime()) return;
  try {
    const kept = store.advanceTime(date);
    if (isPromised(kept)) kept.then(undefined, () => undefined);
  } catch {
    // The refusal is what is told.
  }
}
