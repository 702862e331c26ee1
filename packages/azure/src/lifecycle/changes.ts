import type { DeletedKey, KeyProperties } from "@azure/keyvault-keys";
import {
  conditionOf,
  KmsError,
  nextCondition,
  stateOf,
  type Call,
  type Changed,
  type Condition,
  type KeyReference,
  type LifecycleEvent,
} from "@kms/core/driver";
import { codeOf, outcomeOf, unchanged } from "../errors.ts";
import { nameOf } from "../key-id.ts";
import { keyCondition, type AzureRecord, type Description, type Vault } from "../records.ts";
import { readDeleted } from "../records/deleted.ts";
import { knownVersions } from "../records/endings.ts";
import { describe, readKey } from "../records/reading.ts";
import { checkedKey, keepShape } from "../records/versions.ts";

/** A living key; `INVALID_STATE` for one that is deleted or on its way. */
export async function livingKey(vault: Vault, key: KeyReference, what: string, call: Call): Promise<Description> {
  const found = await describe(vault, nameOf(key.id), call, key).catch((cause: unknown) => {
    throw unchanged(cause);
  });
  if ("record" in found) throw wrongState(key, what, "destruction-scheduled");
  refuseStranger(
    key,
    found.versions.map(({ version = "" }) => version),
  );
  return found;
}

/** `TAMPERED` for a key that has none of the versions which the handle pins: the name was taken by another one after a purge. */
export function refuseStranger({ id, pinned = [] }: KeyReference, versions: readonly string[]): void {
  if (pinned.length === 0 || pinned.some((version) => versions.includes(version))) return;
  throw new KmsError(
    "TAMPERED",
    "The key that the handle is of is gone, and another one has its name. Nothing was changed; find out who did that.",
    { keyId: id },
  );
}

/**
 * `STALE_HANDLE` for a deleted key of whose versions the handle pins none, as far as they are known: only the newest is shown,
 * and where this driver deleted the key it knows the others. It may be another key of that name.
 */
export function refuseUnknown(vault: Vault, { id, pinned = [] }: KeyReference, { name, properties }: DeletedKey): void {
  const known = knownVersions(vault, name);
  const isShown = properties.version !== undefined && known.includes(properties.version);
  const versions = isShown ? known : [properties.version];
  if (pinned.length === 0 || pinned.some((version) => versions.includes(version))) return;
  throw new KmsError(
    "STALE_HANDLE",
    "The deleted key of that name has a newer version than the handle pins, or is another key. Look at it, then ask again with a handle that was refreshed.",
    { keyId: id },
  );
}

/** A deleted key. `INVALID_STATE` for a living one; `NOT_READY` while its deletion is under way. */
export async function readDeletedKey(vault: Vault, key: KeyReference, what: string, call: Call): Promise<DeletedKey> {
  const name = nameOf(key.id);
  try {
    return await readDeleted(vault, name, call);
  } catch (cause) {
    if (codeOf(cause, "describeKey") !== "NOT_FOUND") throw unchanged(cause);
  }
  const record = await readKey(vault, name, call, key).catch((cause: unknown) => {
    throw unchanged(cause);
  });
  if (record.state !== "destruction-scheduled") throw wrongState(key, what, keyCondition(record, call.now));
  throw new KmsError(
    "NOT_READY",
    "The key is still being deleted; until that is done it can be neither recovered nor purged. Try again in a few seconds.",
    { keyId: key.id },
  );
}

/** The versions that a change means: the one that is named, or all. */
export function chosenOf(
  { versions }: Description,
  key: KeyReference,
  version: string | undefined,
): readonly KeyProperties[] {
  if (version === undefined) return versions;
  const chosen = versions.filter((found) => found.version === version);
  if (chosen.length > 0) return chosen;
  throw new KmsError("NOT_FOUND", "The key has no version of that id; describeKey lists them.", { keyId: key.id });
}

/** The condition of the version that is named, or of the whole key. */
export function conditionIn(record: AzureRecord, version: string | undefined, now: number): Condition {
  const one = record.versions.find((found) => found.version === version);
  return one === undefined ? keyCondition(record, now) : conditionOf(one, now);
}

/** `INVALID_STATE` where the event leads nowhere from the condition (SP 800-57 Part 1 §7). */
export function refuseIllegal(key: KeyReference, condition: Condition, event: LifecycleEvent, what: string): void {
  if (nextCondition(condition, event) === undefined) throw wrongState(key, what, condition);
}

/** The refusal for a key's state. */
export const wrongState = (key: KeyReference, what: string, condition: Condition): KmsError =>
  new KmsError("INVALID_STATE", `Of a key of Azure ${what}, but it is ${condition}.`, {
    keyId: key.id,
    state: stateOf(condition),
  });

/** What is changed of a version. */
export interface VersionChange {
  readonly enabled?: boolean | undefined;
  readonly expiresOn?: Date | undefined;
  readonly keyOps?: readonly string[] | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** Which versions are changed, and to what. */
export interface Changes {
  readonly wanted: readonly KeyProperties[];
  readonly changeOf: (version: KeyProperties) => VersionChange | Promise<VersionChange>;
}

/** What became of changes to several versions. */
export interface ChangedVersions {
  readonly description: Description;
  readonly changed: number;
  readonly unfinished: Changed<never>["unfinished"];
}

/**
 * Changes versions one after the other. Some may fail: they are `unfinished`. All of them failing is the failure of the first,
 * or of one that may have happened.
 */
export async function changeVersions(
  vault: Vault,
  description: Description,
  { wanted, changeOf }: Changes,
  call: Call,
): Promise<ChangedVersions> {
  let after = description;
  const unfinished: { readonly version: string; readonly cause: unknown }[] = [];
  for (const properties of wanted) {
    try {
      after = await changeVersion(vault, after, { properties, change: await changeOf(properties) }, call);
    } catch (cause) {
      unfinished.push({ version: properties.version ?? "", cause });
    }
  }
  if (unfinished.length > 0 && unfinished.length === wanted.length) {
    throw (unfinished.find(({ cause }) => outcomeOf(cause) === "unknown") ?? unfinished[0])?.cause;
  }
  return { description: after, changed: wanted.length - unfinished.length, unfinished };
}

async function changeVersion(
  vault: Vault,
  description: Description,
  given: { readonly properties: KeyProperties; readonly change: VersionChange },
  call: Call,
): Promise<Description> {
  const { version = "" } = given.properties;
  const { enabled, expiresOn, keyOps, tags } = given.change;
  const { host, name } = description;
  const answer = await vault.connection.ask(
    (keys, settings) =>
      keys.updateKeyProperties(name, version, {
        ...(enabled === undefined ? {} : { enabled }),
        ...(expiresOn === undefined ? {} : { expiresOn }),
        ...(keyOps === undefined ? {} : { keyOps: [...keyOps] }),
        ...(tags === undefined ? {} : { tags: { ...tags } }),
        ...settings,
      }),
    call,
  );
  const shape = keepShape(vault, checkedKey(host, answer, { name, version, outcome: "unknown" }));
  return {
    ...description,
    versions: description.versions.map((found) => (found.version === version ? answer.properties : found)),
    ...(version === description.shapeVersion || description.shapeVersion === undefined
      ? { shape, shapeVersion: version }
      : {}),
  };
}
