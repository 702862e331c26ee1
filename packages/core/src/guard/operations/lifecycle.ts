import type { Capabilities } from "../../contract/capabilities.ts";
import type { KeyReference } from "../../contract/driver.ts";
import type { Changed, KeyRecord } from "../../contract/record.ts";
import type { Revocation, Transition } from "../../contract/results.ts";
import type { Awaitable, KeyOperation, State } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { versionState } from "../../keys/states.ts";
import { afterwards, changing, drive, poll } from "../drive.ts";
import { amended } from "../failure.ts";
import type { Row } from "../pipeline.ts";
import { unsupported } from "../provider.ts";
import type { KeyTask } from "../task.ts";
import type { ChangeAt, VendorChangeOperation } from "../vendor-change.ts";
import { forget } from "../versions.ts";
import { keyState } from "./describing.ts";
import { readOwnRecord } from "./records.ts";
import { member } from "./use.ts";

/** Which version a transition means; undefined for the whole key. */
export interface OneVersion {
  readonly version: string | undefined;
}

/** `UNSUPPORTED` where the row does not claim the operation, or its unit is the key and a version is named. */
export function checkManaged(
  task: KeyTask,
  operation: KeyOperation,
  unit?: keyof Capabilities["unit"],
  version?: string,
): void {
  const { row, provider } = task.key;
  if (row.operations[operation] === undefined) throw unsupported(provider.name, operation, row.algorithm);
  if (version !== undefined && unit !== undefined && provider.driver.capabilities.unit[unit] === "key") {
    throw unsupported(provider.name, operation, "a single version: there the whole key is the unit");
  }
}

/** Carries a change out, forgets what was known of the key, and says where it led. */
async function change(
  task: KeyTask,
  version: string | undefined,
  work: (key: KeyReference) => Promise<Changed<unknown>>,
): Promise<Transition> {
  task.version = version;
  try {
    return transition(task, version, await work(task.key.reference));
  } catch (error) {
    throw await withState(task, version, error);
  } finally {
    forget(task);
  }
}

/** A refusal for the key's state says which: where the provider does not, it is read. */
async function withState(task: KeyTask, version: string | undefined, error: unknown): Promise<unknown> {
  if (!KmsError.isInstance(error) || error.code !== "INVALID_STATE" || error.state !== undefined) return error;
  try {
    const record = await readOwnRecord(task, task.key.claims.keyId);
    return amended(error, { state: stateIn(record, version, task.now) });
  } catch {
    return error; // whoever may change a key may not always read it; the refusal itself counts
  }
}

function transition(task: KeyTask, version: string | undefined, { record, unfinished }: Changed<unknown>): Transition {
  if (!task.provider.driver.sameKey(record.id, task.key.claims.keyId)) {
    throw new KmsError("TAMPERED", "The provider answered with another key than the one to be changed.", {
      outcome: "unknown",
    });
  }
  const one = record.versions.find((found) => found.version === version);
  return Object.freeze({
    state: stateIn(record, version, task.now),
    destroyAt: one === undefined ? record.destroyAt : one.destroyAt,
    unfinished: Object.freeze(
      unfinished.map(({ version: keyVersion, cause }) =>
        Object.freeze({ keyVersion, code: task.failureOf(cause, true).code }),
      ),
    ),
  });
}

function stateIn(record: KeyRecord, version: string | undefined, now: number): State {
  const one = record.versions.find((found) => found.version === version);
  return one === undefined ? keyState(record, now) : versionState(one, now);
}

/** A provider's own form of a change to the whole key. */
export const vendorChange = (operation: VendorChangeOperation, at: ChangeAt): Row<KeyTask, undefined, Transition> => ({
  operation,
  effect: "manage",
  mutates: true,
  check: (task) => checkManaged(task, operation),
  work: (task) =>
    change(task, undefined, async (key) => drive(task, changing, (call) => at(key, task.provider.driver, call))),
});

const switching = (operation: "disableKey" | "enableKey"): Row<KeyTask, OneVersion, Transition> => ({
  operation,
  effect: "manage",
  mutates: true,
  check: (task, { version }) => checkManaged(task, operation, "disable", version),
  work: (task, { version }) => {
    const setEnabled = member(task, "setEnabled");
    return change(task, version, async (key) =>
      drive(task, changing, (call) => setEnabled(key, version, operation === "enableKey", call)),
    );
  },
});

/** To Suspended. */
export const disableKey: Row<KeyTask, OneVersion, Transition> = switching("disableKey");
/** From Suspended. */
export const enableKey: Row<KeyTask, OneVersion, Transition> = switching("enableKey");

/** To Compromised or Deactivated, for good. */
export const revokeKey: Row<KeyTask, OneVersion & { readonly revocation: Revocation }, Transition> = {
  operation: "revokeKey",
  effect: "manage",
  mutates: true,
  check: (task, { version, revocation }) => {
    checkManaged(task, "revokeKey", "revoke", version);
    checkState(task, revocation);
  },
  work: (task, { version, revocation }) => {
    const revoke = member(task, "revoke");
    return change(task, version, async (key) =>
      drive(task, changing, (call) => revoke(key, version, revocation, call)),
    );
  },
};

