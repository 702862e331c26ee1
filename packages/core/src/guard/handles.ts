import type { KeyHandle } from "../contract/key.ts";
import type { KeyRecord } from "../contract/record.ts";
import type { Algorithm } from "../contract/words.ts";
import { algorithmRow } from "../algorithms/registry.ts";
import { KmsError } from "../errors.ts";
import { selectRow } from "../keys/capabilities.ts";
import { bindingOf, makeHandle, type HandleClaims, type PinnedVersion } from "../keys/handle.ts";
import { BoundKey } from "./bound-key.ts";
import type { Instance } from "./instance.ts";
import { pinsOf } from "./pins.ts";
import type { Provider } from "./provider.ts";
import type { Task } from "./task.ts";
import { remember } from "./versions.ts";

/** What a handle is bound to. `INVALID_ARGUMENT` for a look-alike and for a handle of another `Kms`. */
export function boundKey(instance: Instance, value: unknown): BoundKey {
  const binding = bindingOf(value);
  if (binding instanceof BoundKey && binding.owner === instance) return binding;
  throw new KmsError(
    "INVALID_ARGUMENT",
    binding === undefined
      ? "This is no key handle. Handles are made by generateKey, getKey and openHandle; a copy of one is none."
      : "This handle belongs to another Kms. Seal it there and open it here.",
  );
}

/** A handle over claims. `UNSUPPORTED` where the provider has no such row. */
export function bind<A extends Algorithm>(instance: Instance, provider: Provider, claims: HandleClaims): KeyHandle<A> {
  const { algorithm, protection, origin, keyId } = claims;
  const row = selectRow(provider.driver.capabilities, algorithm, protection, origin);
  if (row === undefined) {
    throw new KmsError(
      "UNSUPPORTED",
      `Provider "${provider.name}" does not claim ${algorithm} keys (${protection}, ${origin}).`,
      { keyId },
    );
  }
  return makeHandle<A>(provider.name, new BoundKey(instance, provider, row, claims));
}

/** What is kept from an earlier handle of the same key, or stated when a key is made. */
export interface Lineage {
  readonly confDigest: string | undefined;
  readonly destructionWindowDays: number | undefined;
  readonly replaces: string | undefined;
  readonly revision: number;
  readonly versions: readonly PinnedVersion[];
  readonly restriction: HandleClaims["restriction"];
}
/** The lineage of a key that nothing is known of. */
export const noLineage: Lineage = Object.freeze({
  confDigest: undefined,
  destructionWindowDays: undefined,
  replaces: undefined,
  revision: 1,
  versions: Object.freeze([]),
  restriction: undefined,
});

/** Claims out of a record, its versions pinned, the current one remembered. */
export async function claimsFrom(
  task: Task,
  record: KeyRecord,
  algorithm: Algorithm,
  lineage: Lineage,
): Promise<HandleClaims> {
  const { instance, provider } = task;
  const { driver } = provider;
  const pins = await pinsOf(task, record, algorithm, lineage.versions);
  remember(instance, instance.memories.of(provider.name, record.id), record, task.begunAt);
  return Object.freeze({
    kind: driver.capabilities.kind,
    scope: driver.scopeOf(record.id),
    keyId: record.id,
    native: record.native,
    algorithm,
    purpose: algorithmRow(algorithm).purpose,
    protection: record.protection,
    origin: record.origin,
    exportable: record.exportable,
    versions: pins.versions,
    signingVersion: pins.signingVersion,
    destructionWindowDays: lineage.destructionWindowDays ?? record.destructionWindowDays,
    confDigest: lineage.confDigest,
    policyDigest: instance.policy.digest,
    revision: lineage.revision,
    issuedAt: task.call.now,
    audience: instance.audience,
    replaces: lineage.replaces,
    restriction: lineage.restriction,
  });
}

/** The lineage of a handle that is refreshed or rotated: one revision up. */
export const lineageOf = (claims: HandleClaims): Lineage => ({
  confDigest: claims.confDigest,
  destructionWindowDays: claims.destructionWindowDays,
  replaces: claims.replaces,
  revision: claims.revision + 1,
  versions: claims.versions,
  restriction: claims.restriction,
});
