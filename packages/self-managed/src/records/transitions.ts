import { conditionOf, nextCondition, stateOf, type Condition, type LifecycleEvent, type State } from "@kms/core/driver";
import { invalidState, notFound } from "../errors.ts";
import type {
  CancelledState,
  StoredKey,
  StoredRevocation,
  StoredState,
  StoredTransition,
  StoredVersion,
} from "./key-record.ts";
import type { Stamp } from "./stamp.ts";

/** What is to happen to a key or one of its versions. */
export interface Change {
  readonly stamp: Stamp;
  readonly event: Exclude<LifecycleEvent, "activate">;
  /** With deactivate and compromise. */
  readonly revocation?: StoredRevocation | undefined;
  /** With schedule-destruction. */
  readonly destroyAt?: number | undefined;
}

/** The condition of a stored version at a time. */
export const conditionAt = (version: StoredVersion, at: number): Condition =>
  conditionOf(
    {
      native: version.native,
      notBefore: version.notBefore === undefined ? undefined : new Date(version.notBefore),
      notAfter: version.notAfter === undefined ? undefined : new Date(version.notAfter),
    },
    at,
  );

/** A version of a stored key. `NOT_FOUND` when it has none of that number. */
export function versionOf(record: StoredKey, version: string): StoredVersion {
  const found = record.versions.find((stored) => stored.version === version);
  if (found !== undefined) return found;
  throw notFound(record.id, version);
}

/**
 * The record after a change to one version or, with `version` undefined, to every version that can make it. The same
 * object when nothing changes. `INVALID_STATE` when the version, or none of them, can; then nothing is changed.
 */
export function changed(record: StoredKey, version: string | undefined, change: Change): StoredKey {
  const found = upToDate(record, change.stamp.at);
  const meant = version === undefined ? found.versions : [versionOf(found, version)];
  const able = meant.filter(
    (stored) => nextCondition(conditionAt(stored, change.stamp.at), change.event) !== undefined,
  );
  if (able.length === 0) {
    const told = versionOf(found, version ?? record.currentVersion);
    throw invalidState(record.id, told.version, conditionAt(told, change.stamp.at), `Event ${change.event}`);
  }
  const versions = found.versions.map((stored) => (able.includes(stored) ? moved(stored, change) : stored));
  return versions.every((stored, index) => stored === found.versions[index])
    ? record
    : Object.freeze<StoredKey>({ ...record, versions: Object.freeze(versions), revision: record.revision + 1 });
}

/**
 * The record with every transition that a date has made until a time. Dates take effect by themselves; what they did is
 * written with the key's next change, under the date itself: nobody did it, and nobody gave a reason.
 */
export const upToDate = (record: StoredKey, at: number): StoredKey => ({
  ...record,
  versions: record.versions.map((version) => dated(version, at)),
});

function dated(version: StoredVersion, now: number): StoredVersion {
  const { native, notBefore, notAfter } = version;
  const history = [...version.history];
  const nobody = { actor: undefined, revocation: undefined, reason: undefined };
  const isIn = (state: State): boolean => native === "enabled" && history.at(-1)?.to === state;
  if (isIn("pre-activation") && notBefore !== undefined && notBefore <= now) {
    history.push({ ...nobody, at: notBefore, event: "activate", from: "pre-activation", to: "active" });
  }
  if (isIn("active") && notAfter !== undefined && notAfter <= now) {
    history.push({ ...nobody, at: notAfter, event: "deactivate", from: "active", to: "deactivated" });
  }
  const isNews = history.length > version.history.length;
  return isNews ? Object.freeze<StoredVersion>({ ...version, history: Object.freeze(history) }) : version;
}

function moved(version: StoredVersion, change: Change): StoredVersion {
  const { stamp, event, revocation } = change;
  const { at, actor, reason } = stamp;
  const from = conditionAt(version, at);
  const next: StoredVersion = { ...version, ...effect(version, from, change) };
  const to = conditionAt(next, at);
  const isNews = revocation !== undefined && isWorse(revocation, version.revocation);
  if (from === to && !isNews) return version;
  const why = revocation?.reason;
  const entry: StoredTransition = { at, actor, event, from: stateOf(from), to: stateOf(to), revocation: why, reason };
  return Object.freeze<StoredVersion>({
    ...next,
    revocation: isNews ? revocation : version.revocation,
    history: Object.freeze([...version.history, entry]),
  });
}

/** A first revocation is recorded; later only a compromise found out is (transition 14, and after Destroyed). */
const isWorse = (found: StoredRevocation, known: StoredRevocation | undefined): boolean =>
  known === undefined || (found.reason === "key-compromise" && known.reason !== "key-compromise");

type Effect = Partial<Pick<StoredVersion, "native" | "destroyAt" | "cancelTo" | "material">>;

function effect(version: StoredVersion, from: Condition, change: Change): Effect {
  switch (change.event) {
    case "disable":
      return { native: "disabled" };
    case "enable":
      return { native: "enabled" };
    case "deactivate":
      return { native: "process-only" };
    case "compromise":
      if (from === "destroyed") return {};
      return from === "destruction-scheduled" ? { cancelTo: "compromised" } : { native: "compromised" };
    case "schedule-destruction":
      return { native: "destruction-scheduled", destroyAt: change.destroyAt, cancelTo: cancelledState(from) };
    case "cancel-destruction":
      return { native: version.cancelTo ?? "disabled", destroyAt: undefined, cancelTo: undefined };
    case "destroy":
      return { native: "destroyed", destroyAt: undefined, cancelTo: undefined, material: undefined };
  }
}

/** Where cancelling leads from what was scheduled: never back to Active, never out of Deactivated or Compromised. */
function cancelledState(from: Condition): CancelledState {
  if (from === "deactivated") return "process-only";
  return from === "compromised" ? "compromised" : "disabled";
}

/** The condition in which the key itself is: its current version's. */
export const nativeOf = (record: StoredKey): StoredState => versionOf(record, record.currentVersion).native;
