import { KmsError, type KeyConf } from "@kms/core/driver";
import type { SelfManagedAlgorithm } from "../algorithms.ts";
import { keyIdOf } from "../key-id.ts";
import type { SelfManagedDriver } from "../options.ts";
import { describe } from "../records/describe.ts";
import type { LoadedKeys } from "../records/loaded-keys.ts";
import { stampOf, type Stamp } from "../records/stamp.ts";
import { createOnce } from "../records/storing.ts";
import type { KeyStore } from "../stores/store.ts";
import { assertNotOver } from "./configuration.ts";
import { newKey } from "./making.ts";
import { importedMaterial } from "./material.ts";

type Importing = Required<Pick<SelfManagedDriver, "beginImport" | "completeImport">>;

/**
 * Import in one step: nothing is wrapped on the way, because the material never leaves this process. The whole key is
 * stored or nothing is: its material is checked and used once before the record is written.
 */
export const importing = (store: KeyStore, keys: LoadedKeys): Importing => {
  const begin = (conf: KeyConf<SelfManagedAlgorithm>, stamp: Stamp): string => {
    keys.assertOpen();
    assertNotOver(conf, stamp);
    return keyIdOf(store.storeId, conf.name);
  };
  return {
    beginImport: async (conf, into, call) => {
      if (into !== undefined) {
        throw new KmsError("UNSUPPORTED", "Own keys are imported as new keys; rotateKey makes further versions.");
      }
      begin(conf, stampOf(store, call));
      return { id: undefined, wrap: "none", state: null };
    },
    completeImport: async (ticket, conf, given, call) => {
      const stamp = stampOf(store, call);
      const id = begin(conf, stamp);
      if (ticket.wrap !== "none") {
        throw new KmsError("INVALID_ARGUMENT", "Own keys take material as it is, not wrapped.");
      }
      const material = await importedMaterial(conf.algorithm, given);
      keys.assertOpen();
      const made = newKey(id, conf, material, { stamp, createdBy: call.idempotencyToken, origin: "imported" });
      return describe(await createOnce(store, made), stamp.at);
    },
  };
};
