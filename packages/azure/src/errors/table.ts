import {
  connectionFault,
  type ConnectionFault,
  type KmsErrorCode,
  type NativeState,
  type Outcome,
} from "@kms/core/driver";

/** What an error is here; where Azure's own words do not help, what was found and what to do; the state that it tells. */
export interface ErrorRow {
  readonly code: KmsErrorCode;
  readonly outcome: Outcome;
  readonly explanation?: string | undefined;
  readonly state?: NativeState | undefined;
}

const row = (code: KmsErrorCode, outcome: Outcome = "none", explanation?: string): ErrorRow => ({
  code,
  outcome,
  explanation,
});
const stateRow = (state: NativeState): ErrorRow => ({ code: "INVALID_STATE", outcome: "none", state });

const notAccepted = row(
  "UNAUTHENTICATED",
  "none",
  "Azure does not accept the token. Check that the credential belongs to the vault's tenant and cloud and is current, then this machine's clock.",
);
const otherTenant = row(
  "UNAUTHENTICATED",
  "none",
  "The token was issued by another tenant than the vault's. Give azureKms a credential of the vault's tenant, or one that may sign in to several (additionallyAllowedTenants).",
);
const otherAudience = row(
  "UNAUTHENTICATED",
  "none",
  "The token was issued for another service or cloud than the vault's. Check that address and credential belong to one cloud.",
);
/** What a credential's failure is. */
export const noCredential: ErrorRow = row(
  "UNAUTHENTICATED",
  "none",
  "No access token could be had with the credential. Check it, its tenant, and that this machine reaches Microsoft Entra ID; the cause says why.",
);

const firewall = row(
  "PERMISSION_DENIED",
  "none",
  "The vault's firewall does not let this address in. Allow it in the vault's network rules, or go through its private endpoint.",
);
const privateOnly = row(
  "PERMISSION_DENIED",
  "none",
  "The vault takes no requests from public networks, and this one came neither through a private endpoint nor from a trusted service. Go through the vault's private endpoint and see that its name leads there, or have the owner allow public access.",
);
const policy = row("PERMISSION_DENIED", "none", "A policy of the vault's owner refuses the operation; ask them.");

const purgeProtection = row(
  "PERMISSION_DENIED",
  "none",
  "The vault has purge protection: nobody can purge a deleted key before its time. Wait for the date that describeKey tells.",
);

/** What the inner code says more exactly than status and code (`provider-facts` §5.1 and §8.2). */
const innerCodes: Readonly<Record<string, ErrorRow>> = {
  KeyDisabled: stateRow("disabled"),
  KeyNotYetValid: stateRow("pending"),
  KeyExpired: stateRow("process-only"),
  ForbiddenByRbac: row("PERMISSION_DENIED"),
  AccessDenied: row("PERMISSION_DENIED"),
  ForbiddenByPolicy: policy,
  ForbiddenByFirewall: firewall,
  // "Public network access is disabled and request is not …": quoted in github.com/microsoft/multimodal-ai/issues/171.
  ForbiddenByConnection: privateOnly,
  ObjectIsDeletedButRecoverable: stateRow("destruction-scheduled"),
  ObjectIsBeingDeleted: stateRow("destruction-scheduled"),
  ObjectIsBeingRecovered: stateRow("destruction-scheduled"),
};

/** What only the words of an answer of Azure's tell; the inner code of dates is not established. */
const words: readonly (readonly [RegExp, ErrorRow])[] = [
  [/\bAKV10032\b|\bInvalid issuer\b/, otherTenant],
  [/\bAKV10022\b|\bInvalid audience\b/, otherAudience],
  [/\bpurge protection is enabled\b/i, purgeProtection],
  [/ is not allowed on a disabled key\b/, stateRow("disabled")],
  [/ is not allowed on a key that is not yet valid\b/, stateRow("pending")],
  [/ is not allowed on an expired key\b/, stateRow("process-only")],
];

/** What an HTTP status is (`provider-facts` §5.1). The outcome is that of a change; the guard says "none" for the rest. */
const statuses: Readonly<Record<number, ErrorRow>> = {
  400: row("INVALID_ARGUMENT"),
  401: notAccepted,
  403: row("PERMISSION_DENIED"),
  404: row("NOT_FOUND"),
  405: row("UNSUPPORTED"),
  408: row("UNAVAILABLE", "unknown"),
  409: row("CONFLICT"),
  429: row("THROTTLED"),
  501: row("UNSUPPORTED"),
};

