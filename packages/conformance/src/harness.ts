import type { Awaitable, Clock, KmsDriver } from "@kms/core";

/** A clock that stands still until it is moved. */
export interface ConformanceClock extends Clock {
  /** Moves time forward by so many milliseconds and wakes whoever has slept long enough. */
  readonly advance: (ms: number) => void;
}

/**
 * What goes wrong with the next call to the back end. `throttle`: too fast, nothing done. `unavailable`: out of order,
 * nothing done. `lost-answer`: the work is done and the answer never arrives.
 */
export type Fault = "throttle" | "unavailable" | "lost-answer";

/** What an author gives the suite: a driver over a back end of its own, and the switches that the back end has. */
export interface Harness {
  readonly driver: KmsDriver;
  /** The time that the back end lives in too, made by `conformanceClock`. */
  readonly clock: ConformanceClock;
  /** A second driver over the same back end, as another process would have it. Without it the first one serves again. */
  readonly anotherDriver?: (() => Awaitable<KmsDriver>) | undefined;
  /** A driver whose principal may use keys but neither read nor manage them. Without it every other member of the driver is denied by the suite. */
  readonly useOnlyDriver?: (() => Awaitable<KmsDriver>) | undefined;
  /** Breaks the next call to the back end. Without it the driver's answer is broken by the suite. */
  readonly fault?: ((fault: Fault) => void) | undefined;
  /** How many requests the back end has had, so that "refused before any call" is counted on the wire too. */
  readonly calls?: (() => number) | undefined;
  /** Ends the back end; the suite has closed the driver by then, or will not use it again. */
  readonly close: () => Promise<void>;
}

/** Makes a harness over an empty back end; some cases ask for one of their own. */
export type CreateHarness = () => Promise<Harness>;

interface Sleeper {
  readonly dueAt: number;
  readonly wake: () => void;
}

// Waits up to this long are pauses between two attempts or two questions: time moves on for them by itself, in the next
// turn of the event loop. Longer ones are deadlines and wait for `advance`.
const longestPauseMs = 5_000;

/** A clock that starts at this moment and moves by `advance`, and by itself only for short pauses. */
export function conformanceClock(): ConformanceClock {
  let now = Date.now();
  const sleepers = new Set<Sleeper>();
  const advanceTo = (time: number): void => {
    now = Math.max(now, time);
    for (const sleeper of [...sleepers].filter(({ dueAt }) => dueAt <= now)) sleeper.wake();
  };
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const giveUp = (): void => {
        sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      const wake = (): void => {
        sleepers.delete(sleeper);
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const sleeper: Sleeper = { dueAt: now + ms, wake };
      sleepers.add(sleeper);
      signal?.addEventListener("abort", giveUp, { once: true });
      if (ms <= longestPauseMs) setTimeout(() => sleepers.has(sleeper) && advanceTo(sleeper.dueAt), 0);
    });
  return { now: () => now, sleep, advance: (ms) => advanceTo(now + ms) };
}
