/**
 * One thing that goes wrong.
 *
 * | fault | what the client sees | work done |
 * |---|---|---|
 * | `throttle` | 429 `Throttled` with `Retry-After: 1` | no |
 * | `throttle-without-retry-after` | 429 `Throttled` without it, which the official client does not retry | no |
 * | `unavailable` | 503 `ServiceUnavailable` | no |
 * | `internal-error` | 500 `InternalServerError` | no |
 * | `bad-gateway` | 502 with an HTML page, as from a proxy | no |
 * | `expired-token` | 401 with the challenge, as for a token past its time | no |
 * | `insufficient-claims` | 401 with `error="insufficient_claims"`: the client fetches another token and tries again | no |
 * | `reset` | the connection breaks | no |
 * | `answer-lost` | the connection breaks | **yes** |
 * | `corrupted-body` | a success cut in half: no JSON | **yes** |
 * | `{ slowMs }` | the right answer, that many milliseconds of real time later | **yes**, at once |
 * | `{ status, code, inner? }` | that refusal | no |
 */
export type AzureFault =
  | "throttle"
  | "throttle-without-retry-after"
  | "unavailable"
  | "internal-error"
  | "bad-gateway"
  | "expired-token"
  | "insufficient-claims"
  | "reset"
  | "answer-lost"
  | "corrupted-body"
  | { readonly slowMs: number }
  | { readonly status: number; readonly code: string; readonly inner?: string };

/**
 * The fault switch. `operation`, such as `Sign`, limits a fault to one operation. A request without a token meets no
 * fault: it is answered by the challenge. A `RangeError` for an operation that the emulator does not have, an unknown
 * fault, a status outside 400 to 599 and a delay that is no timer's.
 */
export interface AzureFaults {
  /** Breaks the next matching call only; faults queue up. */
  next(fault: AzureFault, operation?: string): void;
  /** Breaks every matching call until `clear`; a queued fault goes first. */
  always(fault: AzureFault, operation?: string): void;
  /** Ends all faults. */
  clear(): void;
}

interface Switched {
  readonly fault: AzureFault;
  readonly operation: string | undefined;
}

/** Holds the faults that are set and hands them out. */
export class FaultSwitch implements AzureFaults {
  readonly #known: ReadonlySet<string>;
  #queued: readonly Switched[] = [];
  #standing: readonly Switched[] = [];

  constructor(known: ReadonlySet<string>) {
    this.#known = known;
  }

  next(fault: AzureFault, operation?: string): void {
    this.#queued = [...this.#queued, this.#checked(fault, operation)];
  }

  always(fault: AzureFault, operation?: string): void {
    this.#standing = [this.#checked(fault, operation), ...this.#standing];
  }

  clear(): void {
    this.#queued = [];
    this.#standing = [];
  }

  /** The fault for this call, if any; a queued one is used up. */
  take(operation: string): AzureFault | undefined {
    const matches = (entry: Switched): boolean => entry.operation === undefined || entry.operation === operation;
    const queued = this.#queued.find(matches);
    if (queued === undefined) return this.#standing.find(matches)?.fault;
    this.#queued = this.#queued.filter((entry) => entry !== queued);
    return queued.fault;
  }

  #checked(fault: AzureFault, operation: string | undefined): Switched {
    if (operation !== undefined && !this.#known.has(operation)) {
      throw new RangeError(`the emulator has no operation ${operation}; a fault there would never happen`);
    }
    if (!isPossible(fault)) throw new RangeError(`the fault switch has no fault ${JSON.stringify(fault)}`);
    return { fault, operation };
  }
}

const NAMES: readonly unknown[] = [
  "throttle",
  "throttle-without-retry-after",
  "unavailable",
  "internal-error",
  "bad-gateway",
  "expired-token",
  "insufficient-claims",
  "reset",
  "answer-lost",
  "corrupted-body",
];
const MAXIMUM_TIMER_MS = 2_147_483_647; // a longer one would fire at once

const isPossible = (fault: AzureFault): boolean => {
  if (typeof fault !== "object") return NAMES.includes(fault);
  if ("slowMs" in fault) return fault.slowMs >= 0 && fault.slowMs <= MAXIMUM_TIMER_MS;
  return Number.isInteger(fault.status) && fault.status >= 400 && fault.status <= 599 && fault.code !== "";
};
