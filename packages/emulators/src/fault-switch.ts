/** What a test is given to break calls with. */
export interface Faults<F> {
  /** Breaks only the next matching call that can have it; faults queue up. */
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

/** A fault handed out for a call. */
export interface TakenFault<F> {
  readonly fault: F;
  /** It did not happen: the call had nothing that could break like that. A queued fault waits for the next call. */
  putBack(): void;
}

/** Holds the faults that are set and hands them out. */
export class FaultSwitch<F> implements Faults<F> {
  readonly #known: ReadonlySet<string>;
  readonly #isPossible: (fault: F, operations: readonly string[]) => boolean;
  #queued: readonly Switched<F>[] = [];
  #standing: readonly Switched<F>[] = [];
  #clearances = 0;

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
    this.#clearances += 1;
  }

  /** The fault for this call, if any; a queued one is used up unless it is put back. */
  take(operation: string): TakenFault<F> | undefined {
    const matches = (entry: Switched<F>): boolean =>
      entry.operation === operation || (entry.operation === undefined && this.#isPossible(entry.fault, [operation]));
    const queued = this.#queued.find(matches);
    if (queued === undefined) {
      const standing = this.#standing.find(matches);
      return standing === undefined ? undefined : { fault: standing.fault, putBack: () => undefined };
    }
    this.#queued = this.#queued.filter((entry) => entry !== queued);
    const clearances = this.#clearances;
    const putBack = (): void => {
      if (clearances === this.#clearances) this.#queued = [queued, ...this.#queued];
    };
    return { fault: queued.fault, putBack };
  }

  #checked(fault: F, operation: string | undefined): Switched<F> {
    if (operation !== undefined && !this.#known.has(operation)) {
      throw new RangeError(`the emulator does not have ${operation}; a fault there would never happen`);
    }
    const operations = operation === undefined ? [...this.#known] : [operation];
    if (fault === null || !this.#isPossible(fault, operations)) {
      throw new RangeError(`no call can have the fault ${JSON.stringify(fault)}`);
    }
    return { fault, operation };
  }
}

const MAXIMUM_TIMER_MS = 2_147_483_647; // a longer one would fire at once

/** Whether a timer can wait so long. */
export const isDelay = (ms: number): boolean => Number.isFinite(ms) && ms >= 0 && ms <= MAXIMUM_TIMER_MS;

/** Whether an object has these members and no others: a fault is of one kind. `optional` ones can be left out. */
export const hasOnly = (fault: object, required: readonly string[], optional: readonly string[] = []): boolean =>
  required.every((name) => name in fault) &&
  Object.keys(fault).every((name) => required.includes(name) || optional.includes(name));
