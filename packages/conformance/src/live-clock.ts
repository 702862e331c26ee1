import type { ConformanceClock } from "./harness.ts";

/** The clock of a suite against a real account. */
export interface LiveClock {
  readonly clock: ConformanceClock;
  /** How far `advance` has moved it, in milliseconds. */
  readonly moved: () => number;
}

/**
 * This machine's clock, for a suite against a real account: `advance` moves it forward for the guard and for the cases.
 * The provider's own does not move with it, so a case that needs days to pass there fails; `moved` tells those from the
 * rest. Unlike `conformanceClock` it runs, and pauses take their time.
 */
export function liveClock(): LiveClock {
  let moved = 0;
  const sleepers = new Set<() => void>();
  const now = (): number => Date.now() + moved;
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const dueAt = now() + ms;
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        sleepers.delete(wake);
        signal?.removeEventListener("abort", giveUp);
        settle();
      };
      const wake = (): void => {
        if (now() >= dueAt) end(resolve);
      };
      const giveUp = (): void => end(() => reject(signal?.reason as Error));
      const timer = setTimeout(() => end(resolve), ms);
      sleepers.add(wake);
      signal?.addEventListener("abort", giveUp, { once: true });
      if (signal?.aborted) giveUp();
    });
  const advance = (ms: number): void => {
    moved += ms;
    for (const wake of sleepers) wake();
  };
  return { clock: { now, sleep, advance }, moved: () => moved };
}
