import {
  KmsError,
  type Call,
  type ErrorClassification,
  type KmsErrorCode,
  type Operation,
  type Outcome,
} from "@kms/core/driver";
import { brokenTokenRow, nativeStateOf, rowOf, type ErrorRow, type Said } from "./errors/table.ts";

interface VendorError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly reason?: unknown;
  readonly errorInfoMetadata?: Readonly<Record<string, unknown>> | null | undefined;
  readonly statusDetails?: unknown;
}

// Out of these, a refused argument means a ciphertext that does not open (`provider-facts` §5.1): there is nothing else
// in them that the guard has not checked.
const opening: ReadonlySet<Operation> = new Set<Operation>(["decrypt", "unwrapDataKey"]);

/**
 * An error of Google or its SDK in the contract's words; the only mapping there is, by status and details. What is not in
 * the table is `UNKNOWN`, and whether a change happened is then unknown too.
 */
export function classify(cause: unknown, operation: Operation): ErrorClassification {
  const said = saidOf(cause);
  const [row, outcome] = rowFor(said);
  const code = row === "INVALID_ARGUMENT" && opening.has(operation) ? "DECRYPTION_FAILED" : row;
  return {
    code,
    outcome,
    state: code === "INVALID_STATE" ? said.state : undefined,
    permission: code === "PERMISSION_DENIED" ? said.permission : undefined,
    retryAfterMs: said.retryAfterMs,
    requestId: said.requestId,
  };
}

/** The code alone, also of an error that the connection has explained. */
export const codeOf = (cause: unknown, operation: Operation): KmsErrorCode =>
  KmsError.isInstance(cause) ? cause.code : classify(cause, operation).code;

/** Whether a change that failed with this may have happened. */
export const outcomeOf = (cause: unknown): Outcome =>
  KmsError.isInstance(cause) ? cause.outcome : rowFor(saidOf(cause))[1];

interface Spoken extends Said {
  readonly permission: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly requestId: string | undefined;
}

const rowFor = (said: Said): ErrorRow => rowOf(said) ?? ["UNKNOWN", "unknown"];

