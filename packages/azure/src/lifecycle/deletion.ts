import { KmsError, type Call, type Changed, type KeyReference } from "@kms/core/driver";
import type { CallSettings, Connection } from "../client.ts";
import { halfDone } from "../errors.ts";
import { nameOf } from "../key-id.ts";
import { confirmDestruction } from "./confirming.ts";
import {
  changeVersions,
  livingKey,
  readDeletedKey,
  refuseIllegal,
  refuseUnknown,
  type ChangedVersions,
} from "./changes.ts";
import { keyCondition, recordOf, type AzureRecord, type DriverPart, type Vault } from "../records.ts";
import { deletedRecord, putUnderWay } from "../records/deleted.ts";
import { forgetEnding, rememberDeleted } from "../records/endings.ts";
import { readKey } from "../records/reading.ts";

/** Deletion with a way back: Azure's soft delete is the scheduled destruction of a whole key. */
export const deletion = (
  vault: Vault,
): DriverPart<"scheduleDestruction" | "cancelDestruction" | "completeDestruction"> => ({
  scheduleDestruction: (key, version, windowDays, call) => {
    if (windowDays !== undefined) {
      throw new KmsError(
        "UNSUPPORTED",
        "Azure fixes the destruction window for the whole vault; leave windowDays out.",
      );
    }
    wholeKey(version);
    return scheduleDestruction(vault, key, call);
  },
  cancelDestruction: (key, version, call) => {
    wholeKey(version);
    return cancelDestruction(vault, key, call);
  },
  completeDestruction: (key, version, call) => {
    wholeKey(version);
    return confirmDestruction(vault, key, call);
  },
});

function wholeKey(version: string | undefined): void {
  if (version === undefined) return;
  throw new KmsError("UNSUPPORTED", "Azure deletes and recovers whole keys; leave keyVersion out.");
}

/**
 * Every version is disabled, then the key is deleted: so that recovering it ends in Suspended. Where a version could not be
 * disabled, the key is left and the version is `unfinished`. `UNSUPPORTED` in a vault without soft delete, where a
 * deletion would be the end at once.
 */
async function scheduleDestruction(vault: Vault, key: KeyReference, call: Call): Promise<Changed<never>> {
  const what = "its destruction was to be scheduled";
  const before = await livingKey(vault, key, what, call);
  refuseIllegal(key, keyCondition(recordOf(before, call.now), call.now), "schedule-destruction", what);
  if (before.versions.at(-1)?.recoveryLevel === "Purgeable") {
    throw new KmsError(
      "UNSUPPORTED",
      "The vault has no soft delete: a deletion would be the end at once. Turn soft delete on for the vault.",
      { keyId: key.id },
    );
  }
  const wanted = before.versions.filter((version) => version.enabled !== false);
  const disabled = await changeVersions(vault, before, { wanted, changeOf: () => ({ enabled: false }) }, call);
  if (disabled.unfinished.length > 0) {
    return { record: recordOf(disabled.description, call.now), unfinished: disabled.unfinished };
  }
  return { record: await deleteKey(vault, key, disabled, call), unfinished: [] };
}

async function deleteKey(
  vault: Vault,
  key: KeyReference,
  { description, changed }: ChangedVersions,
  call: Call,
): Promise<AzureRecord> {
  const record = recordOf(description, call.now);
  try {
    const destroyAt = await begun(vault.connection, "DELETE", call, async (keys, settings) => {
      await keys.beginDeleteKey(description.name, settings);
    });
    const known = record.versions.map(({ version }) => version);
    rememberDeleted(vault, description.name, { purgeAt: destroyAt, versions: known });
    const state = "destruction-scheduled";
    const versions = record.versions.map((version) => ({ ...version, native: state, destroyAt }) as const);
    return putUnderWay(vault, { ...record, state, destroyAt, versions, findings: undefined }, "deleted");
  } catch (cause) {
    if (changed === 0) throw cause;
    const message = "The key's versions were disabled, but the key was not deleted, or that is not known; repeat it.";
    throw halfDone(cause, "scheduleDestruction", key.id, message);
  }
}

/** Recovers a deleted key, if it is the handle's (`refuseUnknown`). While that takes time, the key still reads as scheduled for destruction. */
async function cancelDestruction(vault: Vault, key: KeyReference, call: Call): Promise<Changed<never>> {
  const name = nameOf(key.id);
  const deleted = await readDeletedKey(vault, key, "a scheduled destruction was to be cancelled", call);
  refuseUnknown(vault, key, deleted);
  await begun(vault.connection, "POST", call, async (keys, settings) => {
    await keys.beginRecoverDeletedKey(name, settings);
  });
  putUnderWay(vault, deletedRecord(vault, deleted), "living");
  forgetEnding(vault, name);
  try {
    return { record: await readKey(vault, name, call, key), unfinished: [] };
  } catch (cause) {
    const message = "The destruction itself was cancelled, but the key could not be read afterwards; describe it.";
    throw halfDone(cause, "cancelDestruction", key.id, message);
  }
}

/**
 * Begins what takes time, and answers when a deleted key is purged, as the answer says. The SDK's poller asks once more
 * after it has begun; whatever becomes of that question, what was begun is.
 */
async function begun(
  connection: Connection,
  method: string,
  call: Call,
  begin: (keys: Parameters<Parameters<Connection["ask"]>[0]>[0], settings: CallSettings) => Promise<void>,
): Promise<Date | undefined> {
  let isBegun = false;
  let destroyAt: Date | undefined;
  const watched = (settings: CallSettings): CallSettings => ({
    ...settings,
    onResponse: (response) => {
      if (response.request.method === method && response.status < 300) {
        isBegun = true;
        destroyAt = purgeDate(response.parsedBody);
      }
      settings.onResponse(response);
    },
  });
  try {
    await connection.ask((keys, settings) => begin(keys, watched(settings)), call);
  } catch (cause) {
    if (!isBegun) throw cause;
  }
  return destroyAt;
}

const purgeDate = (body: unknown): Date | undefined => {
  if (typeof body !== "object" || body === null || !("scheduledPurgeDate" in body)) return undefined;
  const { scheduledPurgeDate: seconds } = body;
  return typeof seconds === "number" ? new Date(seconds * 1000) : undefined;
};