/** What a code of Azure's is, whatever the status. */
const codes: Readonly<Record<string, ErrorRow>> = {
  NotSupported: row("UNSUPPORTED"),
  Throttled: row("THROTTLED"),
};

const noHost = row(
  "UNAVAILABLE",
  "none",
  "The vault's host could not be found. There may be no vault of that name, no network or no name service here: check the address, then the network.",
);
const noRoute = row(
  "UNAVAILABLE",
  "none",
  "No connection to the vault came about. Check the network, firewalls, private endpoints and the address.",
);
const untrusted = row(
  "UNAVAILABLE",
  "none",
  "The vault's address showed a certificate that is not trusted here. A proxy may open TLS: have its authority trusted (NODE_EXTRA_CA_CERTS), or check the address and this machine's clock.",
);
const noTls = row(
  "UNAVAILABLE",
  "unknown",
  "What stands at the vault's address does not speak TLS as expected. Check the address and proxies.",
);
/** What is no answer of Azure's, or was cut short. */
export const notAzure: ErrorRow = row(
  "UNAVAILABLE",
  "unknown",
  "What was answered is no answer of Key Vault's, or was cut short. A proxy, a sign-in page or another service may stand at the address: check proxies and the address.",
);
const brokenOff = row("UNAVAILABLE", "unknown");

// No connection came about, or it broke: the system's codes, which the SDK hands on, and two of its own.
const connections: Readonly<Record<ConnectionFault, ErrorRow>> = {
  "no host": noHost,
  "no connection": noRoute,
  untrusted,
  "no TLS": noTls,
  "broken off": brokenOff,
  "no HTTP": notAzure,
};
const sdkCodes: Readonly<Record<string, ErrorRow>> = {
  REQUEST_SEND_ERROR: brokenOff,
  PARSE_ERROR: notAzure,
};
/** By Node's words for an attempt to connect; for one at each address of a host it has none, and for some that were reset amid an exchange. */
const cameOfConnecting = (code: unknown, message: string): boolean =>
  message.startsWith("connect ") || (message === "" && code !== "ECONNRESET");

const otherChallenge = row(
  "UNAUTHENTICATED",
  "none",
  "What answered asked for a token of another service than the address names. None was sent: check proxies and the address.",
);
/** What the SDK itself says, by its words: nothing was sent with a token. */
const sdkWords: readonly (readonly [RegExp, ErrorRow])[] = [
  [/^The challenge (?:resource|origin|contains)\b/, otherChallenge],
  [/^The request URL must use HTTPS\b/, otherChallenge],
  [/^Failed to (?:refresh|retrieve) access token\b/, noCredential],
];

// What the credentials of `@azure/identity` throw.
const credentialErrors: ReadonlySet<unknown> = new Set([
  "AuthenticationError",
  "AggregateAuthenticationError",
  "AuthenticationRequiredError",
  "CredentialUnavailableError",
]);

/** What an error says of itself, by which its row is found. */
export interface Said {
  readonly name: unknown;
  readonly message: string;
  readonly code: unknown;
  readonly status: number | undefined;
  readonly inner: unknown;
}

/** The row of an error: by inner code, words, code, status, and without an answer by the system's code. Undefined for what is not known. */
export function rowOf({ name, message, code, status, inner }: Said): ErrorRow | undefined {
  if (credentialErrors.has(name)) return noCredential;
  if (status === undefined) {
    return match(sdkWords, message) ?? ofConnection(code, cameOfConnecting(code, message));
  }
  const found = find(innerCodes, inner) ?? match(words, message) ?? find(codes, code);
  if (found !== undefined) return found;
  if (status >= 500 && status !== 501) return code === undefined ? notAzure : brokenOff;
  // An answer of Azure's names a code; without one a proxy may have answered, but for what asks to sign in or to slow down.
  if (code === undefined && status !== 401 && status !== 429) return notAzure;
  return ofConnection(code, false) ?? statuses[status];
}

function ofConnection(code: unknown, isConnecting: boolean): ErrorRow | undefined {
  const fault = connectionFault(code, isConnecting);
  return fault === undefined ? find(sdkCodes, code) : connections[fault];
}

const match = (table: readonly (readonly [RegExp, ErrorRow])[], message: string): ErrorRow | undefined =>
  table.find(([pattern]) => pattern.test(message))?.[1];

const find = (table: Readonly<Record<string, ErrorRow>>, key: unknown): ErrorRow | undefined =>
  typeof key === "string" && Object.hasOwn(table, key) ? table[key] : undefined;
