/** Answers that wait in real time, and end with the server. */
export class Delays {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Runs something after so many milliseconds. */
  run(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }

  /** Nothing that waits is run any more. */
  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
