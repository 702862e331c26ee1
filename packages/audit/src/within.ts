import type { Clock } from "@kms/core";
import { setImmediate } from "node:timers/promises";

/** Says that work was not done in its time. It may still be under way. */
export const overdue: unique symbol = Symbol("overdue");

/** What the work answers, or `overdue` when the milliseconds are over first. Rejects as the work does. */
export async function within<T>(work: Promise<T>, ms: number, clock: Clock): Promise<T | typeof overdue> {
  const stop = new AbortController();
  const expired = clock
    .sleep(ms, stop.signal)
    // Where this process was held up, timer and answer are both due: the answer wins.
    .then(() => setImmediate())
    .catch(() => undefined)
    .then((): typeof overdue => overdue);
  try {
    return await Promise.race([work, expired]);
  } finally {
    stop.abort();
  }
}
