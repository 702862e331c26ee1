import {
  KmsError,
  type ErrorClassification,
  type KmsErrorCode,
  type NativeState,
  type Operation,
  type Outcome,
} from "@kms/core/driver";

type Row = readonly [code: KmsErrorCode, outcome: Outcome];

/**
 * What AWS and its SDK call an error, and what it is here. By name alone: the HTTP status of the same error differs between
 * model and practice (`provider-facts` §5.1). The outcome is that of a mutation; the guard says "none" for the rest.
 */
const names: Readonly<Record<string, Row>> = {
  // AWS KMS API Reference: errors of the operations of this adapter
  NotFoundException: ["NOT_FOUND", "none"],
  AlreadyExistsException: ["ALREADY_EXISTS", "none"],
  DisabledException: ["INVALID_STATE", "none"],
  KMSInvalidStateException: ["INVALID_STATE", "none"],
  InvalidCiphertextException: ["DECRYPTION_FAILED", "none"],
  IncorrectKeyException: ["DECRYPTION_FAILED", "none"],
  InvalidArnException: ["INVALID_ARGUMENT", "none"],
  InvalidAliasNameException: ["INVALID_ARGUMENT", "none"],
  InvalidKeyUsageException: ["INVALID_ARGUMENT", "none"],
  InvalidMarkerException: ["INVALID_ARGUMENT", "none"],
  MalformedPolicyDocumentException: ["INVALID_ARGUMENT", "none"],
  TagException: ["INVALID_ARGUMENT", "none"],
  UnsupportedOperationException: ["UNSUPPORTED", "none"],
  ConflictException: ["CONFLICT", "none"],
  // A hard quota (keys, aliases, 25 rotations on demand). The SDK takes it for throttling; waiting does not help.
  LimitExceededException: ["QUOTA_EXCEEDED", "none"],
  KeyUnavailableException: ["UNAVAILABLE", "none"],
  DependencyTimeoutException: ["UNAVAILABLE", "unknown"],
  KMSInternalException: ["UNAVAILABLE", "unknown"],
  // AWS KMS API Reference: Common Errors, and what the signature check answers
  AccessDeniedException: ["PERMISSION_DENIED", "none"],
  NotAuthorized: ["PERMISSION_DENIED", "none"],
  OptInRequired: ["PERMISSION_DENIED", "none"],
  UnrecognizedClientException: ["UNAUTHENTICATED", "none"],
  ExpiredTokenException: ["UNAUTHENTICATED", "none"],
  ExpiredToken: ["UNAUTHENTICATED", "none"],
  IncompleteSignature: ["UNAUTHENTICATED", "none"],
  IncompleteSignatureException: ["UNAUTHENTICATED", "none"],
  InvalidClientTokenId: ["UNAUTHENTICATED", "none"],
  InvalidSignatureException: ["UNAUTHENTICATED", "none"],
  MissingAuthenticationToken: ["UNAUTHENTICATED", "none"],
  MissingAuthenticationTokenException: ["UNAUTHENTICATED", "none"],
  RequestExpired: ["UNAUTHENTICATED", "none"],
  SignatureDoesNotMatch: ["UNAUTHENTICATED", "none"],
  ThrottlingException: ["THROTTLED", "none"],
  Throttling: ["THROTTLED", "none"],
  RequestLimitExceeded: ["THROTTLED", "none"],
  TooManyRequestsException: ["THROTTLED", "none"],
  ValidationException: ["INVALID_ARGUMENT", "none"],
  ValidationError: ["INVALID_ARGUMENT", "none"],
  SerializationException: ["INVALID_ARGUMENT", "none"],
  InvalidAction: ["UNSUPPORTED", "none"],
  UnknownOperationException: ["UNSUPPORTED", "none"],
  InternalFailure: ["UNAVAILABLE", "unknown"],
  InternalServerError: ["UNAVAILABLE", "unknown"],
  InternalServerException: ["UNAVAILABLE", "unknown"],
  ServiceUnavailable: ["UNAVAILABLE", "unknown"],
  ServiceUnavailableException: ["UNAVAILABLE", "unknown"],
  // The SDK's own
  CredentialsProviderError: ["UNAUTHENTICATED", "none"],
  TokenProviderError: ["UNAUTHENTICATED", "none"],
  AbortError: ["CANCELLED", "unknown"],
  TimeoutError: ["DEADLINE_EXCEEDED", "unknown"],
  // An answer that names no error, or is no JSON: from a proxy in front of AWS, or cut short on the way.
  Unknown: ["UNAVAILABLE", "unknown"],
  SyntaxError: ["UNAVAILABLE", "unknown"],
};

// No connection came about, so nothing was asked. The SDK calls ECONNRESET and EPIPE a TimeoutError too: codes come first.
const notConnected: Row = ["UNAVAILABLE", "none"];
const brokenOff: Row = ["UNAVAILABLE", "unknown"];
const systemCodes: Readonly<Record<string, Row>> = {
  ECONNREFUSED: notConnected,
  ENOTFOUND: notConnected,
  EAI_AGAIN: notConnected,
  EHOSTUNREACH: notConnected,
  ENETUNREACH: notConnected,
  CERT_HAS_EXPIRED: notConnected,
  DEPTH_ZERO_SELF_SIGNED_CERT: notConnected,
  SELF_SIGNED_CERT_IN_CHAIN: notConnected,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: notConnected,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: notConnected,
  ERR_TLS_CERT_ALTNAME_INVALID: notConnected,
  ECONNRESET: brokenOff,
  EPIPE: brokenOff,
};

// AWS KMS Developer Guide, "Key states", table notes: the message alone says which state it was.
const states: readonly (readonly [RegExp, NativeState])[] = [
  [/ is pending deletion\b/, "destruction-scheduled"],
  [/ is pending replica deletion\b/, "destruction-scheduled"],
  [/ is pending import\b/, "pending"],
  [/ is creating\b/, "pending"],
  [/ is disabled\b/, "disabled"],
  [/ is unavailable\b/, "unavailable"],
];

interface VendorError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly requestId?: string | undefined } | undefined;
}

/**
 * An error of AWS or its SDK in the contract's words; the only mapping there is. A name that is not in the table is
 * `UNKNOWN`, and whether a mutation happened is then unknown too.
 */
export function classify(cause: unknown, _operation: Operation): ErrorClassification {
  const error: VendorError = typeof cause === "object" && cause !== null ? cause : {};
  const message = typeof error.message === "string" ? error.message : "";
  const [code, outcome] = find(systemCodes, error.code) ?? find(names, error.name) ?? ["UNKNOWN", "unknown"];
  return {
    code,
    outcome,
    state: code === "INVALID_STATE" ? stateOf(message, error.name) : undefined,
    permission: code === "PERMISSION_DENIED" ? /\bperform: (kms:[A-Za-z]{1,64})\b/.exec(message)?.[1] : undefined,
    requestId: error.$metadata?.requestId,
  };
}

const find = (table: Readonly<Record<string, Row>>, key: unknown): Row | undefined =>
  typeof key === "string" && Object.hasOwn(table, key) ? table[key] : undefined;

const stateOf = (message: string, name: unknown): NativeState | undefined =>
  states.find(([pattern]) => pattern.test(message))?.[1] ?? (name === "DisabledException" ? "disabled" : undefined);

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
