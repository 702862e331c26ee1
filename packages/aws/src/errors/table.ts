import {
  connectionFault,
  type ConnectionFault,
  type KmsErrorCode,
  type NativeState,
  type Outcome,
} from "@kms/core/driver";
import { credentialsRow, isOfProviders } from "./credentials.ts";

/** What an error is here, and where AWS's own words do not help, what was found and what to do. */
export type ErrorRow = readonly [code: KmsErrorCode, outcome: Outcome, explanation?: string];

const expired: ErrorRow = [
  "UNAUTHENTICATED",
  "none",
  "AWS KMS was called with credentials that have expired. Renew them: give awsKms current ones, or a function that answers current ones.",
];
const unknownKey: ErrorRow = [
  "UNAUTHENTICATED",
  "none",
  "AWS does not know the access key: it was deleted, belongs to another partition, lacks its session token, or the Region is not enabled for the account. Give awsKms current credentials of this account.",
];
const unsigned: ErrorRow = [
  "UNAUTHENTICATED",
  "none",
  "The request arrived without a full signature. Something on the way takes headers out, or the endpoint is not AWS KMS: check proxies and the client's endpoint.",
];
const wrongSignature: ErrorRow = [
  "UNAUTHENTICATED",
  "none",
  "AWS KMS computed another signature. The secret access key does not belong to the access key, or something on the way changes the request: check the credentials, then proxies.",
];
const clockDiffers: ErrorRow = [
  "UNAUTHENTICATED",
  "none",
  "The clock of this machine differs from that of AWS by more than signatures allow. Set the clock, then try again.",
];
const signedElsewhere: ErrorRow = [
  "UNAUTHENTICATED",
  "none",
  "The request was signed for another Region or service than the endpoint's. Give awsKms the Region of the endpoint.",
];
const malformed =
  "The request did not arrive as HTTP that AWS KMS can read. Something on the way changes it: check proxies and the client's endpoint.";
const notKms: ErrorRow = [
  "UNAVAILABLE",
  "unknown",
  "What was answered is no answer of AWS KMS, or was cut short. A proxy, a sign-in page or another service may stand at the endpoint: check proxies and the client's endpoint.",
];
const otherService: ErrorRow = [
  "UNSUPPORTED",
  "none",
  "What answered does not know the operation: another service, or an emulator without it. Check the client's endpoint.",
];

/**
 * What AWS and its SDK call an error, and what it is here. By name alone: the HTTP status of the same error differs between
 * model and practice (`provider-facts` §5.1). The outcome is that of a mutation; the guard says "none" for the rest.
 */
const names: Readonly<Record<string, ErrorRow>> = {
  // AWS KMS API Reference: errors of the operations of this adapter
  NotFoundException: ["NOT_FOUND", "none"],
  AlreadyExistsException: ["ALREADY_EXISTS", "none"],
  DisabledException: ["INVALID_STATE", "none"],
  KMSInvalidStateException: ["INVALID_STATE", "none"],
  InvalidCiphertextException: ["DECRYPTION_FAILED", "none"],
  IncorrectKeyException: ["DECRYPTION_FAILED", "none"],
  InvalidArnException: ["INVALID_ARGUMENT", "none"],
  InvalidAliasNameException: ["INVALID_ARGUMENT", "none"],
  InvalidGrantTokenException: ["INVALID_ARGUMENT", "none"],
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
  UnrecognizedClientException: unknownKey,
  ExpiredTokenException: expired,
  ExpiredToken: expired,
  IncompleteSignature: unsigned,
  IncompleteSignatureException: unsigned,
  InvalidClientTokenId: unknownKey,
  InvalidSignatureException: wrongSignature,
  MissingAuthenticationToken: unsigned,
  MissingAuthenticationTokenException: unsigned,
  RequestExpired: clockDiffers,
  RequestTimeTooSkewed: clockDiffers,
  SignatureDoesNotMatch: wrongSignature,
  ThrottlingException: ["THROTTLED", "none"],
  Throttling: ["THROTTLED", "none"],
  RequestLimitExceeded: ["THROTTLED", "none"],
  TooManyRequestsException: ["THROTTLED", "none"],
  ValidationException: ["INVALID_ARGUMENT", "none"],
  ValidationError: ["INVALID_ARGUMENT", "none"],
  SerializationException: ["INVALID_ARGUMENT", "none"],
  MalformedHttpRequestException: ["INVALID_ARGUMENT", "none", malformed],
  RequestEntityTooLargeException: ["TOO_LARGE", "none"],
  // The one was never read in full ("Reading the request timed out"); of the other, the reply alone is known to be missing.
  RequestTimeoutException: ["UNAVAILABLE", "none"],
  RequestAbortedException: ["UNAVAILABLE", "unknown"],
  InvalidAction: otherService,
  UnknownOperationException: otherService,
  InternalFailure: ["UNAVAILABLE", "unknown"],
  InternalServerError: ["UNAVAILABLE", "unknown"],
  InternalServerException: ["UNAVAILABLE", "unknown"],
  ServiceUnavailable: ["UNAVAILABLE", "unknown"],
  ServiceUnavailableException: ["UNAVAILABLE", "unknown"],
  // The SDK's own
  AbortError: ["CANCELLED", "unknown"],
  TimeoutError: ["DEADLINE_EXCEEDED", "unknown"],
  // An answer that names no error, or is no JSON: from a proxy in front of AWS, or cut short on the way.
  Unknown: notKms,
  SyntaxError: notKms,
};

