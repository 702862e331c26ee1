import { KmsError, type ErrorClassification, type KmsErrorCode, type Operation, type Outcome } from "@kms/core/driver";
import { noCredential, notAzure, rowOf, type ErrorRow, type Said } from "./errors/table.ts";

/** What is known of the last raw answer. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Of a refusal: what it said. */
  readonly refusal?: unknown;
}
interface Headers {
  readonly get: (name: string) => string | undefined;
}

interface VendorError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly details?: unknown;
  readonly response?: { readonly headers?: Headers | undefined } | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly requestId?: string | undefined;
}

// Out of these, a refused argument means bytes that do not open (`provider-facts` §5.1): there is nothing else in them that
// the guard has not checked.
const opening: ReadonlySet<Operation> = new Set<Operation>(["decrypt", "unwrapKey", "unwrapDataKey"]);
// A key whose `key_ops` lack these reads what it protected, and protects nothing more.
const protecting: ReadonlySet<Operation> = new Set<Operation>([
  "encrypt",
  "sign",
  "wrapKey",
  "wrapDataKey",
  "generateDataKey",
]);

/**
 * An error of Azure or its SDK in the contract's words; the only mapping there is, by inner code, words, code and status.
 * What is not in the table is `UNKNOWN`, and whether a change happened is then unknown too.
 */
export function classify(cause: unknown, operation: Operation): ErrorClassification {
  const error = vendorError(cause);
  const said = saidOf(error);
  const { code, outcome, state } = rowFor(said, operation);
  return {
    code,
    outcome,
    state,
    permission: code === "PERMISSION_DENIED" ? permissionIn(said.message) : undefined,
    retryAfterMs: error.retryAfterMs,
    requestId: error.requestId,
  };
}

function rowFor(said: Said, operation: Operation): ErrorRow {
  if (said.name === "AbortError") return { code: "CANCELLED", outcome: "unknown" };
  if (said.inner === "KeyOperationForbidden") {
    return protecting.has(operation)
      ? { code: "INVALID_STATE", outcome: "none", state: "process-only" }
      : { code: "UNSUPPORTED", outcome: "none" };
  }
  const row = rowOf(said) ?? { code: "UNKNOWN", outcome: "unknown" };
  if (row.code === "INVALID_ARGUMENT" && opening.has(operation)) return { ...row, code: "DECRYPTION_FAILED" };
  // Of a name that is to be taken, what was under it before does not matter.
  if (row.state === "destruction-scheduled" && operation === "generateKey") {
    return { code: "ALREADY_EXISTS", outcome: "none" };
  }
  return row;
}

/** The code alone, also of an error that the connection has explained. */
export const codeOf = (cause: unknown, operation: Operation): KmsErrorCode =>
  KmsError.isInstance(cause) ? cause.code : classify(cause, operation).code;

/** Whether a change of a key that failed with this may have happened. */
export const outcomeOf = (cause: unknown): Outcome | undefined =>
  KmsError.isInstance(cause) ? cause.outcome : classify(cause, "disableKey").outcome;

/** A denial that says neither which right was missing nor why else: Azure has the same status for a version outside its dates. */
export const isBareRefusal = (cause: unknown, operation: Operation): boolean => {
  if (KmsError.isInstance(cause)) return false;
  const { code, permission } = classify(cause, operation);
  return code === "PERMISSION_DENIED" && permission === undefined && saidOf(vendorError(cause)).inner === undefined;
};

const vendorError = (cause: unknown): VendorError =>
  typeof cause === "object" && cause !== null ? cause : { message: cause };

function saidOf({ name, message, code, statusCode, details }: VendorError): Said {
  const inner = member(member(member(details, "error"), "innerError"), "code");
  return {
    name,
    message: typeof message === "string" ? message : "",
    code,
    status: typeof statusCode === "number" ? statusCode : undefined,
    inner,
  };
}

const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;

