import { badParameter, notImplemented } from "./errors.ts";

/**
 * Versions of the protocol that are known, the oldest first. Source: provider facts §8.2 (`serviceVersion` of the official
 * client); learn.microsoft.com/dotnet/api/azure.security.keyvault.keys.keyclientoptions.serviceversion (7.0 to 7.4 too).
 */
const API_VERSIONS = ["7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6-preview.2", "7.6", "2025-07-01"] as const;

/** A version of the protocol. */
export type ApiVersion = (typeof API_VERSIONS)[number];

/**
 * The version that a request names; 400 when it names none that is known. Source of the words:
 * Azure/azure-sdk-for-python issue 28595.
 */
export function readApiVersion(query: URLSearchParams): ApiVersion {
  const text = query.get("api-version");
  if (text === null) throw badParameter("api-version must be specified");
  const version = API_VERSIONS.find((known) => known === text);
  if (version !== undefined) return version;
  throw badParameter(
    `The specified version (${text}) is not recognized. Consider using the latest supported version (${API_VERSIONS.at(-1)}).`,
  );
}

/** 501 for what came later than the version of a request: how the service words that is not established. */
export function checkSince(version: ApiVersion, since: ApiVersion, what: string): void {
  if (API_VERSIONS.indexOf(version) >= API_VERSIONS.indexOf(since)) return;
  throw notImplemented(`${what} in api-version ${version}, which came with ${since}`);
}
