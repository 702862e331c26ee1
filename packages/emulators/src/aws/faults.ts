import { FaultSwitch, type Faults, hasOnly, isDelay } from "../fault-switch.ts";
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
 * that the emulator does not have, for an unknown fault, for one of two kinds and for a delay that is no timer's.
 */
export type AwsFaults = Faults<AwsFault>;

/** Holds the faults that are set and hands them out. */
export const faultSwitch = (known: ReadonlySet<string>): FaultSwitch<AwsFault> => new FaultSwitch(known, isPossible);

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

function isPossible(fault: AwsFault): boolean {
  if (typeof fault !== "object") return NAMES.includes(fault);
  if ("error" in fault) return hasOnly(fault, ["error"]) && isAwsErrorName(fault.error);
  return hasOnly(fault, ["slowMs"]) && isDelay(fault.slowMs);
}
