import { type AwsErrorName, isAwsErrorName } from "./errors.ts";

/**
 * One thing that goes wrong.
 *
 * | fault | what the client sees | work done |
 * |---|---|---|
 * | `throttle` | `ThrottlingException` | no |
 * | `internal-error` | `KMSInternalException`, status 500 | no |
 * | `unavailable` | `ServiceUnavailableException`, status 503 | no |
 * | `expired-token` | `ExpiredTokenException`, as for temporary credentials past their time | no |
 * | `clock-skew` | `InvalidSignatureException` "Signature expired", as for a client whose clock is wrong | no |
 * | `bad-gateway` | status 502 with an HTML page, as from a proxy | no |
 * | `reset` | the connection breaks | no |
 * | `answer-lost` | the connection breaks | **yes** |
 * | `corrupted-body` | a success cut in half: no JSON | **yes** |
 * | `{ slowMs }` | the right answer, that many milliseconds of real time later | **yes**, at once |
 * | `{ error }` | the refusal of that name | no |
 */
export type AwsFault =
  | "throttle"
  | "internal-error"
  | "unavailable"
  | "expired-token"
  | "clock-skew"
  | "bad-gateway"
  | "reset"
  | "answer-lost"
  | "corrupted-body"
  | { readonly slowMs: number }
  | { readonly error: AwsErrorName };

/**
 * The fault switch. `operation`, such as `Encrypt`, limits a fault to one operation. A `RangeError` for an operation
 * that the emulator does not have, for an unknown fault and for a delay that is no timer's.
 */
export interface AwsFaults {
  /** Breaks the next matching call only; faults queue up. */
  next(fault: AwsFault, operation?: string): void;
  /** Breaks every matching call until `clear`; a queued fault goes first. */
  always(fault: AwsFault, operation?: string): void;
  /** Ends all faults. */
  clear(): void;
}

interface Switched {
  readonly fault: AwsFault;
  readonly operation: string | undefined;
}

/** Holds the faults that are set and hands them out. */
export class FaultSwitch implements AwsFaults {
  readonly #known: ReadonlySet<string>;
  #queued: readonly Switched[] = [];
  #standing: readonly Switched[] = [];

  constructor(known: ReadonlySet<string>) {
    this.#known = known;
  }

  next(fault: AwsFault, operation?: string): void {
    this.#queued = [...this.#queued, this.#checked(fault, operation)];
  }

  always(fault: AwsFault, operation?: string): void {
    this.#standing = [this.#checked(fault, operation), ...this.#standing];
  }

  clear(): void {
    this.#queued = [];
    this.#standing = [];
  }

  /** The fault for this call, if any; a queued one is used up. */
  take(operation: string): AwsFault | undefined {
    const matches = (entry: Switched): boolean => entry.operation === undefined || entry.operation === operation;
    const queued = this.#queued.find(matches);
    if (queued === undefined) return this.#standing.find(matches)?.fault;
    this.#queued = this.#queued.filter((entry) => entry !== queued);
    return queued.fault;
  }

  #checked(fault: AwsFault, operation: string | undefined): Switched {
    if (operation !== undefined && !this.#known.has(operation)) {
      throw new RangeError(`the emulator has no operation ${operation}; a fault there would never happen`);
    }
    if (!isPossible(fault)) throw new RangeError(`the fault switch has no fault ${JSON.stringify(fault)}`);
    return { fault, operation };
  }
}

const NAMES: readonly unknown[] = [
  "throttle",
  "internal-error",
  "unavailable",
  "expired-token",
  "clock-skew",
  "bad-gateway",
  "reset",
  "answer-lost",
  "corrupted-body",
];
const MAXIMUM_TIMER_MS = 2_147_483_647; // a longer one would fire at once

const isPossible = (fault: AwsFault): boolean => {
  if (typeof fault !== "object") return NAMES.includes(fault);
  if ("error" in fault) return isAwsErrorName(fault.error);
  return fault.slowMs >= 0 && fault.slowMs <= MAXIMUM_TIMER_MS;
};
