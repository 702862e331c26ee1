import type { KmsErrorCode, NativeState, Outcome } from "@kms/core/driver";

/** What an error is here, and where Google's own words do not help, what was found and what to do. */
export type ErrorRow = readonly [code: KmsErrorCode, outcome: Outcome, explanation?: string];

const notSignedIn: ErrorRow = [
  "UNAUTHENTICATED",
  "none",
  "Google does not accept the credentials. Check that the service account is enabled and its key current, then this machine's clock.",
];

/**
 * What a gRPC status is here (google/rpc/code.proto). The outcome is that of a change; the guard says "none" for the rest.
 * 4 is never taken at face value: the SDK puts it on whatever its retries ended with, and a server may send it
 * (`provider-facts` T15). Whether the call's own time is over, only the call knows.
 */
const codes: Readonly<Record<number, ErrorRow>> = {
  1: ["CANCELLED", "unknown"],
  3: ["INVALID_ARGUMENT", "none"],
  4: ["UNAVAILABLE", "unknown"],
  5: ["NOT_FOUND", "none"],
  6: ["ALREADY_EXISTS", "none"],
  7: ["PERMISSION_DENIED", "none"],
  8: ["THROTTLED", "none"],
  9: ["INVALID_STATE", "none"],
  10: ["CONFLICT", "none"],
  11: ["INVALID_ARGUMENT", "none"],
  12: ["UNSUPPORTED", "none"],
  13: ["UNAVAILABLE", "unknown"],
  14: ["UNAVAILABLE", "unknown"],
  16: notSignedIn,
};

const denied = (explanation: string): ErrorRow => ["PERMISSION_DENIED", "none", explanation];
const unauthenticated = (explanation: string): ErrorRow => ["UNAUTHENTICATED", "none", explanation];

const notEnabled = denied(
  "The Cloud KMS API is not enabled in the project that is asked, or not visible to it. Enable cloudkms.googleapis.com there.",
);
const noProject = denied(
  "Google does not serve the project that the credentials or the key ring name: it is unknown, suspended or not allowed. Check the project's id and state.",
);

/** What the details of a refusal say more exactly than its status (google/api/error_reason.proto). */
const reasons: Readonly<Record<string, ErrorRow>> = {
  RATE_LIMIT_EXCEEDED: ["THROTTLED", "none"],
  RESOURCE_QUOTA_EXCEEDED: ["QUOTA_EXCEEDED", "none"],
  SERVICE_DISABLED: notEnabled,
  SERVICE_NOT_VISIBLE: notEnabled,
  BILLING_DISABLED: denied("Billing is off for the project. Link it to a billing account."),
  CONSUMER_INVALID: noProject,
  CONSUMER_SUSPENDED: noProject,
  GCP_SUSPENDED: noProject,
  RESOURCE_PROJECT_INVALID: noProject,
  USER_PROJECT_DENIED: noProject,
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: denied(
    "The access token was made without the scope of Cloud KMS. Make it with https://www.googleapis.com/auth/cloudkms or cloud-platform.",
  ),
  ACCESS_TOKEN_EXPIRED: unauthenticated(
    "Cloud KMS was called with an access token that has expired. Give gcpKms credentials that are renewed, and check this machine's clock.",
  ),
  ACCESS_TOKEN_TYPE_UNSUPPORTED: notSignedIn,
  ACCOUNT_STATE_INVALID: notSignedIn,
  CREDENTIALS_MISSING: unauthenticated(
    "The request reached Google without credentials. Something on the way takes them out, or the client was made without any.",
  ),
};

/** What `PreconditionFailure` names of a version's state (`provider-facts` §5.1). */
const violations: Readonly<Record<string, ErrorRow>> = {
  KEY_DISABLED: ["INVALID_STATE", "none"],
  KEY_PENDING_GENERATION: ["NOT_READY", "none"],
};

const noHost: ErrorRow = [
  "UNAVAILABLE",
  "none",
  "The host of Cloud KMS could not be found. There may be no network or no name service here: check both, and the client's endpoint.",
];
const untrusted: ErrorRow = [
  "UNAVAILABLE",
  "none",
  "The endpoint of Cloud KMS showed a certificate that is not trusted here, or speaks no TLS. A proxy may open TLS: have its authority trusted (NODE_EXTRA_CA_CERTS), or check the client's endpoint and this machine's clock.",
];
const noRoute: ErrorRow = [
  "UNAVAILABLE",
  "none",
  "No connection to Cloud KMS came about. Check the network, firewalls and the client's endpoint.",
];
const notKms: ErrorRow = [
  "UNAVAILABLE",
  "unknown",
  "What was answered is no answer of Cloud KMS. A proxy, a sign-in page or another service may stand at the endpoint: check proxies and the client's endpoint.",
];
const noToken = unauthenticated(
  "No access token could be had with the credentials. Check them, and that this machine reaches Google's token service.",
);
const noTokenNow: ErrorRow = [
  "UNAVAILABLE",
  "none",
  "No access token could be had: Google's token or metadata service could not be reached, or failed. Nothing was asked. Try again; if it lasts, check the network and proxies.",
];
const noCredentials = unauthenticated(
  "No credentials for Google were found. Give gcpKms credentials or an authClient, or set up the SDK's own chain: application default credentials, or a service account of this machine.",
);

