import { badParameter, notImplemented } from "./errors.ts";

/** What a request line asks for. */
export interface Route {
  /** The operation's name in the REST reference, with a capital. */
  readonly operation: string;
  /** The key that the path names; empty for lists of keys and for random bytes. */
  readonly name: string;
  /** The version that the path names; `undefined` for the latest one. */
  readonly version: string | undefined;
}

/** Uses of a key by their path segments. Paths are not case-sensitive. */
const USES: ReadonlyMap<string, string> = new Map([
  ["encrypt", "Encrypt"],
  ["decrypt", "Decrypt"],
  ["wrapkey", "WrapKey"],
  ["unwrapkey", "UnwrapKey"],
  ["sign", "Sign"],
  ["verify", "Verify"],
  ["release", "Release"],
]);

/** What has no version in its path, by method and last segment. */
const ON_KEYS: ReadonlyMap<string, string> = new Map([
  ["POST create", "CreateKey"],
  ["POST rotate", "RotateKey"],
  ["POST backup", "BackupKey"],
  ["GET versions", "GetKeyVersions"],
  ["GET rotationpolicy", "GetKeyRotationPolicy"],
  ["PUT rotationpolicy", "UpdateKeyRotationPolicy"],
  ["DELETE ", "DeleteKey"],
  ["PUT ", "ImportKey"],
]);

const ON_COLLECTIONS: ReadonlyMap<string, string> = new Map([
  ["GET keys", "GetKeys"],
  ["GET deletedkeys", "GetDeletedKeys"],
  ["POST rng", "GetRandomBytes"],
]);

const ON_DELETED: ReadonlyMap<string, string> = new Map([
  ["GET ", "GetDeletedKey"],
  ["DELETE ", "PurgeDeletedKey"],
  ["POST recover", "RecoverDeletedKey"],
]);

const ON_VERSIONS: ReadonlyMap<string, string> = new Map([
  ["GET", "GetKey"],
  ["PATCH", "UpdateKey"],
]);

/**
 * Reads method and path; `undefined` for a path that is no operation's. Paths without a version come in three forms:
 * `/keys/n/sign`, `/keys/n//sign` and `/keys/n/`. Source: provider facts §8.2.
 */
export function readRoute(method: string, path: string): Route | undefined {
  const [collection = "", name = "", ...rest] = path.replace(/^\//, "").split("/").map(decodeURIComponent);
  const kind = collection.toLowerCase();
  const found = (operation: string | undefined, version?: string): Route | undefined =>
    operation === undefined ? undefined : { operation, name, version: version === "" ? undefined : version };
  if (name === "") return rest.length > 0 ? undefined : found(ON_COLLECTIONS.get(`${method} ${kind}`));
  if (kind === "deletedkeys") return rest.length > 1 ? undefined : found(ON_DELETED.get(`${method} ${rest[0] ?? ""}`));
  if (kind !== "keys") return undefined;
  if (method === "POST" && name === "restore" && rest.length === 0) return found("RestoreKey");
  return found(...onKey(method, rest));
}

// The operation on a key, and the version when the path names one; empty for the latest.
function onKey(method: string, rest: readonly string[]): readonly [string | undefined, string?] {
  const [first = "", second = ""] = rest;
  const useOf = (segment: string): string | undefined =>
    method === "POST" ? USES.get(segment.toLowerCase()) : undefined;
  if (rest.length > 2) return [undefined];
  if (second === "attestation") return [method === "GET" ? "GetKeyAttestation" : undefined, first];
  if (second !== "") return [useOf(second), first];
  const onLatest = ON_KEYS.get(`${method} ${first}`) ?? useOf(first);
  return onLatest === undefined ? [ON_VERSIONS.get(method), first] : [onLatest];
}

/**
 * Refuses names and versions that are none. Source: learn.microsoft.com/azure/key-vault/general/
 * about-keys-secrets-certificates, Object identifiers (`[0-9a-zA-Z-]`, 1 to 127; a version is 32 characters long).
 */
export function checkNames({ name, version }: Route): void {
  if (name !== "" && !/^[0-9a-zA-Z-]{1,127}$/.test(name)) {
    throw badParameter(`The request URI contains an invalid name: ${name}`);
  }
  if (version !== undefined && !/^[0-9a-f]{32}$/.test(version)) {
    throw badParameter(`The request URI contains an invalid version: ${version}`);
  }
}

/** Reads the query; 400 for a parameter that is there twice, 501 for one that the operation does not list. */
export function checkQuery(query: URLSearchParams, parameters: readonly string[]): void {
  const names = [...query.keys()];
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) throw badParameter(`The query parameter ${repeated} is given more than once.`);
  const unknown = names.find((key) => key !== "api-version" && !parameters.includes(key));
  if (unknown !== undefined) throw notImplemented(`the query parameter ${unknown}`);
}
