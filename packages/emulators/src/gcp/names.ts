import { invalid } from "./errors.ts";

/** Kinds of resources that requests name. */
export type ResourceKind = "location" | "keyRing" | "cryptoKey" | "cryptoKeyVersion";

/** Source: google/cloud/kms/v1/service.proto, CreateKeyRingRequest.key_ring_id, CreateCryptoKeyRequest.crypto_key_id. */
const ID = "[a-zA-Z0-9_-]{1,63}";
const LOCATION = "projects/[^/]+/locations/[a-z0-9-]+";
const KEY_RING = `${LOCATION}/keyRings/${ID}`;
const CRYPTO_KEY = `${KEY_RING}/cryptoKeys/${ID}`;

/** Source of the patterns: google/cloud/kms/v1/resources.proto, the `pattern` of each resource. */
const PATTERNS: Readonly<Record<ResourceKind, RegExp>> = {
  location: new RegExp(`^${LOCATION}$`),
  keyRing: new RegExp(`^${KEY_RING}$`),
  cryptoKey: new RegExp(`^${CRYPTO_KEY}$`),
  cryptoKeyVersion: new RegExp(`^${CRYPTO_KEY}/cryptoKeyVersions/[1-9][0-9]{0,9}$`),
};

/** Whether a name is one of that kind. */
export const isName = (kind: ResourceKind, name: string): boolean => PATTERNS[kind].test(name);

/**
 * A name as it arrived; INVALID_ARGUMENT for one that is malformed.
 * Source: provider facts §8.3, contract tests of kms-integrations ("malformed names are INVALID_ARGUMENT").
 */
export function readName(kinds: readonly ResourceKind[], name: string, field: string): string {
  if (kinds.some((kind) => isName(kind, name))) return name;
  throw invalid(`Resource name [${name}] in field ${field} does not name a ${kinds.join(" or ")}.`);
}

/** An id for something new; INVALID_ARGUMENT outside `[a-zA-Z0-9_-]{1,63}`. */
export function readId(id: string, field: string): string {
  if (new RegExp(`^${ID}$`).test(id)) return id;
  throw invalid(`Field ${field} does not match [a-zA-Z0-9_-]{1,63}.`);
}

/** The first `pairs` pairs of a name: 2 is the location, 3 the key ring, 4 the key. */
export const ancestor = (name: string, pairs: number): string =>
  name
    .split("/")
    .slice(0, pairs * 2)
    .join("/");
