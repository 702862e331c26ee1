/** What a test is given to break calls with. */
export interface Faults<F> {
  /** Breaks the next matching call only; faults queue up. */
  next(fault: F, operation?: string): void;
  /** Breaks every matching call until `clear`; a queued fault goes first. */
  always(fault: F, operation?: string): void;
  /** Ends all faults. */
  clear(): void;
}

interface Switched<F> {
  readonly fault: F;
  readonly operation: string | undefined;
}

/** Holds the faults that are set and hands them out. */
export class FaultSwitch<F> implements Faults<F> {
  readonly #known: ReadonlySet<string>;
  readonly #isPossible: (fault: F, operations: readonly string[]) => boolean;
  #queued: readonly Switched<F>[] = [];
  #standing: readonly Switched<F>[] = [];

  /** `known`: the emulator's operations. `isPossible`: whether some of these operations can have the fault. */
  constructor(known: ReadonlySet<string>, isPossible: (fault: F, operations: readonly string[]) => boolean) {
    this.#known = known;
    this.#isPossible = isPossible;
  }

  next(fault: F, operation?: string): void {
    this.#queued = [...this.#queued, this.#checked(fault, operation)];
  }

  always(fault: F, operation?: string): void {
    this.#standing = [this.#checked(fault, operation), ...this.#standing];
  }

  clear(): void {
    this.#queued = [];
    this.#standing = [];
  }

  /** The fault for this call, if any; a queued one is used up. */
  take(operation: string): F | undefined {
    const matches = (entry: Switched<F>): boolean => entry.operation === undefined || entry.operation === operation;
    const queued = this.#queued.find(matches);
    if (queued === undefined) return this.#standing.find(matches)?.fault;
    this.#queued = this.#queued.filter((entry) => entry !== queued);
    return queued.fault;
  }

  #checked(fault: F, operation: string | undefined): Switched<F> {
    if (operation !== undefined && !this.#known.has(operation)) {
      throw new RangeError(`the emulator does not have ${operation}; a fault there would never happen`);
    }
    const operations = operation === undefined ? [...this.#known] : [operation];
    if (!this.#isPossible(fault, operations)) {
      throw new RangeError(`no call can have the fault ${JSON.stringify(fault)}`);
    }
    return { fault, operation };
  }
}

const MAXIMUM_TIMER_MS = 2_147_483_647; // a longer one would fire at once

/** Whether a timer can wait so long. */
export const isDelay = (ms: number): boolean => ms >= 0 && ms <= MAXIMUM_TIMER_MS;
