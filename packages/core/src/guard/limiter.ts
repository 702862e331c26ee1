/** How many calls are in flight at one provider; the rest wait in order. */
export class Limiter {
  readonly #maximum: number;
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** Takes a place if one is free. */
  tryEnter(): boolean {
    if (this.#inFlight >= this.#maximum) return false;
    this.#inFlight += 1;
    return true;
  }

  /** Takes a place when one is free. An aborted wait gives up its turn and rejects with the signal's reason. */
  enter(signal: AbortSignal): Promise<void> {
    if (this.tryEnter()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = (): void => {
        const at = this.#waiting.indexOf(turn);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason as Error);
      };
      if (signal.aborted) return giveUp();
      this.#waiting.push(turn);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  /** Gives the place back, or on to whoever has waited longest. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#inFlight -= 1;
    else next();
  }
}