/** What is said of a key that lives in another Region: it may well be there, so that this is no absence. */
export const ofAnotherRegion: string =
  "The ARN names a Region other than the one that was asked. Use a driver of the key's Region, or a replica of the key here.";

// No connection came about, so nothing was asked. The SDK calls ECONNRESET and EPIPE a TimeoutError too: codes come first.
const noHost: ErrorRow = [
  "UNAVAILABLE",
  "none",
  "The host of AWS KMS could not be found. There may be no such Region, no network, or no name service here: check the Region's name, then the network.",
];
const noRoute: ErrorRow = [
  "UNAVAILABLE",
  "none",
  "No connection to AWS KMS came about. Check the network, firewalls, VPC endpoints and the client's endpoint.",
];
const untrusted: ErrorRow = [
  "UNAVAILABLE",
  "none",
  "The endpoint of AWS KMS showed a certificate that is not trusted here. A proxy may open TLS: have its authority trusted (NODE_EXTRA_CA_CERTS), or check the client's endpoint and this machine's clock.",
];
const noTls: ErrorRow = [
  "UNAVAILABLE",
  "unknown",
  "What stands at the endpoint of AWS KMS does not speak TLS as expected. Check the client's endpoint and proxies.",
];
const brokenOff: ErrorRow = ["UNAVAILABLE", "unknown"];
/** A request that a client's own timeouts ended: the guard, which ends a call at its deadline, had not. */
export const timedOutEarly: ErrorRow = [
  "UNAVAILABLE",
  "unknown",
  "No answer of AWS KMS came within the timeouts of the client given to awsKms, which are shorter than the call's time. Give it longer ones, or none: the call's own deadline ends its requests too.",
];
const connections: Readonly<Record<ConnectionFault, ErrorRow>> = {
  "no host": noHost,
  "no connection": noRoute,
  untrusted,
  "no TLS": noTls,
  "broken off": brokenOff,
  "no HTTP": notKms,
};

// Said by the message alone (IAM User Guide, "Troubleshoot signature errors"; recorded answers of AWS KMS).
const words: readonly (readonly [string, RegExp, ErrorRow])[] = [
  ["InvalidSignatureException", /^Signature (?:expired|not yet current)\b/, clockDiffers],
  ["InvalidSignatureException", /^Credential should be scoped to /, signedElsewhere],
  ["SignatureDoesNotMatch", /^Signature (?:expired|not yet current)\b/, clockDiffers],
  ["SignatureDoesNotMatch", /^Credential should be scoped to /, signedElsewhere],
  // @smithy/node-http-handler, set-connection-timeout
  ["TimeoutError", /\bdid not establish a connection\b/, noRoute],
  // Only ReEncrypt asks AWS to encrypt what nobody here has measured.
  ["ValidationException", /\bcannot encrypt data larger than [0-9]+ bytes\b/, ["TOO_LARGE", "none"]],
  ["NotFoundException", /^Invalid arn /, ["INVALID_ARGUMENT", "none", ofAnotherRegion]],
];

// AWS KMS Developer Guide, "Key states", table notes: the message alone says which state it was.
/** What an error of the key's state says of it. */
export const states: readonly (readonly [RegExp, NativeState])[] = [
  [/ is pending deletion\b/, "destruction-scheduled"],
  [/ is pending replica deletion\b/, "destruction-scheduled"],
  [/ is pending import\b/, "pending"],
  [/ is creating\b/, "pending"],
  [/ is disabled\b/, "disabled"],
  [/ is unavailable\b/, "unavailable"],
];

/** What an error says of itself, by which its row is found. */
export interface Said {
  readonly name: unknown;
  readonly code: unknown;
  /** What of the system failed; the SDK's own errors name nothing. */
  readonly syscall: unknown;
  readonly message: string;
  /** It came of an attempt to connect, before anything was asked. */
  readonly isConnecting: boolean;
}

/** The row of an error: by the system's code, by the words of one of AWS's names, by the name. Undefined for what is not known. */
export function rowOf({ name, code, syscall, message, isConnecting }: Said): ErrorRow | undefined {
  if (isOfProviders(name)) return credentialsRow({ name, code, message, status: undefined });
  // The SDK's timeout of a request has the code too; the network's, of a connection that there was, names what it broke off.
  const isSdks = code === "ETIMEDOUT" && syscall === undefined && !isConnecting;
  const fault = isSdks ? undefined : connectionFault(code, isConnecting);
  if (fault !== undefined) return connections[fault];
  return words.find(([of, pattern]) => of === name && pattern.test(message))?.[2] ?? find(names, name);
}

const find = (table: Readonly<Record<string, ErrorRow>>, key: unknown): ErrorRow | undefined =>
  typeof key === "string" && Object.hasOwn(table, key) ? table[key] : undefined;
