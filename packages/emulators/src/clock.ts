/** Milliseconds in a day. */
export const DAY_MS = 86_400_000;

/** The longest that a clock may be moved at once: a century, so that scheduled rotations stay few. */
const MAXIMUM_ADVANCE_MS = 100 * 365 * DAY_MS;

/** The emulator's own time: the injected clock plus whatever a test has added. */
export class EmulatorClock {
  readonly #source: () => number;
  #offsetMs = 0;

  constructor(source: () => number) {
    this.#source = source;
  }

  /** Milliseconds since 1970, UTC. */
  now(): number {
    return this.#source() + this.#offsetMs;
  }

  /** Moves time forward by `ms`, between 0 and 100 years; a `RangeError` otherwise. */
  advance(ms: number): void {
    if (!(ms >= 0 && ms <= MAXIMUM_ADVANCE_MS)) {
      throw new RangeError(`advance takes 0 to ${MAXIMUM_ADVANCE_MS} milliseconds, got ${ms}`);
    }
    this.#offsetMs += ms;
  }
}
