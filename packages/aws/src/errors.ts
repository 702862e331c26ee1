import { KmsError, type ErrorClassification, type NativeState, type Operation } from "@kms/core/driver";
import { rowOf, states, timedOutEarly, type ErrorRow } from "./errors/table.ts";

interface VendorError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly cause?: unknown;
  /** Of an `AggregateError`: one for each address that was tried. */
  readonly errors?: unknown;
  readonly $metadata?:
    | { readonly requestId?: string | undefined; readonly httpStatusCode?: number | undefined }
    | undefined;
}

/**
 * An error of AWS or its SDK in the contract's words; the only mapping there is. A name that is not in the table is
 * `UNKNOWN`, and whether a mutation happened is then unknown too.
 */
export function classify(cause: unknown, _operation: Operation): ErrorClassification {
  const error: VendorError = typeof cause === "object" && cause !== null ? cause : {};
  const message = messageOf(error);
  const [code, outcome] = rowFor(error) ?? ["UNKNOWN", "unknown"];
  return {
    code,
    outcome,
    state: code === "INVALID_STATE" ? stateOf(message, error.name) : undefined,
    permission: code === "PERMISSION_DENIED" ? /\bperform: (kms:[A-Za-z]{1,64})\b/.exec(message)?.[1] : undefined,
    requestId: error.$metadata?.requestId,
  };
}

const messageOf = ({ message }: VendorError): string => (typeof message === "string" ? message : "");

function rowFor(error: VendorError): ErrorRow | undefined {
  const { name, code, syscall, errors } = ofFetch(error) ?? error;
  // Node tries the addresses of a host one after the other, and says together why none could be connected to.
  const isConnecting = syscall === "connect" || Array.isArray(errors);
  return rowOf({ name, code, syscall, isConnecting, message: messageOf(error) });
}

/** What lies under a failure of `fetch`, of a client that was given, which itself says nothing. */
const ofFetch = ({ name, message, cause }: VendorError): VendorError | undefined =>
  name === "TypeError" && message === "fetch failed" && typeof cause === "object" && cause !== null ? cause : undefined;

const stateOf = (message: string, name: unknown): NativeState | undefined =>
  states.find(([pattern]) => pattern.test(message))?.[1] ?? (name === "DisabledException" ? "disabled" : undefined);

/**
 * An error as it leaves the connection: one about credentials, clock, Region, network or endpoint says what was found and
 * what to do, which the guard's words for a code cannot; the vendor's error is its cause. Every other one stays as it is,
 * for `classify`. A client that was given has timeouts of its own, which do not mean that the call's time is over.
 */
export function explained(cause: unknown, isGivenClient: boolean = false): unknown {
  const error: VendorError = typeof cause === "object" && cause !== null ? cause : {};
  const row = rowFor(error) ?? [];
  const [code, outcome, explanation] = isGivenClient && row[0] === "DEADLINE_EXCEEDED" ? timedOutEarly : row;
  if (code === undefined || explanation === undefined) return cause;
  const { requestId, httpStatusCode: status } = error.$metadata ?? {};
  const message =
    code === "UNAVAILABLE" && status !== undefined ? `${explanation} HTTP status ${status}.` : explanation;
  return new KmsError(code, message, { outcome, requestId, cause });
}

/** A member of an answer that the operation cannot do without; `UNKNOWN` naming it when AWS left it out. */
export function present<T>(value: T | undefined, member: string): T {
  if (value !== undefined) return value;
  throw new KmsError(
    "UNKNOWN",
    `AWS KMS answered without ${member}; the endpoint may not be AWS KMS. Whether the operation was done is not known.`,
    { outcome: "unknown" },
  );
}

/**
 * A failure after a change that did happen, so that it cannot look as if nothing had: outcome "done", with the key's id.
 * `what` says in a sentence what happened, what did not and what to do.
 */
export function halfDone(cause: unknown, operation: Operation, keyId: string, what: string): KmsError {
  if (KmsError.isInstance(cause)) return new KmsError(cause.code, what, { operation, keyId, cause, outcome: "done" });
  const { code, permission, requestId } = classify(cause, operation);
  return new KmsError(code, what, { operation, keyId, permission, requestId, cause, outcome: "done" });
}

/** A failure to read before anything was changed, as what it is for the change: nothing was done. */
export function unchanged(cause: unknown): unknown {
  if (KmsError.isInstance(cause)) {
    if (cause.outcome === "none") return cause;
    const { code, message, requestId, retryAfterMs } = cause;
    return new KmsError(code, `Nothing was changed. ${message}`, { requestId, retryAfterMs, cause: cause.cause });
  }
  const { code, outcome, requestId } = classify(cause, "describeKey");
  if (outcome === "none") return cause;
  return new KmsError(code, `Nothing was changed: what had to be read before could not be (${code}). Try again.`, {
    requestId,
    cause,
  });
}
