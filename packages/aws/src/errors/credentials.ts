import { KmsError } from "@kms/core/driver";
import type { ErrorRow } from "./table.ts";
import { firstLine } from "./without-secrets.ts";

// No row has an outcome but "none": without credentials nothing is asked of AWS KMS.
const notReached: ErrorRow = [
  "UNAVAILABLE",
  "none",
  "No credentials for AWS could be had: the service that gives them (STS, IAM Identity Center, instance or container metadata) could not be reached, or failed. Nothing was asked of AWS KMS. Try again; if it lasts, check the network and proxies.",
];
const notFound: ErrorRow = [
  "UNAUTHENTICATED",
  "none",
  "No credentials for AWS were found. Give awsKms credentials, or set up the SDK's own chain: environment, shared files, or a role of this machine.",
];
const notFoundAnywhere: ErrorRow = [
  "UNAUTHENTICATED",
  "none",
  `${notFound[2]} If it is set up, the service that gives the credentials may not have been reachable: the chain does not say.`,
];
const refused: ErrorRow = [
  "UNAUTHENTICATED",
  "none",
  "The service that gives the credentials for AWS, or the function given to awsKms, refused them or failed; the cause says why. Nothing was asked of AWS KMS. Check the role, its trust policy and the source of the credentials.",
];

/** What an error about credentials says of itself, by which its row is found. */
export interface CredentialsSaid {
  readonly name: unknown;
  readonly code: unknown;
  readonly message: string;
  readonly status: unknown;
}

/** Names under which the SDK itself says that its providers gave nothing. They are never AWS KMS's. */
export const isOfProviders = (name: unknown): boolean =>
  name === "CredentialsProviderError" || name === "TokenProviderError";

// System errors as Node names them, its `fetch`, and what providers of the SDK wrap into their own words.
const brokenWay =
  /\bE(?:CONN[A-Z]+|TIMEDOUT|AI_AGAIN|NOTFOUND|PIPE|HOSTUNREACH|NETUNREACH|PROTO)\b|CERT|ALTNAME|\bERR_SSL_|\bHPE_|\bsocket hang up\b|\bstatus(?: code)?:? (?:429|5\d\d)\b|\bTimeoutError\b|^\S+ fetch failed$/;
// What asks to come back: the SDK's timeout, STS's throttling, and its identity provider that did not answer it.
const transientNames =
  /^(?:TimeoutError|Throttling(?:Exception)?|TooManyRequestsException|IDPCommunicationError(?:Exception)?)$/;

/** The row of an error about credentials: `UNAVAILABLE` where the way to the service that gives them is broken, else `UNAUTHENTICATED`. */
export function credentialsRow({ name, code, message, status }: CredentialsSaid): ErrorRow {
  const isTransient = status === 429 || (typeof status === "number" && status >= 500);
  if (isTransient || transientNames.test(String(name)) || brokenWay.test(`${String(code)} ${message}`)) {
    return notReached;
  }
  if (!isOfProviders(name)) return refused;
  return /^Could not load (?:credentials|token) from any providers/.test(message) ? notFoundAnywhere : notFound;
}

interface ProviderFailure {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly statusCode?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown } | undefined;
}

/**
 * Why there are no credentials. Services that give them call their errors as AWS KMS does ("AccessDeniedException",
 * "NotFoundException"), so they never go through its table. The cause keeps name and first line: the rest may lead to a
 * token, and an answer that could not be read (`SyntaxError`) is quoted.
 */
export function credentialsFailure(cause: unknown): KmsError {
  const error: ProviderFailure = typeof cause === "object" && cause !== null ? cause : {};
  const message = typeof error.message === "string" ? firstLine(error.message) : "";
  const name = typeof error.name === "string" ? error.name : "Error";
  const status = error.$metadata?.httpStatusCode ?? error.statusCode;
  const [code, outcome, explanation = ""] = credentialsRow({ name, code: error.code, message, status });
  const kept = name === "SyntaxError" ? "An answer could not be read; what it said is left out." : message;
  return new KmsError(code, explanation, { outcome, cause: Object.assign(new Error(kept), { name }) });
}
