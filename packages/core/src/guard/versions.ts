import type { KeyRecord } from "../contract/record.ts";
import type { Awaitable } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import type { HandleClaims } from "../keys/handle.ts";
import { checkAge } from "../keys/policy.ts";
import type { BoundKey } from "./bound-key.ts";
import { drive, harmless } from "./drive.ts";
import type { Instance } from "./instance.ts";
import type { KeyMemory } from "./memory.ts";
import { isPromised } from "./promised.ts";
import type { KeyTask } from "./task.ts";

/**
 * The version that protects. Provider-picked: none is named. Symmetric and caller-named: the current one, read again when
 * the memory of it is older than `maxStateAgeMs`; where that read is denied, the newest that is known. All else: the
 * newest that the handle pins (`design` §3.3). Then policy is asked about its age.
 */
export function protectingVersion(task: KeyTask): Awaitable<string | undefined> {
  const { key } = task;
  if (key.row.version === "provider") return aged(task, undefined);
  const { purpose } = key.claims;
  if (purpose !== "encryption" && purpose !== "key-wrapping") return pinnedVersion(task);
  const { memory } = key;
  const { currentVersion } = memory;
  if (currentVersion !== undefined && isFresh(task, memory.readAt) && !isSuperseded(key, currentVersion)) {
    return aged(task, currentVersion);
  }
  return readCurrent(task).then((version) => aged(task, version));
}

/** The newest version that the handle pins: it signs, makes MACs and encrypts under RSA. Then policy is asked about its age. */
export function pinnedVersion(task: KeyTask): string {
  const { signingVersion } = task.key;
  aged(task, signingVersion);
  return signingVersion;
}

/**
 * Whether a proof fits any of the versions, asked one after the other. A version whose state refuses does not hide
 * another that fits; if none fits, its refusal stands.
 */
export function anyVersion(
  versions: readonly string[],
  verdict: (version: string) => Awaitable<boolean>,
  refused?: KmsError | undefined,
): Awaitable<boolean> {
  let refusal = refused;
  for (const [at, version] of versions.entries()) {
    try {
      const fits = verdict(version);
      if (isPromised(fits)) return fitsLater(fits, versions.slice(at + 1), verdict, refusal);
      if (fits) return true;
    } catch (error) {
      refusal ??= stateRefusal(error);
    }
  }
  if (refusal !== undefined) throw refusal;
  return false;
}

async function fitsLater(
  fits: Promise<boolean>,
  others: readonly string[],
  verdict: (version: string) => Awaitable<boolean>,
  refused: KmsError | undefined,
): Promise<boolean> {
  let refusal = refused;
  try {
    if (await fits) return true;
  } catch (error) {
    refusal ??= stateRefusal(error);
  }
  return anyVersion(others, verdict, refusal);
}

function stateRefusal(error: unknown): KmsError {
  if (KmsError.isInstance(error) && error.code === "INVALID_STATE") return error;
  throw error;
}

/** The handle knows a later version than the one that an older handle's reading left in memory. */
function isSuperseded({ claims: { versions, signingVersion } }: BoundKey, remembered: string): boolean {
  if (remembered === signingVersion) return false;
  const at = (version: string | undefined): number => versions.findIndex((pinned) => pinned.version === version);
  return at(remembered) >= 0 && at(remembered) < at(signingVersion);
}

// 0 means: read every time, also within one millisecond.
const isFresh = ({ call, instance: { maxStateAgeMs } }: KeyTask, readAt: number): boolean =>
  maxStateAgeMs > 0 && call.startedAt - readAt <= maxStateAgeMs;

async function readCurrent(task: KeyTask): Promise<string> {
  const { key, instance, provider } = task;
  const { keyId } = key.claims;
  const { memory } = key;
  const begunAt = instance.changes;
  try {
    const record = await drive(task, harmless, (call) => provider.driver.describeKey(keyId, call));
    if (!provider.driver.sameKey(record.id, keyId)) {
      throw new KmsError("TAMPERED", "The provider described another key than the one asked for.");
    }
    refuseStranger(key.claims, record);
    if (memory.changedAt > begunAt && memory.readAt === -Infinity) return await readCurrent(task);
    remember(instance, memory, record, begunAt);
  } catch (error) {
    if (!(KmsError.isInstance(error) && error.code === "PERMISSION_DENIED")) throw error;
    const { currentVersion } = memory;
    if (currentVersion === undefined || isSuperseded(key, currentVersion)) {
      memory.currentVersion = key.signingVersion; // use-only rights suffice
      memory.currentMadeAt = undefined;
    }
    memory.readAt = instance.time.elapsed();
  }
  return memory.currentVersion ?? key.signingVersion;
}

/** `TAMPERED` where none of the versions that the handle pins is there any more: under a name that can be given again, that is another key. */
export function refuseStranger(claims: HandleClaims, record: KeyRecord): void {
  if (hasPinned(claims, record)) return;
  throw new KmsError(
    "TAMPERED",
    "The provider shows a key with none of the versions that the handle pins: another key under the same name. Do not use it; find out what became of yours.",
    { keyId: claims.keyId },
  );
}

/** Does a record that lists every version list one that the handle pins? */
export const hasPinned = ({ versions }: HandleClaims, record: KeyRecord): boolean =>
  !record.versionsComplete ||
  versions.length === 0 ||
  versions.some(({ version }) => record.versions.some((listed) => listed.version === version));

/** Keeps what a record says of the current version, unless the key was changed after the read of it had begun. */
export function remember(instance: Instance, memory: KeyMemory, record: KeyRecord, begunAt: number): void {
  if (memory.changedAt > begunAt) return;
  memory.currentVersion = record.currentVersion;
  const current = record.versions.find(({ version }) => version === record.currentVersion);
  memory.currentMadeAt = current?.createdAt?.getTime();
  memory.readAt = instance.time.elapsed();
}

/** Nothing that was read of a key counts any longer: it was changed. */
export function forget({ instance, key }: KeyTask): void {
  instance.changes += 1;
  key.memory.changedAt = instance.changes;
  key.memory.readAt = -Infinity;
}

/** The version to protect under, once policy lets it. */
function aged(task: KeyTask, version: string | undefined): string | undefined {
  task.version = version;
  checkProtectAge(task, version);
  return version;
}

/** Asks policy how long a version may protect. Where the provider picks it, the one that protected when the handle was made counts. */
export function checkProtectAge(task: KeyTask, version: string | undefined): void {
  const { policy } = task.instance;
  if (policy.maximumProtectAgeDays === undefined) return;
  const { claims, memory } = task.key;
  const meant = version ?? claims.signingVersion;
  const pinned = meant === undefined ? claims.versions.at(-1) : task.key.pinned(meant);
  const remembered = version === memory.currentVersion ? memory.currentMadeAt : undefined;
  checkAge(policy, claims.purpose, pinned?.createdAt ?? remembered, task.now);
}
