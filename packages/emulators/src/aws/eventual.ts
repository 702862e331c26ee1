/** When a change is made, and how long others do not see it. */
export interface Moment {
  readonly nowMs: number;
  readonly delayMs: number;
}

interface Change<T> {
  readonly value: T;
  readonly seenFromMs: number;
}

/** A value whose changes are seen some time after they were made. */
export class Eventual<T> {
  #visible: T;
  #changes: readonly Change<T>[] = [];

  constructor(value: T) {
    this.#visible = value;
  }

  /** What a caller sees, once `settle` has been called for the present. */
  get visible(): T {
    return this.#visible;
  }

  /** What was set last, seen or not. */
  get latest(): T {
    const last = this.#changes.at(-1);
    return last === undefined ? this.#visible : last.value;
  }

  /** Sets the value; with a delay of 0 it is seen at once, and supersedes what was still on its way. */
  set(value: T, { nowMs, delayMs }: Moment): void {
    this.#changes = [...this.#changes, { value, seenFromMs: nowMs + delayMs }];
    this.settle(nowMs);
  }

  /** Makes the changes visible whose time has come. */
  settle(nowMs: number): void {
    const at = this.#changes.findLastIndex((change) => change.seenFromMs <= nowMs);
    const change = this.#changes[at];
    if (change === undefined) return;
    this.#visible = change.value;
    this.#changes = this.#changes.slice(at + 1);
  }
}