function saidOf(cause: unknown): Spoken {
  const error: VendorError = isObject(cause) ? cause : { message: cause };
  const message = typeof error.message === "string" ? error.message : "";
  const details = Array.isArray(error.statusDetails) ? error.statusDetails.filter(isObject) : [];
  const found = details.flatMap((detail) => ("violations" in detail ? list(detail.violations) : []));
  return {
    code: error.code,
    message,
    reason: error.reason,
    violations: found.map((violation) => ("type" in violation ? violation.type : undefined)),
    // "… is not enabled, current state is: DISABLED." (`provider-facts` §5.1)
    state: nativeStateOf(/\bstate (?:is: )?([A-Z_]{1,40})\b/.exec(message)?.[1]),
    permission: permissionIn(error.errorInfoMetadata?.["permission"], message),
    retryAfterMs: details.map(delayMs).find((delay) => delay !== undefined),
    requestId: details.map(requestIdIn).find((id) => id !== undefined),
  };
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const list = (value: unknown): readonly object[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** By the details, else by the words: "Permission 'cloudkms.…' denied on resource …". */
function permissionIn(named: unknown, message: string): string | undefined {
  const text = typeof named === "string" ? named : (/\bPermission '([^']{1,100})' denied\b/.exec(message)?.[1] ?? "");
  return /^[a-z]{1,30}(?:\.[A-Za-z]{1,40}){2}$/.test(text) ? text : undefined;
}

// google.rpc.RetryInfo
function delayMs(detail: object): number | undefined {
  if (!("retryDelay" in detail) || !isObject(detail.retryDelay)) return undefined;
  const milliseconds = durationMs(detail.retryDelay);
  return milliseconds !== undefined && milliseconds >= 0 ? milliseconds : undefined;
}

// google.rpc.RequestInfo
const requestIdIn = (detail: object): string | undefined =>
  "requestId" in detail && typeof detail.requestId === "string" && detail.requestId !== ""
    ? detail.requestId
    : undefined;

/** Milliseconds of a `google.protobuf.Duration` or `Timestamp`; undefined for none, or one that is no number. */
export function durationMs(value: object | null | undefined): number | undefined {
  if (value === null || value === undefined) return undefined;
  const seconds = Number(("seconds" in value ? value.seconds : undefined) ?? 0);
  const nanos = Number(("nanos" in value ? value.nanos : undefined) ?? 0);
  const milliseconds = seconds * 1000 + Math.floor(nanos / 1_000_000);
  return Number.isFinite(milliseconds) ? milliseconds : undefined;
}

// Timers may fire a little before their time.
const timerGraceMs = 20;
const deadlineExceeded = 4;

/**
 * An error as it leaves the connection: one about credentials, project, network or endpoint says what was found and what
 * to do, which the guard's words for a code cannot; the vendor's error is its cause. A deadline that passed is one only if
 * the call's own time is over. Every other one stays as it is, for `classify`.
 */
export function explained(cause: unknown, call: Pick<Call, "remainingMs">): unknown {
  if (KmsError.isInstance(cause)) return cause;
  const said = saidOf(cause);
  if (said.code === deadlineExceeded && call.remainingMs() <= timerGraceMs) {
    return new KmsError("DEADLINE_EXCEEDED", "The call's time was over before Cloud KMS answered.", {
      outcome: "unknown",
      cause,
    });
  }
  const [code, outcome, explanation] = rowFor(said);
  if (explanation === undefined) return cause;
  return new KmsError(code, explanation, { outcome, requestId: said.requestId, cause });
}

/**
 * Why no client came about: `UNAUTHENTICATED` for credentials that are missing or cannot be read, `UNAVAILABLE` for what
 * could not be reached. Nothing was asked. The cause is left out of reach but for its message: an error of the token's
 * request carries that request.
 */
export function notOpened(cause: unknown): KmsError {
  const said = saidOf(cause);
  const [code, , explanation] = rowOf(said) ?? brokenTokenRow(said) ?? ["UNAUTHENTICATED", "none"];
  const message =
    explanation ?? "The client of Cloud KMS could not be made ready with these credentials; the cause says why.";
  return new KmsError(code, message, { cause: new Error(said.message) });
}

/** A member of an answer that the operation cannot do without; `UNKNOWN` naming it when Google left it out. */
export function present<T>(value: T | null | undefined, member: string): T {
  if (value !== undefined && value !== null) return value;
  throw new KmsError(
    "UNKNOWN",
    `Cloud KMS answered without ${member}; the endpoint may not be Cloud KMS. Whether the operation was done is not known.`,
    { outcome: "unknown" },
  );
}

/** A failure after a change that did happen, so that it cannot look as if nothing had: outcome "done", with the key's id. */
export function halfDone(cause: unknown, operation: Operation, keyId: string, what: string): KmsError {
  if (KmsError.isInstance(cause)) return new KmsError(cause.code, what, { operation, keyId, cause, outcome: "done" });
  const { code, permission, requestId } = classify(cause, operation);
  return new KmsError(code, what, { operation, keyId, permission, requestId, cause, outcome: "done" });
}

/** A failure to read a key before it was changed, as what it is for the change: nothing was done. */
export function unchanged(cause: unknown): unknown {
  if (outcomeOf(cause) === "none") return cause;
  const { code, requestId, retryAfterMs } = KmsError.isInstance(cause) ? cause : classify(cause, "describeKey");
  const [found, vendor] = KmsError.isInstance(cause)
    ? [cause.message, cause.cause]
    : [`The key could not be read (${code}). Try again.`, cause];
  return new KmsError(code, `Nothing was changed. ${found}`, { requestId, retryAfterMs, cause: vendor });
}
