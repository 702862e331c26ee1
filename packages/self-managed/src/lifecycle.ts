import { KmsError, type Call, type Changed, type Revocation } from "@kms/core/driver";
import { recipes } from "./algorithms.ts";
import { defaultWindowDays, destructionWindow } from "./capabilities.ts";
import { invalidState } from "./errors.ts";
import { newVersion, type MadeMaterial } from "./keys.ts";
import type { SelfManagedDriver } from "./options.ts";
import { generateMaterial } from "./primitives.ts";
import { describe } from "./records/describe.ts";
import { keepEnforced } from "./records/enforcing.ts";
import { KeyMaterial, type StoredKey, type StoredRevocation } from "./records/key-record.ts";
import type { LoadedKeys } from "./records/loaded-keys.ts";
import { stampOf, type Stamp } from "./records/stamp.ts";
import { handingOver, readKey, updateKey } from "./records/storing.ts";
import { changed, conditionAt, upToDate, versionOf, type Change } from "./records/transitions.ts";
import type { KeyStore } from "./stores/store.ts";

const dayMs = 86_400_000;

type LifecycleOperations = Pick<
  SelfManagedDriver,
  "rotate" | "setEnabled" | "revoke" | "scheduleDestruction" | "cancelDestruction" | "completeDestruction"
>;

type Next = (record: StoredKey, stamp: Stamp) => StoredKey;

/**
 * Everything that moves a key: each transition is one compare-and-set (`CONFLICT` when somebody else was faster). Whatever
 * comes of it, the key is no longer loaded afterwards: its next use loads what may still be used.
 */
export function lifecycle(store: KeyStore, keys: LoadedKeys): LifecycleOperations {
  const update = updating(store, keys);
  const change = async (id: string, call: Call, next: Next): Promise<Changed<never>> => {
    const stamp = stampOf(store, call);
    const record = await update(id, (found) => next(found, stamp));
    return { record: describe(record, stamp.at), unfinished: [] };
  };
  return {
    rotate: async (key, call) => {
      keys.assertOpen();
      const stamp = stampOf(store, call);
      const { algorithm } = rotatable(store, await readKey(store, key.id), stamp);
      const { material: bytes, publicKey } = await generateMaterial(recipes[algorithm]);
      const made = { material: new KeyMaterial(bytes), publicKey };
      const record = await handingOver(store, [made], () =>
        update(key.id, (found) => rotated(rotatable(store, found, stamp), made, stamp)),
      );
      return { record: describe(record, stamp.at), version: record.currentVersion };
    },
    setEnabled: (key, version, enabled, call) =>
      change(key.id, call, (found, stamp) => changed(found, version, { stamp, event: enabled ? "enable" : "disable" })),
    revoke: (key, version, revocation, call) =>
      change(key.id, call, (found, stamp) => changed(found, version, revoking(revocation, stamp))),
    scheduleDestruction: (key, version, windowDays, call) =>
      change(key.id, call, (found, stamp) => changed(found, version, scheduling(found, windowDays, stamp))),
    cancelDestruction: (key, version, call) =>
      change(key.id, call, (found, stamp) => {
        assertNotDue(store, found, version, stamp);
        return changed(found, version, { stamp, event: "cancel-destruction" });
      }),
    completeDestruction: async (key, version, call) => {
      const { record } = await change(key.id, call, (found, stamp) => {
        assertDue(found, version, call);
        return changed(found, version, { stamp, event: "destroy" });
      });
      return { record, level: "removed", mayRemain: destructionWindow.mayRemain };
    },
  };
}

/** `updateKey`, after which the key is no longer loaded, done or not: the outcome may be unknown. */
const updating =
  (store: KeyStore, keys: LoadedKeys) =>
  async (id: string, next: (record: StoredKey) => StoredKey): Promise<StoredKey> => {
    keys.assertOpen();
    try {
      return await updateKey(store, id, next);
    } finally {
      keys.release(id);
    }
  };

function rotatable(store: KeyStore, record: StoredKey, stamp: Stamp): StoredKey {
  const current = versionOf(record, record.currentVersion);
  const condition = conditionAt(current, stamp.at);
  if (condition === "active") return record;
  keepEnforced(store, current.notAfter, stamp.at);
  throw invalidState(record.id, record.currentVersion, condition, "Rotating a key needs an active current version");
}

/** The next version, current from the very write that stores it: there is exactly one at any moment. */
function rotated(record: StoredKey, made: MadeMaterial, stamp: Stamp): StoredKey {
  const version = String(record.versions.length + 1);
  const next = newVersion(version, made, stamp, { notBefore: undefined, notAfter: record.deactivateAt });
  return Object.freeze<StoredKey>({
    ...record,
    revision: record.revision + 1,
    currentVersion: version,
    versions: Object.freeze([...upToDate(record, stamp.at).versions, next]),
  });
}

function revoking({ reason, revokedAt, occurredAt }: Revocation, stamp: Stamp): Change {
  const revocation: StoredRevocation = { reason, revokedAt: revokedAt.getTime(), occurredAt: occurredAt.getTime() };
  return { stamp, event: reason === "key-compromise" ? "compromise" : "deactivate", revocation };
}

function scheduling(record: StoredKey, windowDays: number | undefined, stamp: Stamp): Change {
  const { minimumDays, maximumDays } = destructionWindow;
  const days = windowDays ?? record.destructionWindowDays ?? defaultWindowDays;
  if (Number.isSafeInteger(days) && days >= minimumDays && days <= maximumDays) {
    return { stamp, event: "schedule-destruction", destroyAt: stamp.at + days * dayMs };
  }
  throw new KmsError(
    "INVALID_ARGUMENT",
    `A destruction waits a whole number of days from ${minimumDays} to ${maximumDays}. Nothing was scheduled.`,
    { keyId: record.id },
  );
}

const meantVersions = (record: StoredKey, version: string | undefined): StoredKey["versions"] =>
  version === undefined ? record.versions : [versionOf(record, version)];

/** Effective time decides, not who comes first: what is due is gone, though its bytes wait for `completeDestruction`. */
function assertNotDue(store: KeyStore, record: StoredKey, version: string | undefined, stamp: Stamp): void {
  for (const { version: name, destroyAt } of meantVersions(record, version)) {
    if (destroyAt === undefined || destroyAt > stamp.at) continue;
    keepEnforced(store, destroyAt, stamp.at);
    throw invalidState(record.id, name, "destruction-scheduled", "Cancelling a destruction whose date has passed");
  }
}

/**
 * `NOT_READY` unless every version meant is destroyed or due: a receipt speaks for all of them. Due by the clock of this
 * very call: erasing cannot be taken back, and one clock that once ran ahead must not bring every date forward.
 */
function assertDue(record: StoredKey, version: string | undefined, { now }: Call): void {
  for (const { version: name, native, destroyAt } of meantVersions(record, version)) {
    if (native === "destroyed" || (destroyAt !== undefined && destroyAt <= now)) continue;
    const found = destroyAt === undefined ? "has no destruction scheduled" : "is not due for destruction yet";
    throw new KmsError("NOT_READY", `The key is not gone: version ${name} ${found}. Nothing was erased.`, {
      keyId: record.id,
    });
  }
}
