import type { CheckedLimits } from "./limits.ts";

/** How far one data key is used, and since when. Whoever waits for it has his message counted already. */
export class Uses {
  readonly #limits: CheckedLimits;
  readonly #madeAt: number;
  #messages = 0;
  #bytes = 0;

  /** Of a key asked for now. */
  constructor(limits: CheckedLimits) {
    this.#limits = limits;
    this.#madeAt = limits.now();
  }

  /** Takes one message of that size from what is left; false where too little is, or the key is too old. */
  take(bytes: number): boolean {
    if (this.isOver || this.#bytes + bytes > this.#limits.maximumBytes) return false;
    this.#messages += 1;
    this.#bytes += bytes;
    return true;
  }

  /** Gives back what a message took that turned out to be made up. */
  giveBack(bytes: number): void {
    this.#messages -= 1;
    this.#bytes -= bytes;
  }

  /** Whether not even an empty message is left. */
  get isOver(): boolean {
    return this.#messages >= this.#limits.maximumMessages || this.leftMs <= 0;
  }

  /** Milliseconds before the key is too old: 0 where it is, or where the clock went back and tells nothing of the age. */
  get leftMs(): number {
    const { now, maximumAgeMs } = this.#limits;
    const age = now() - this.#madeAt;
    return age < 0 ? 0 : Math.max(0, maximumAgeMs - age);
  }
}
