import { isUint8Array } from "node:util/types";
import { KmsError } from "@kms/core";
import { after, type Awaitable } from "../after.ts";
import { cancelled } from "../errors.ts";
import type { Recipient, Unwrapped, WrapRequest } from "./recipient.ts";
import { endsOpening, outcomeOf } from "./report.ts";

/** The answer of a recipient, who may be anybody's code. `TAMPERED` for what is none. */
export function checkUnwrapped(answer: unknown): Unwrapped {
  const found: { readonly [N in keyof Unwrapped]?: unknown } | undefined = answer ?? undefined;
  const { dataKey, report, errors } = found ?? {};
  const isReported = typeof report === "object" && report !== null && Array.isArray(errors);
  if (isReported && (dataKey === undefined || isUint8Array(dataKey))) return answer as Unwrapped;
  if (isUint8Array(dataKey)) dataKey.fill(0);
  throw new KmsError(
    "TAMPERED",
    "A recipient answered no unwrapping. Its answer is { dataKey, report, errors }: a Uint8Array or undefined, who was asked " +
      "and what came of it, and a list.",
  );
}

/**
 * Asks one of several. What it throws is its own trouble, and leaves the message to the others; but `CANCELLED`, `AUDIT_FAILED`
 * and `INVALID_ARGUMENT` end the opening.
 */
export async function attemptBy(
  member: Recipient,
  ask: () => Awaitable<Unwrapped>,
  { signal }: WrapRequest,
): Promise<Unwrapped> {
  try {
    return await after(ask(), checkUnwrapped);
  } catch (error) {
    const refusal = KmsError.isInstance(error) ? error : unknown(error);
    if (endsOpening(refusal)) throw refusal;
    if (signal?.aborted === true) throw cancelled(signal);
    return {
      dataKey: undefined,
      report: { recipient: member.name, outcome: outcomeOf(refusal) },
      errors: [refusal],
    };
  }
}

const unknown = (cause: unknown): KmsError =>
  new KmsError("UNKNOWN", "A recipient failed by an error that is none of ours: see the cause.", { cause });
