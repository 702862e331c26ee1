import { KmsError, permits } from "@kms/core/driver";
import { invalidState, wrongAlgorithm } from "../errors.ts";
import type { SelfManagedDriver } from "../options.ts";
import type { LoadedKeys } from "../records/loaded-keys.ts";
import { stampOf } from "../records/stamp.ts";
import { readKey } from "../records/storing.ts";
import { conditionAt, versionOf } from "../records/transitions.ts";
import type { KeyStore } from "../stores/store.ts";

/**
 * exportKey: material in clear, symmetric keys raw, private keys as PKCS#8 DER, in memory of its own. The record decides
 * once more what the handle said: `POLICY_VIOLATION` unless the key was made exportable. Giving a key out is reading it:
 * `INVALID_STATE` where the version's state does not allow that.
 */
export const exporting = (store: KeyStore, keys: LoadedKeys): Required<Pick<SelfManagedDriver, "exportKey">> => ({
  exportKey: async (key, call) => {
    keys.assertOpen();
    const record = await readKey(store, key.id);
    const { id, algorithm, exportable } = record;
    if (algorithm !== key.algorithm) throw wrongAlgorithm(key, algorithm);
    if (!exportable) {
      throw new KmsError("POLICY_VIOLATION", "This key was not made exportable, and that is fixed for ever.", {
        keyId: id,
      });
    }
    const stored = versionOf(record, key.version);
    const { version, material } = stored;
    const condition = conditionAt(stored, stampOf(store, call).at);
    if (material === undefined || !permits(condition, "process", call.accept)) {
      throw invalidState(id, version, condition, "Exporting a key");
    }
    return { bytes: material.use((bytes) => Uint8Array.from(bytes)), id, version };
  },
});
