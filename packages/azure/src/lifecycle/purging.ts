import type { KeyHandle } from "@kms/core";
import { changeWith, type Call, type Changed, type KeyReference, type VendorChangeOptions } from "@kms/core/driver";
import { vaultOf } from "../client.ts";
import { nameOf } from "../key-id.ts";
import type { Vault } from "../records.ts";
import { deletedRecord, forgetUnderWay } from "../records/deleted.ts";
import { rememberPurged } from "../records/endings.ts";
import { readDeletedKey, refuseUnknown } from "./changes.ts";

/**
 * Purges a key before its time: a key whose destruction is scheduled is gone for good from now on, and nothing brings it
 * back. Afterwards `getDestructionReceipt` says so, at once by the same driver. To restriction, `authorize` and audit it is a `scheduleDestruction`;
 * `reason` stands in the audit events. Needs the rights `purge` and `get deleted`. `INVALID_STATE` for a key whose
 * destruction is not scheduled: that comes first. `PERMISSION_DENIED` in a vault with purge protection; `NOT_READY` while
 * the deletion is still under way; `STALE_HANDLE` where the newest version is none that the handle pins, unless this driver deleted the key; `UNSUPPORTED` for a key of another adapter.
 */
export async function purgeAzureKey(
  kms: object,
  key: KeyHandle,
  options?: VendorChangeOptions | undefined,
): Promise<void> {
  const change = { key, operation: "scheduleDestruction" } as const;
  await changeWith(kms, change, async (reference, driver, call) => purge(vaultOf(driver), reference, call), options);
}

async function purge(vault: Vault, key: KeyReference, call: Call): Promise<Changed<never>> {
  const name = nameOf(key.id);
  const deleted = await readDeletedKey(vault, key, "a purge was asked for", call);
  refuseUnknown(vault, key, deleted);
  const record = deletedRecord(vault, deleted);
  await vault.connection.ask((keys, settings) => keys.purgeDeletedKey(name, settings), call);
  forgetUnderWay(vault, name);
  rememberPurged(
    vault,
    name,
    record.versions.map(({ version }) => version),
  );
  const versions = record.versions.map(
    (version) => ({ ...version, native: "destroyed", destroyAt: undefined }) as const,
  );
  return { record: { ...record, state: "destroyed", destroyAt: undefined, versions }, unfinished: [] };
}