/** `UNSUPPORTED` where the provider does not have the state that the reason leads to. */
function checkState({ provider }: KeyTask, { reason }: Revocation): void {
  const to = reason === "key-compromise" ? "compromised" : "deactivated";
  if (provider.driver.capabilities.states[to] !== "unsupported") return;
  throw unsupported(provider.name, "revokeKey", `the reason ${reason}: it does not have the state ${to}`);
}

/** Every use stops; the material goes when the window has passed. */
export const scheduleDestruction: Row<KeyTask, OneVersion & { readonly windowDays: number | undefined }, Transition> = {
  operation: "scheduleDestruction",
  effect: "manage",
  mutates: true,
  check: (task, { version, windowDays }) => {
    checkManaged(task, "scheduleDestruction", "destroy", version);
    checkWindow(task.provider.driver.capabilities.destructionWindow, windowDays);
  },
  work: (task, { version, windowDays }) => {
    const schedule = member(task, "scheduleDestruction");
    const { chosen } = task.provider.driver.capabilities.destructionWindow;
    const days = windowDays ?? (chosen === "per-call" ? task.key.claims.destructionWindowDays : undefined);
    return change(task, version, async (key) => drive(task, changing, (call) => schedule(key, version, days, call)));
  },
};

function checkWindow(
  { chosen, minimumDays, maximumDays }: Capabilities["destructionWindow"],
  days: number | undefined,
): void {
  if (days === undefined) return;
  if (chosen !== "per-call") {
    throw new KmsError(
      "UNSUPPORTED",
      `This provider fixes the destruction window ${chosen === "per-key" ? "when the key is made (destructionWindowDays)" : "itself"}; leave windowDays out.`,
    );
  }
  if (days >= minimumDays && days <= maximumDays) return;
  throw new KmsError(
    "INVALID_ARGUMENT",
    `The destruction window here is ${minimumDays} to ${maximumDays} days; ${days} was given.`,
  );
}

/** What was scheduled ends in Suspended: where the provider gives it back enabled, it is disabled. Other versions are left as they are. */
export const cancelDestruction: Row<KeyTask, OneVersion, Transition> = {
  operation: "cancelDestruction",
  effect: "manage",
  mutates: true,
  check: (task, { version }) => checkManaged(task, "cancelDestruction", "destroy", version),
  work: (task, { version }) => {
    const cancel = member(task, "cancelDestruction");
    return change(task, version, async (key) => {
      const scheduled = await scheduledAt(task, version);
      const changed = await onceReady(task, () => drive(task, changing, (call) => cancel(key, version, call)));
      return afterwards(task, key.id, "The destruction itself was cancelled.", async () => {
        const record = await cancelled(task, changed, scheduled);
        const revived = scheduled.filter((one) => stateOf(record, one) === "enabled");
        let last: Changed<unknown> = { ...changed, record };
        for (const one of revived) last = await disabledToo(task, key, one, last);
        return last;
      });
    });
  },
};

/** What was scheduled: the version that is named, the whole key (undefined) where that is the unit, else the versions that read so. */
async function scheduledAt(task: KeyTask, version: string | undefined): Promise<readonly (string | undefined)[]> {
  if (version !== undefined || task.provider.driver.capabilities.unit.destroy === "key") return [version];
  const { versions } = await readOwnRecord(task, task.key.claims.keyId);
  return versions.filter(({ native }) => native === "destruction-scheduled").map((found) => found.version);
}

async function disabledToo(
  task: KeyTask,
  key: KeyReference,
  version: string | undefined,
  { unfinished }: Changed<unknown>,
): Promise<Changed<unknown>> {
  const setEnabled = member(task, "setEnabled");
  const disabled = await drive(task, changing, (call) => setEnabled(key, version, false, call));
  return { ...disabled, unfinished: [...unfinished, ...disabled.unfinished] };
}

/** A provider that has only just scheduled a destruction may not be ready to cancel it: nothing has changed, and it is asked again. */
const onceReady = (task: KeyTask, ask: () => Awaitable<Changed<unknown>>): Promise<Changed<unknown>> =>
  poll(task, async () => {
    try {
      return await ask();
    } catch (error) {
      if (KmsError.isInstance(error) && error.code === "NOT_READY" && error.outcome === "none") return undefined;
      throw error;
    }
  });

const stateOf = (record: KeyRecord, version: string | undefined): KeyRecord["state"] | undefined =>
  version === undefined ? record.state : record.versions.find((found) => found.version === version)?.native;

/** A cancelled destruction may read as scheduled for a while; one that is unfinished goes on reading so. */
async function cancelled(
  task: KeyTask,
  { record, unfinished }: Changed<unknown>,
  scheduled: readonly (string | undefined)[],
): Promise<KeyRecord> {
  const meant = scheduled.filter((one) => !unfinished.some(({ version }) => version === one));
  const isCancelled = (found: KeyRecord): boolean =>
    meant.every((one) => stateOf(found, one) !== "destruction-scheduled");
  return isCancelled(record) ? record : poll(task, () => readOwnRecord(task, task.key.claims.keyId), isCancelled);
}
