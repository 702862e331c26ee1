import type { DeletedKey } from "@azure/keyvault-keys";
import type { Call, KmsErrorCode } from "@kms/core/driver";
import { algorithmsOf, nativeName, protectionOf } from "../algorithms.ts";
import { codeOf, present } from "../errors.ts";
import { keyIdOf } from "../key-id.ts";
import { labelsOf, unknownOrigin, type AzureRecord, type Vault } from "../records.ts";
import { rememberDeleted } from "./endings.ts";
import { checkedKey, keepShape, memoryId } from "./versions.ts";

/** A key among the deleted ones, or on its way; else `absent` is thrown. */
export async function readGone(vault: Vault, name: string, call: Call, absent: unknown): Promise<AzureRecord> {
  const id = memoryId(vault, name);
  try {
    const deleted = await readDeleted(vault, name, call);
    if (vault.memory.underWay.get(id)?.to === "deleted") vault.memory.underWay.delete(id);
    return deletedRecord(vault, deleted);
  } catch (cause) {
    if (!absences.has(codeOf(cause, "describeKey"))) throw cause;
    const underWay = vault.memory.underWay.get(id);
    if (underWay !== undefined && call.now < underWay.purgeAtMs) return underWay.record;
    throw absent;
  }
}

// A vault without soft delete has no deleted keys to ask for.
const absences: ReadonlySet<KmsErrorCode> = new Set<KmsErrorCode>(["NOT_FOUND", "UNSUPPORTED"]);

/** The deleted key of that name. */
export async function readDeleted(vault: Vault, name: string, call: Call): Promise<DeletedKey> {
  const { connection, memory } = vault;
  const key = checkedKey(
    connection.host,
    await connection.ask((keys, settings) => keys.getDeletedKey(name, settings), call),
    { name },
  );
  // One whose recovery was begun here is still shown for a while, with a date that does not hold any more.
  const isLeaving = memory.underWay.get(memoryId(vault, name))?.to === "living";
  if (!isLeaving) {
    const { scheduledPurgeDate: purgeAt, version } = key.properties;
    rememberDeleted(vault, name, { purgeAt, versions: version === undefined ? [] : [version] });
  }
  return key;
}

/** A deleted key in the contract's words. Its older versions cannot be listed. */
export function deletedRecord(vault: Vault, key: DeletedKey): AzureRecord {
  const shape = keepShape(vault, key);
  const { properties } = key;
  const destroyAt = properties.scheduledPurgeDate;
  const version = present(properties.version, "a version");
  return {
    id: keyIdOf(vault.connection.host, key.name),
    native: nativeName(shape),
    algorithms: algorithmsOf(shape, shape.keyOps),
    protection: protectionOf(shape.keyType),
    protectionDetail: properties.hsmPlatform,
    origin: unknownOrigin,
    exportable: properties.exportable ?? false,
    state: "destruction-scheduled",
    currentVersion: version,
    versions: [
      {
        version,
        native: "destruction-scheduled",
        createdAt: properties.createdOn,
        destroyAt,
        publicKey: shape.publicKey,
      },
    ],
    versionsComplete: false,
    labels: labelsOf(properties.tags),
    destructionWindowDays: properties.recoverableDays,
    destroyAt,
  };
}

/** Remembers a key that will not be shown for a while. */
export function putUnderWay(vault: Vault, record: AzureRecord, to: "deleted" | "living"): AzureRecord {
  const purgeAtMs = record.destroyAt?.getTime() ?? Number.POSITIVE_INFINITY;
  vault.memory.underWay.set(record.id.toLowerCase(), { record, to, purgeAtMs });
  return record;
}

/** Forgets a key that was on its way: it is purged. */
export const forgetUnderWay = (vault: Vault, name: string): void => vault.memory.underWay.delete(memoryId(vault, name));
