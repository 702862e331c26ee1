import { systemClock, type Clock } from "@kms/core";

/** A clock that the demo can move: a destruction falls due days after it was scheduled. */
export interface DemoClock extends Clock {
  /** Moves time forward, in milliseconds. */
  readonly advance: (ms: number) => void;
}

/** The machine's clock plus whatever was added. Without a monotonic clock beside it: a leap would be noticed and refused. */
export function demoClock(): DemoClock {
  const { now, sleep } = systemClock();
  let offsetMs = 0;
  return Object.freeze({
    now: () => now() + offsetMs,
    sleep,
    advance: (ms: number) => {
      offsetMs += ms;
    },
  });
}

/** Milliseconds in a day. */
export const dayMs = 86_400_000;
