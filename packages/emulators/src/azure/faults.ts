import { FaultSwitch, type Faults, hasOnly, isDelay } from "../fault-switch.ts";

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
 * fault or one of two kinds, a corrupted body where there is none, a status outside 400 to 599 and a delay that is no
 * timer's.
 */
export type AzureFaults = Faults<AzureFault>;

/** Holds the faults that are set and hands them out. */
export const faultSwitch = (known: ReadonlySet<string>): FaultSwitch<AzureFault> => new FaultSwitch(known, isPossible);

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

/** Operations that are answered without a body. */
const BODILESS: readonly string[] = ["PurgeDeletedKey"];

function isPossible(fault: AzureFault, operations: readonly string[]): boolean {
  if (fault === "corrupted-body") return operations.some((operation) => !BODILESS.includes(operation));
  if (typeof fault !== "object") return NAMES.includes(fault);
  if ("slowMs" in fault) return hasOnly(fault, ["slowMs"]) && isDelay(fault.slowMs);
  if (!hasOnly(fault, ["status", "code"], ["inner"])) return false;
  const { status, code, inner } = fault;
  return Number.isInteger(status) && status >= 400 && status <= 599 && code !== "" && inner !== "";
}