// System errors as Node names them, gaxios's words for a timeout, and answers that ask to come back.
const brokenWay =
  /\bE(?:CONN[A-Z]+|TIMEDOUT|AI_AGAIN|NOTFOUND|PIPE|HOSTUNREACH|NETUNREACH)\b|\bsocket hang up\b|\bnetwork timeout\b|\bstatus code (?:429|5\d\d)\b/;
/** The row of a failure to get a token where the way to the service that gives them is broken; undefined where the credentials are. */
export const brokenTokenRow = ({ code, message }: Pick<Said, "code" | "message">): ErrorRow | undefined =>
  brokenWay.test(`${String(code)} ${message}`) ? noTokenNow : undefined;

/** What only the words tell; in order, before every other table. Those of grpc-js and google-auth-library stand for no answer of Google's. */
const words: readonly (readonly [RegExp, ErrorRow])[] = [
  // grpc-js: load-balancer-pick-first, resolver-dns. Nothing was sent.
  [/^(?:\d+ UNAVAILABLE: )?Name resolution failed\b/, noHost],
  [/\bNo connection established\b.*\b(?:ENOTFOUND|EAI_AGAIN)\b/, noHost],
  [/\bNo connection established\b.*(?:certificate|self-signed|altname|\bEPROTO\b|\bSSL\b)/i, untrusted],
  [/\bNo connection established\b/, noRoute],
  [/\bStream refused by server\b/, ["UNAVAILABLE", "none"]],
  // grpc-js: subchannel-call. What HTTP says before gRPC could.
  [/\bReceived HTTP status code \d{3}\b/, notKms],
  [/\bBandwidth exhausted or memory limit exceeded\b/, ["UNAVAILABLE", "unknown"]],
  [/\bProtocol not secure enough\b/, untrusted],
  // grpc-js: call credentials. Nothing was sent.
  [/\bGetting metadata from plugin failed\b/, noToken],
  [/\bCould not refresh access token\b/, noToken],
  [/\bCould not load the default credentials\b/, noCredentials],
  [/\bclient has already been closed\b|\bChannel closed before call started\b/, ["CLOSED", "none"]],
  // A request whose bytes were altered on their way: nothing was done with them.
  [/\bchecksum in field \S+ did not match\b/, ["CORRUPTED", "none"]],
];

// CryptoKeyVersion.CryptoKeyVersionState in resources.proto.
/** What a version's state is in the contract's words; undefined for one that this adapter does not know. */
export const nativeStateOf = (state: unknown): NativeState | undefined => find(states, state);
const states: Readonly<Record<string, NativeState>> = {
  PENDING_GENERATION: "pending",
  ENABLED: "enabled",
  DISABLED: "disabled",
  DESTROYED: "destroyed",
  DESTROY_SCHEDULED: "destruction-scheduled",
  PENDING_IMPORT: "pending",
  IMPORT_FAILED: "failed",
  GENERATION_FAILED: "failed",
  PENDING_EXTERNAL_DESTRUCTION: "destruction-scheduled",
  EXTERNAL_DESTRUCTION_FAILED: "failed",
};

/** What an error says of itself, by which its row is found. */
export interface Said {
  readonly code: unknown;
  readonly message: string;
  readonly reason: unknown;
  /** Types of the violations of a `PreconditionFailure`. */
  readonly violations: readonly unknown[];
  readonly state: NativeState | undefined;
}

/** The row of an error: by words, by the details, by the status. Undefined for what is not known. */
export function rowOf({ code, message, reason, violations: found, state }: Said): ErrorRow | undefined {
  const byWords = words.find(([pattern]) => pattern.test(message))?.[1];
  if (byWords === noToken) return brokenTokenRow({ code, message }) ?? noToken;
  const byDetails =
    find(reasons, reason) ?? found.map((type) => find(violations, type)).find((row) => row !== undefined);
  if (byWords !== undefined || byDetails !== undefined) return byWords ?? byDetails;
  if (code === 9 && state === "pending") return violations["KEY_PENDING_GENERATION"];
  return typeof code === "number" ? codes[code] : undefined;
}

const find = <T>(table: Readonly<Record<string, T>>, key: unknown): T | undefined =>
  typeof key === "string" && Object.hasOwn(table, key) ? table[key] : undefined;
