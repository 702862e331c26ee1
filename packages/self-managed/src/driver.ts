import { KmsError } from "@kms/core/driver";
import { agreement } from "./agreement.ts";
import { selfManagedAlgorithms } from "./algorithms.ts";
import { capabilitiesOver } from "./capabilities.ts";
import { dataKeys } from "./data-keys.ts";
import { encryption } from "./encryption.ts";
import { classify } from "./errors.ts";
import { isStoreId, isVersion, scopeOf } from "./key-id.ts";
import { keyOperations } from "./keys.ts";
import { lifecycle } from "./lifecycle.ts";
import { mac } from "./mac.ts";
import type { SelfManagedDriver, SelfManagedOptions } from "./options.ts";
import { LoadedKeys } from "./records/loaded-keys.ts";
import type { KeyStore } from "./stores/store.ts";
import { signing } from "./signing.ts";
import { wrapping } from "./wrapping.ts";

/**
 * The application's own keys, kept in a store and used in this process. Loaded keys are used synchronously; the state of
 * a key version is judged at every use. Closing the driver lets go of what it loaded and leaves the store open.
 * `INVALID_ARGUMENT` when the store is missing or its id is not 128 bits in lower-case hexadecimal.
 */
export async function selfManagedKms(options: SelfManagedOptions): Promise<SelfManagedDriver> {
  const store: KeyStore | undefined = options?.store;
  if (typeof store?.storeId !== "string" || !isStoreId(store.storeId)) {
    throw new KmsError("INVALID_ARGUMENT", "selfManagedKms needs a store, such as memoryStore().");
  }
  const keys = new LoadedKeys(store);
  return Object.freeze<SelfManagedDriver>({
    specificationVersion: 1,
    capabilities: capabilitiesOver(store.visibleWithinMs),
    algorithms: selfManagedAlgorithms,
    isVersion,
    sameKey: (a, b) => a === b,
    scopeOf,
    serves: (scope) => scope === store.storeId,
    classify,
    ...keyOperations(store, keys),
    ...encryption(keys),
    ...dataKeys(keys),
    ...signing(keys),
    ...mac(keys),
    ...wrapping(keys),
    ...agreement(keys),
    ...lifecycle(store, keys),
    health: async () => {
      keys.assertOpen();
      const { notes, rollbackProtection = "none", keepsTime } = await store.health();
      return { notes, rollbackProtection, keepsTime };
    },
    latestTime: () => store.latestTime(),
    close: async () => keys.close(),
  });
}
