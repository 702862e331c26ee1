import { KmsError, type Call, type CompletedDestruction, type KeyReference } from "@kms/core/driver";
import { isAzureAlgorithm } from "../algorithms.ts";
import { azureCapabilities } from "../capabilities.ts";
import { codeOf, unchanged } from "../errors.ts";
import { nameOf } from "../key-id.ts";
import { unknownOrigin, type AzureRecord, type Vault } from "../records.ts";
import { isPurged } from "../records/endings.ts";
import { readKey } from "../records/reading.ts";

/**
 * Says that a key is purged, which Azure does by itself: nothing is erased here. While a deletion or a recovery is under way
 * Azure shows a living key under neither name too, so that absence proves nothing to a driver that has not seen the key's end
 * (`isPurged`): `NOT_READY`.
 */
export async function confirmDestruction(
  vault: Vault,
  key: KeyReference,
  call: Call,
): Promise<CompletedDestruction<never>> {
  const { mayRemain } = azureCapabilities(vault.tier).destructionWindow;
  return { record: await endOf(vault, key, call), level: "provider-reported", mayRemain };
}

async function endOf(vault: Vault, key: KeyReference, call: Call): Promise<AzureRecord> {
  const name = nameOf(key.id);
  try {
    return await readKey(vault, name, call, key);
  } catch (cause) {
    if (codeOf(cause, "describeKey") !== "NOT_FOUND") throw unchanged(cause);
  }
  if (isPurged(vault, name, key, call.now)) return purged(key);
  throw new KmsError(
    "NOT_READY",
    "Azure shows no key of that name, living or deleted; so it does also while a deletion or a recovery is under way, and this driver has not seen how it ended. Ask again in case the key comes back; that it is gone for good, only a driver can say that purged it, or that saw it deleted and is asked after the date of its purge.",
    { keyId: key.id },
  );
}

/** What is left to say of a key that is gone. */
const purged = ({ id, native, algorithm, protection }: KeyReference): AzureRecord => ({
  id,
  native,
  algorithms: isAzureAlgorithm(algorithm) ? [algorithm] : [],
  protection,
  origin: unknownOrigin,
  exportable: false,
  state: "destroyed",
  currentVersion: undefined,
  versions: [],
  versionsComplete: false,
  labels: {},
});
