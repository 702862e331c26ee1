import type { Clock } from "../contract/options.ts";
import { Alarms } from "./alarms.ts";

const dayMs = 86_400_000;
// One for all: an error for each would cost a stack trace.
const stopped = new Error("the alarm was stopped");

/** The clock of this machine, with the monotonic one beside it. */
export const systemClock = (): Clock => ({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal?.addEventListener("abort", stop, { once: true });
    }),
});

/**
 * Effective time: the clock, but never earlier than it has been in this process (`crypto-rules` 26). A wall clock that
 * leaps a day or more against the monotonic one is not followed; `leapt` then stays true until it is acknowledged.
 * Nothing is remembered across processes: `health()` says so.
 */
export class EffectiveTime {
  readonly #clock: Clock;
  readonly #monotonic: () => number;
  readonly #comparable: boolean;
  /** Of this machine's clock; an application's own is asked to sleep instead. */
  readonly #alarms: Alarms | undefined;
  #wallStart: number;
  #monotonicStart: number;
  #elapsed: number;
  #mark: number;
  #leapt = false;

  /** `clock`: the application's own; without it, this machine's. */
  constructor(given: Clock | undefined) {
    const clock = given ?? systemClock();
    this.#clock = clock;
    this.#alarms = given === undefined ? new Alarms() : undefined;
    this.#comparable = clock.monotonic !== undefined;
    this.#monotonic = clock.monotonic ?? clock.now;
    this.#wallStart = clock.now();
    this.#monotonicStart = this.#monotonic();
    this.#elapsed = this.#monotonicStart;
    this.#mark = this.#wallStart;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    let wall = this.#clock.now();
    this.#elapsed = this.#comparable ? this.#monotonic() : wall;
    if (this.#comparable) {
      const expected = this.#wallStart + this.#elapsed - this.#monotonicStart;
      if (Math.abs(wall - expected) >= dayMs) this.#leapt = true;
      if (this.#leapt) wall = Math.floor(expected);
    }
    if (wall > this.#mark) this.#mark = wall;
    return this.#mark;
  }

  /** The time again, a moment after `now`: never before it, and without looking for leaps, which the next call does. */
  later(): number {
    return this.#leapt ? this.#mark : Math.max(this.#mark, this.#clock.now());
  }

  /** `elapsed` as it was when `now` was last asked: one reading of the clock less. */
  get lastElapsed(): number {
    return this.#elapsed;
  }

  /** Milliseconds that only serve for differences: deadlines and ages of what was read. */
  elapsed(): number {
    return this.#monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }

  /** Rings once when `elapsed` has come to `at`, unless the function that it answers was called before. */
  alarm(at: number, ring: () => void): () => void {
    if (this.#alarms !== undefined) return this.#alarms.set(at, ring);
    const stop = new AbortController();
    const ms = Math.max(0, Math.ceil(at - this.#monotonic()));
    this.#clock.sleep(ms, stop.signal).then(ring, () => undefined); // stopped
    return () => stop.abort(stopped);
  }

  /** The wall clock leapt, and nobody has said yet that it is right. */
  get leapt(): boolean {
    return this.#leapt;
  }

  /** Takes the wall clock as it stands now, though never back behind the mark. */
  acknowledge(): void {
    this.#leapt = false;
    this.#wallStart = this.#clock.now();
    this.#monotonicStart = this.#monotonic();
  }
}
