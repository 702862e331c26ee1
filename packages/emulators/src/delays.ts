/** Answers that wait in real time, and end with the server. */
export class Delays {
  readonly #timers = new Set<NodeJS.Timeout>();
  #isEnded = false;

  /** Runs something after so many milliseconds, and nothing once this has ended: work that was under way comes late. */
  run(ms: number, action: () => void): void {
    if (this.#isEnded) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }

  /** Nothing that waits is run any more. */
  end(): void {
    this.#isEnded = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
