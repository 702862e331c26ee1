// The longest that a timer of Node can wait; longer ones ring at once.
const longestTimerMs = 2_147_483_647;

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

/**
 * One timer of Node for all that wait for their time to be over. Nearly every call ends before: a timer armed and cleared
 * for each would cost as much as its audit. The process may end while nobody waits.
 */
export class Alarms {
  readonly #waiting = new Set<Alarm>();
  #timer: NodeJS.Timeout | undefined;
  #ringsAt = Infinity;

  /** Rings once when `performance.now()` has come to `at`, unless the function that it answers was called before. */
  set(at: number, ring: () => void): () => void {
    const alarm: Alarm = { at, ring };
    this.#waiting.add(alarm);
    if (at < this.#ringsAt) this.#arm(at);
    else if (this.#waiting.size === 1) this.#timer?.ref();
    return () => {
      if (this.#waiting.delete(alarm) && this.#waiting.size === 0) this.#timer?.unref();
    };
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#ringsAt = at;
    const ms = Math.min(Math.max(0, Math.ceil(at - performance.now())), longestTimerMs);
    this.#timer = setTimeout(() => this.#ring(), ms);
  }

  #ring(): void {
    const now = performance.now();
    this.#timer = undefined;
    this.#ringsAt = Infinity;
    let next = Infinity;
    for (const alarm of this.#waiting) {
      if (alarm.at > now) next = Math.min(next, alarm.at);
      else if (this.#waiting.delete(alarm)) alarm.ring();
    }
    // What rang may have set others, and armed the timer for them.
    if (next < this.#ringsAt) this.#arm(next);
  }
}
