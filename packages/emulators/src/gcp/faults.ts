import { FaultSwitch, type Faults, hasOnly, isDelay } from "../fault-switch.ts";
import { type GcpCode, isGcpCode } from "./errors.ts";
import { hasChecksums, hasScalar } from "./protocol/fields.ts";

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
 * Fields are named as the client names them, with dots: `ciphertext`, `publicKey.data`, `ciphertextCrc32c.value`; they
 * hold bytes, text, numbers or flags, and are not in lists. In text the last bit of the last character changes (a version's
 * 2 becomes 3), and a flag becomes its opposite. A queued fault waits for a call in which the field is set.
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
 * emulator does not have, an unknown fault or one of two kinds, a field or checksums that the method's message lacks, and a
 * delay that is no timer's.
 */
export type GcpFaults = Faults<GcpFault>;

/** Holds the faults that are set and hands them out. */
export const faultSwitch = (known: ReadonlySet<string>): FaultSwitch<GcpFault> => new FaultSwitch(known, isPossible);

const NAMES: readonly unknown[] = [
  "throttle",
  "unavailable",
  "internal-error",
  "expired-token",
  "reset",
  "answer-lost",
  "checksums-lost",
];

function isPossible(fault: GcpFault, methods: readonly string[]): boolean {
  if (fault === "checksums-lost") return methods.some((method) => hasChecksums(method));
  if (typeof fault !== "object") return NAMES.includes(fault);
  if (![["error"], ["slowMs"], ["flipBit"], ["flipRequestBit"]].some((kind) => hasOnly(fault, kind))) return false;
  if ("error" in fault) return isGcpCode(fault.error);
  if ("slowMs" in fault) return isDelay(fault.slowMs);
  if ("flipBit" in fault) return methods.some((method) => hasScalar(method, "responseType", fault.flipBit));
  return methods.some((method) => hasScalar(method, "requestType", fault.flipRequestBit));
}
