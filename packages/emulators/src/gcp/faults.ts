import { type GcpCode, isGcpCode } from "./errors.ts";
import { hasField } from "./protocol/fields.ts";

/**
 * One thing that goes wrong.
 *
 * | fault | what the client sees | work done |
 * |---|---|---|
 * | `throttle` | RESOURCE_EXHAUSTED | no |
 * | `unavailable` | UNAVAILABLE | no |
 * | `internal-error` | INTERNAL | no |
 * | `expired-token` | UNAUTHENTICATED, reason ACCESS_TOKEN_EXPIRED | no |
 * | `reset` | the connection breaks | no |
 * | `answer-lost` | the connection breaks | **yes** |
 * | `checksums-lost` | the right answer to a request whose checksums did not arrive: no `verified…` flag is set | **yes** |
 * | `{ slowMs }` | the right answer, that many milliseconds of real time later | **yes**, at once |
 * | `{ error }` | the refusal of that name | no |
 * | `{ flipBit }` | an answer with one bit of that field changed after its checksum was made | **yes** |
 * | `{ flipRequestBit }` | the answer to a request with one bit of that field changed on its way | if nothing sees it |
 *
 * Fields are named as the client names them, with dots: `ciphertext`, `publicKey.data`, `ciphertextCrc32c.value`. In
 * text the last bit of the last character changes (a version's 2 becomes 3), and a flag becomes its opposite.
 */
export type GcpFault =
  | "throttle"
  | "unavailable"
  | "internal-error"
  | "expired-token"
  | "reset"
  | "answer-lost"
  | "checksums-lost"
  | { readonly slowMs: number }
  | { readonly error: GcpCode }
  | { readonly flipBit: string }
  | { readonly flipRequestBit: string };

/**
 * The fault switch. `method`, such as `Encrypt`, limits a fault to one method. A `RangeError` for a method that the
 * emulator does not have, an unknown fault, a field that the method's message lacks, and a delay that is no timer's.
 */
export interface GcpFaults {
  /** Breaks the next matching call only; faults queue up. */
  next(fault: GcpFault, method?: string): void;
  /** Breaks every matching call until `clear`; a queued fault goes first. */
  always(fault: GcpFault, method?: string): void;
  /** Ends all faults. */
  clear(): void;
}

interface Switched {
  readonly fault: GcpFault;
  readonly method: string | undefined;
}

/** Holds the faults that are set and hands them out. */
export class FaultSwitch implements GcpFaults {
  readonly #known: ReadonlySet<string>;
  #queued: readonly Switched[] = [];
  #standing: readonly Switched[] = [];

  constructor(known: ReadonlySet<string>) {
    this.#known = known;
  }

  next(fault: GcpFault, method?: string): void {
    this.#queued = [...this.#queued, this.#checked(fault, method)];
  }

  always(fault: GcpFault, method?: string): void {
    this.#standing = [this.#checked(fault, method), ...this.#standing];
  }

  clear(): void {
    this.#queued = [];
    this.#standing = [];
  }

  /** The fault for this call, if any; a queued one is used up. */
  take(method: string): GcpFault | undefined {
    const matches = (entry: Switched): boolean => entry.method === undefined || entry.method === method;
    const queued = this.#queued.find(matches);
    if (queued === undefined) return this.#standing.find(matches)?.fault;
    this.#queued = this.#queued.filter((entry) => entry !== queued);
    return queued.fault;
  }

  #checked(fault: GcpFault, method: string | undefined): Switched {
    if (method !== undefined && !this.#known.has(method)) {
      throw new RangeError(`the emulator has no method ${method}; a fault there would never happen`);
    }
    const methods = method === undefined ? [...this.#known] : [method];
    if (!isPossible(fault, methods)) throw new RangeError(`no call can have the fault ${JSON.stringify(fault)}`);
    return { fault, method };
  }
}

const NAMES: readonly unknown[] = [
  "throttle",
  "unavailable",
  "internal-error",
  "expired-token",
  "reset",
  "answer-lost",
  "checksums-lost",
];
const MAXIMUM_TIMER_MS = 2_147_483_647; // a longer one would fire at once

function isPossible(fault: GcpFault, methods: readonly string[]): boolean {
  if (typeof fault !== "object") return NAMES.includes(fault);
  if ("error" in fault) return isGcpCode(fault.error);
  if ("slowMs" in fault) return fault.slowMs >= 0 && fault.slowMs <= MAXIMUM_TIMER_MS;
  if ("flipBit" in fault) return methods.some((method) => hasField(method, "responseType", fault.flipBit));
  return methods.some((method) => hasField(method, "requestType", fault.flipRequestBit));
}
