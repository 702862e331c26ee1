import type { KeyHandle } from "../../contract/key.ts";
import type { KeyRecord } from "../../contract/record.ts";
import type { Awaitable } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { nativeState } from "../../keys/states.ts";
import { afterwards, changing, drive, poll } from "../drive.ts";
import type { Row } from "../pipeline.ts";
import type { KeyTask } from "../task.ts";
import { forget } from "../versions.ts";
import { rebind } from "./keys.ts";
import { checkManaged } from "./lifecycle.ts";
import { readOwnRecord } from "./records.ts";
import { member, questionOf } from "./use.ts";

/** A new version that protects from now on; the answered handle pins it. */
export const rotateKey: Row<KeyTask, undefined, KeyHandle> = {
  operation: "rotateKey",
  effect: "manage",
  mutates: true,
  check: (task) => checkManaged(task, "rotateKey"),
  question: (task) => questionOf(task, "protect"),
  work: async (task) => {
    const { driver } = task.provider;
    const { keyId } = task.key.claims;
    const rotate = member(task, "rotate");
    const rotated = await changed(task, () => drive(task, changing, (call) => rotate(task.key.reference, call)));
    return afterwards(
      task,
      keyId,
      "The rotation itself was begun: a new version is there or to come, and need not protect yet; refreshHandle shows which does. Rotating again makes another.",
      async () => {
        const isReady = (record: KeyRecord): boolean => newVersion(record, rotated) !== undefined;
        const settled = await poll(task, () => readOwnRecord(task, keyId), isReady);
        const version = newVersion(settled, rotated) ?? "";
        task.version = version;
        const { promote } = driver;
        if (promote === undefined) return rebind(task, withCurrent(settled, version));
        const target = { ...task.key.reference, version };
        const promoted = await changed(task, () => drive(task, changing, (call) => promote(target, call)));
        const shown = isReady(promoted) ? promoted : await poll(task, () => readOwnRecord(task, keyId), isReady);
        return rebind(task, withCurrent(shown, version));
      },
    );
  },
};

/** Carries out a change; what is read after it counts, what was read before does not. */
async function changed<R>(task: KeyTask, change: () => Awaitable<R>): Promise<R> {
  try {
    return await change();
  } finally {
    forget(task);
    task.begunAt = task.instance.changes;
  }
}

/**
 * A provider that is consistent only after a while may still show what was current before: then the version just made is. One
 * that came after it counts as it is shown.
 */
function withCurrent(record: KeyRecord, made: string): KeyRecord {
  const at = (version: string | undefined): number => record.versions.findIndex((found) => found.version === version);
  const { currentVersion } = record;
  const isEarlier = currentVersion === undefined || (at(currentVersion) >= 0 && at(currentVersion) < at(made));
  return isEarlier ? { ...record, currentVersion: made } : record;
}

/** The version that a rotation made, once it is ready; where the driver could not name it, the one that took over. */
function newVersion(
  record: KeyRecord,
  rotated: { readonly record: KeyRecord; readonly version: string | undefined },
): string | undefined {
  const version =
    rotated.version ?? (record.currentVersion === rotated.record.currentVersion ? undefined : record.currentVersion);
  const native = record.versions.find((found) => found.version === version)?.native;
  if (native === "failed") {
    throw new KmsError("INVALID_STATE", "The provider failed to make the new version; the old one stays current.", {
      keyId: record.id,
      state: "destroyed",
      outcome: "done",
    });
  }
  if (native === undefined || native === "pending") return undefined;
  if (native === "enabled") return version;
  throw new KmsError("INVALID_STATE", "The new version was made, and somebody has stopped it since.", {
    keyId: record.id,
    state: nativeState(native),
    outcome: "done",
  });
}