/** By Azure's words: a data action of role-based access, or a verb of an access policy. */
const permissionIn = (message: string): string | undefined =>
  /(?:^|['"\s])(Microsoft\.KeyVault\/[A-Za-z/]{1,100})(?=['"\s]|$)/.exec(message)?.[1] ??
  /\bdoes not have keys ([a-z]{1,30}) permission\b/i.exec(message)?.[1];

/**
 * An error as it leaves the connection. The SDK's own leads to the request, and so to plaintext and token: it is handed on
 * without request and answer. One about credentials, network or address says what was found and what to do, which the
 * guard's words for a code cannot. An abort is a cancellation only where the call was cancelled: the SDK gives its own
 * timeouts the same name (`provider-facts` T8). `last`: the raw answer, if one came.
 */
export function explained(cause: unknown, last: Answered | undefined, signal: AbortSignal): unknown {
  if (KmsError.isInstance(cause)) return cause;
  if (member(cause, "name") === "AbortError") return ended(signal.aborted);
  const error = withoutSecrets(cause, last);
  const row = rowOf(saidOf(error));
  if (row?.explanation === undefined) return error;
  return new KmsError(row.code, row.explanation, {
    outcome: row.outcome,
    requestId: error.requestId,
    retryAfterMs: error.retryAfterMs,
    cause: error,
  });
}

const ended = (cancelled: boolean): KmsError =>
  cancelled
    ? new KmsError("CANCELLED", "The call was cancelled while Azure was asked.", { outcome: "unknown" })
    : new KmsError("DEADLINE_EXCEEDED", "The call's time was over before Azure answered.", { outcome: "unknown" });

type Stripped = Error & VendorError;

function withoutSecrets(cause: unknown, last: Answered | undefined): Stripped {
  const error = vendorError(cause);
  const rest = error.name === "RestError";
  // Any other error after an answer: the SDK stumbled over what it read, and quotes it.
  const unreadable = error.code === "PARSE_ERROR" || (!rest && last !== undefined);
  const status = typeof error.statusCode === "number" ? error.statusCode : last?.status;
  const taken = unreadable && status !== undefined && status < 400;
  const details = detailsOf(error, status === last?.status ? last?.refusal : undefined);
  const said = member(member(details, "error"), "message") ?? error.message ?? cause;
  const headers = error.response?.headers ?? last?.headers;
  return Object.assign(new Error(unreadable ? unreadableWords : String(said)), {
    name: typeof error.name === "string" ? error.name : "Error",
    code: taken ? "PARSE_ERROR" : error.code,
    statusCode: taken ? undefined : status,
    details,
    retryAfterMs: headers && retryAfterMs(headers),
    requestId: headers?.get("x-ms-request-id"),
  });
}

/**
 * Codes and words of a refusal, and nothing else of its body: what stands in between may send back what it was sent. The SDK
 * drops them where the answer was a page of a list.
 */
function detailsOf({ details }: VendorError, refusal: unknown): unknown {
  const said = member(details, "error") ?? member(refusal, "error");
  if (said === undefined) return undefined;
  const inner = member(member(said, "innerError") ?? member(said, "innererror"), "code");
  return { error: { code: member(said, "code"), message: member(said, "message"), innerError: { code: inner } } };
}

const unreadableWords = "The answer could not be read; what it said is left out, since it may hold secrets.";

/** Milliseconds to wait, in any of the headers that Azure has for it; a date counts from the answer's own. */
function retryAfterMs(headers: Headers): number | undefined {
  for (const name of ["retry-after-ms", "x-ms-retry-after-ms"]) {
    const milliseconds = Number(headers.get(name) ?? Number.NaN);
    if (milliseconds >= 0) return milliseconds;
  }
  const text = headers.get("retry-after");
  if (text === undefined) return undefined;
  const seconds = Number(text);
  const milliseconds = Number.isNaN(seconds)
    ? Date.parse(text) - Date.parse(headers.get("date") ?? "")
    : seconds * 1000;
  return milliseconds >= 0 ? milliseconds : undefined;
}

/** Why a credential gave no token. What it threw may hold its own request and secrets: its words alone go on. */
export function noToken(cause: unknown): KmsError {
  const message = member(cause, "message");
  const words = new Error(typeof message === "string" ? message : "no reason was given");
  return new KmsError(noCredential.code, noCredential.explanation ?? "", { cause: words });
}

/** A member of an answer that the operation cannot do without; `UNAVAILABLE` naming it when Azure left it out. */
export function present<T>(value: T | null | undefined, name: string): T {
  if (value !== undefined && value !== null) return value;
  throw new KmsError(notAzure.code, `Azure answered without ${name}. ${notAzure.explanation ?? ""}`, {
    outcome: notAzure.outcome,
  });
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

/** A failure to read a key before it was changed, as what it is for the change: nothing was done. */
export function unchanged(cause: unknown): unknown {
  const { code, outcome, requestId, retryAfterMs } = KmsError.isInstance(cause)
    ? cause
    : classify(cause, "describeKey");
  if (outcome === "none") return cause;
  const [found, vendor] = KmsError.isInstance(cause)
    ? [cause.message, cause.cause]
    : [`The key could not be read (${code}). Try again.`, cause];
  return new KmsError(code, `Nothing was changed. ${found}`, { requestId, retryAfterMs, cause: vendor });
}
