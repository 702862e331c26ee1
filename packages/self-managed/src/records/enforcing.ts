import type { Awaitable } from "@kms/core/driver";
import type { KeyStore } from "../stores/store.ts";

/**
 * Throws a refusal for a date that has passed, once the store knows that it has: otherwise a clock that is set back would
 * undo it after a restart (`crypto-rules` 26). The date is kept, not the clock, which may be wrong by more. A store that
 * cannot write it now (read-only, locked) takes nothing from the refusal.
 */
export function enforced(store: KeyStore, date: number, refusal: Error): Awaitable<never> {
  const refuse = (): never => {
    throw refusal;
  };
  if (date <= store.latestTime()) return refuse();
  let kept: Awaitable<void>;
  try {
    kept = store.advanceTime(date);
  } catch {
    return refuse();
  }
  return kept instanceof Promise ? kept.then(refuse, refuse) : refuse();
}
