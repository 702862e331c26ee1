import { algorithmRow, type Purpose } from "@kms/core/driver";
import type { SelfManagedAlgorithm } from "../algorithms.ts";
import { unreadable } from "./der.ts";

/** The members of a JWK that say what the key is for (RFC 7517 §4.2–§4.4), read once. */
export interface JwkUse {
  readonly alg: unknown;
  readonly use: unknown;
  readonly key_ops: unknown;
}

/** For each purpose: the value of `use`, and sets of `key_ops` of which one must be there and which together are all allowed. */
const purposes: Readonly<
  Partial<Record<Purpose, { readonly use: string; readonly needed: readonly (readonly string[])[] }>>
> = {
  encryption: { use: "enc", needed: [["encrypt", "decrypt"]] },
  "asymmetric-encryption": { use: "enc", needed: [["decrypt"], ["unwrapKey"]] },
  signature: { use: "sig", needed: [["sign"]] },
  mac: { use: "sig", needed: [["sign", "verify"]] },
  "key-agreement": { use: "enc", needed: [["deriveKey"], ["deriveBits"]] },
  "key-wrapping": { use: "enc", needed: [["wrapKey", "unwrapKey"]] },
};
/** What a private key's `key_ops` may name beside: its public half's. */
const publicHalf: Readonly<Partial<Record<Purpose, readonly string[]>>> = {
  "asymmetric-encryption": ["encrypt", "wrapKey"],
  signature: ["verify"],
};
/** Further names in use for what the registry calls otherwise: RFC 9864. */
const alsoNamed: Readonly<Partial<Record<SelfManagedAlgorithm, string>>> = { Ed25519: "Ed25519" };

/**
 * Those of the algorithms that `alg`, `use` and `key_ops` allow, each where it is there. `INVALID_ARGUMENT` when none is
 * left, or a member is malformed: what a key's maker said of it is not overridden.
 */
export function allowedBy(
  { alg, use, key_ops: operations }: JwkUse,
  algorithms: readonly SelfManagedAlgorithm[],
): readonly SelfManagedAlgorithm[] {
  if (alg !== undefined && typeof alg !== "string") throw unreadable("a JWK whose alg is no text");
  if (use !== undefined && typeof use !== "string") throw unreadable("a JWK whose use is no text");
  const named = operations === undefined ? undefined : readOperations(operations);
  const allowed = algorithms.filter(
    (algorithm) =>
      (alg === undefined || alg === algorithmRow(algorithm).jose || alg === alsoNamed[algorithm]) &&
      isFor(algorithmRow(algorithm).purpose, use, named),
  );
  if (allowed.length > 0) return Object.freeze(allowed);
  throw unreadable("a JWK whose kty, alg, use and key_ops agree on no algorithm of own keys");
}

function isFor(purpose: Purpose, use: string | undefined, operations: ReadonlySet<string> | undefined): boolean {
  const rule = purposes[purpose];
  if (rule === undefined || (use !== undefined && use !== rule.use)) return false;
  if (operations === undefined) return true;
  const known = new Set([...rule.needed.flat(), ...(publicHalf[purpose] ?? [])]);
  const isEnough = rule.needed.some((set) => set.every((operation) => operations.has(operation)));
  return isEnough && [...operations].every((operation) => known.has(operation));
}

function readOperations(value: unknown): ReadonlySet<string> {
  if (Array.isArray(value) && value.length <= 16 && value.every((name) => typeof name === "string")) {
    const names = new Set<string>(value);
    // RFC 7517 §4.3: duplicates must not be there.
    if (names.size === value.length) return names;
  }
  throw unreadable("a JWK whose key_ops is no list of different names");
}
