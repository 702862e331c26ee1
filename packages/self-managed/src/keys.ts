import { KmsError } from "@kms/core/driver";
import { wrongAlgorithm } from "./errors.ts";
import { resolveReference } from "./key-id.ts";
import { checkConf } from "./keys/configuration.ts";
import { exporting } from "./keys/exporting.ts";
import { importing } from "./keys/importing.ts";
import { making } from "./keys/making.ts";
import type { SelfManagedDriver } from "./options.ts";
import { random } from "./primitives.ts";
import { describe, listingOf } from "./records/describe.ts";
import type { LoadedKeys } from "./records/loaded-keys.ts";
import { stampOf } from "./records/stamp.ts";
import { readKey } from "./records/storing.ts";
import { versionOf } from "./records/transitions.ts";
import type { KeyStore } from "./stores/store.ts";

export { newVersion, type MadeMaterial } from "./keys/making.ts";

const mostRandomBytes = 1_048_576;

type Reading = Pick<SelfManagedDriver, "describeKey" | "listKeys" | "getPublicKey" | "generateRandom">;
type KeyOperations = Reading &
  Pick<SelfManagedDriver, "checkConf" | "createKey" | "beginImport" | "completeImport" | "exportKey">;

/** Making, importing, reading and exporting keys, and random bytes (1 to 1,048,576 at a time). */
export const keyOperations = (store: KeyStore, keys: LoadedKeys): KeyOperations => ({
  checkConf,
  ...making(store, keys),
  ...importing(store, keys),
  ...exporting(store, keys),
  ...reading(store, keys),
});

const reading = (store: KeyStore, keys: LoadedKeys): Reading => ({
  describeKey: async (reference, call) => {
    keys.assertOpen();
    return describe(await readKey(store, resolveReference(store.storeId, reference)), stampOf(store, call).at);
  },
  listKeys: async function* () {
    keys.assertOpen();
    for await (const record of store.list()) yield listingOf(record);
  },
  getPublicKey: async (key) => {
    keys.assertOpen();
    const record = await readKey(store, key.id);
    const { publicKey, version } = versionOf(record, key.version);
    if (publicKey === undefined) throw wrongAlgorithm(key, record.algorithm);
    return { bytes: Uint8Array.from(publicKey), id: record.id, version };
  },
  generateRandom: (lengthBytes) => {
    keys.assertOpen();
    const isCount = Number.isSafeInteger(lengthBytes) && lengthBytes > 0;
    if (isCount && lengthBytes <= mostRandomBytes) return random(lengthBytes);
    throw new KmsError("INVALID_ARGUMENT", `Random bytes come 1 to ${mostRandomBytes} at a time.`);
  },
});
