import { KmsError, type Algorithm, type KeyConf } from "@kms/core/driver";
import { isSelfManagedAlgorithm, recipes, type SelfManagedAlgorithm } from "./algorithms.ts";
import { destructionWindow } from "./capabilities.ts";
import { wrongAlgorithm } from "./errors.ts";
import { keyIdOf, resolveReference } from "./key-id.ts";
import type { SelfManagedDriver } from "./options.ts";
import { generateMaterial, random, type GeneratedMaterial } from "./primitives.ts";
import { describe, listingOf } from "./records/describe.ts";
import { KeyMaterial, type StoredKey, type StoredTransition, type StoredVersion } from "./records/key-record.ts";
import type { LoadedKeys } from "./records/loaded-keys.ts";
import { stampOf, type Stamp } from "./records/stamp.ts";
import { createOnce, readKey } from "./records/storing.ts";
import { versionOf } from "./records/transitions.ts";
import type { KeyStore } from "./stores/store.ts";

const mostRandomBytes = 1_048_576;

type KeyOperations = Pick<
  SelfManagedDriver,
  "checkConf" | "createKey" | "describeKey" | "listKeys" | "getPublicKey" | "generateRandom"
>;

/** Making and reading keys, and random bytes (1 to 1,048,576 at a time). */
export const keyOperations = (store: KeyStore, keys: LoadedKeys): KeyOperations => ({
  checkConf,
  createKey: async (conf, call) => {
    keys.assertOpen();
    const id = keyIdOf(store.storeId, conf.name);
    const stamp = stampOf(store, call);
    if (conf.deactivateAt !== undefined && conf.deactivateAt.getTime() <= stamp.at) {
      throw refused("deactivateAt has passed already; choose a date to come.");
    }
    const record = await createOnce(store, id, call.idempotencyToken, async () => {
      const generated = await generateMaterial(recipes[conf.algorithm]);
      keys.assertOpen();
      return newKey(id, conf, generated, { stamp, createdBy: call.idempotencyToken });
    });
    return describe(record, stamp.at);
  },
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
    throw refused(`Random bytes come 1 to ${mostRandomBytes} at a time.`);
  },
});

/** A new version, with its two recorded transitions: made in Pre-activation, and Active at once unless `notBefore` is to come. */
export function newVersion(
  version: string,
  { material, publicKey }: GeneratedMaterial,
  stamp: Stamp,
  dates: Pick<StoredVersion, "notBefore" | "notAfter">,
): StoredVersion {
  const { at } = stamp;
  const entry = { ...stamp, revocation: undefined };
  const made: StoredTransition = { ...entry, event: "generate", from: undefined, to: "pre-activation" };
  const activated: StoredTransition = { ...entry, event: "activate", from: "pre-activation", to: "active" };
  const waits = dates.notBefore !== undefined && dates.notBefore > at;
  return Object.freeze<StoredVersion>({
    version,
    native: "enabled",
    createdAt: at,
    notBefore: dates.notBefore,
    notAfter: dates.notAfter,
    destroyAt: undefined,
    cancelTo: undefined,
    revocation: undefined,
    material: new KeyMaterial(material),
    publicKey,
    history: Object.freeze(waits ? [made] : [made, activated]),
  });
}

function newKey(
  id: string,
  conf: KeyConf<SelfManagedAlgorithm>,
  generated: GeneratedMaterial,
  { stamp, createdBy }: { readonly stamp: Stamp; readonly createdBy: string },
): StoredKey {
  const notAfter = conf.deactivateAt?.getTime();
  const first = newVersion("1", generated, stamp, { notBefore: conf.activateAt?.getTime(), notAfter });
  return Object.freeze<StoredKey>({
    id,
    revision: 1,
    algorithm: conf.algorithm,
    origin: "generated",
    exportable: conf.exportable ?? false,
    labels: Object.freeze({ ...conf.labels }),
    createdAt: stamp.at,
    createdBy,
    deactivateAt: notAfter,
    destructionWindowDays: conf.destructionWindowDays,
    rotateEveryDays: conf.rotateEveryDays,
    currentVersion: "1",
    versions: Object.freeze([first]),
  });
}

function checkConf({ options, ...conf }: KeyConf<Algorithm, unknown>): KeyConf<SelfManagedAlgorithm> {
  const { algorithm, protection, destructionWindowDays: days } = conf;
  if (options !== undefined) throw refused("Own keys have no options of their own; leave `options` out.");
  if (!isSelfManagedAlgorithm(algorithm)) {
    throw new KmsError(
      "UNSUPPORTED",
      "Own keys do not have that algorithm; see the capabilities for those that they have.",
    );
  }
  if (protection !== undefined && protection !== "software") {
    throw new KmsError("UNSUPPORTED", `Own keys have protection "software", not "${protection}".`);
  }
  const { minimumDays, maximumDays } = destructionWindow;
  if (days !== undefined && !(Number.isSafeInteger(days) && days >= minimumDays && days <= maximumDays)) {
    throw refused(`destructionWindowDays is a whole number from ${minimumDays} to ${maximumDays}.`);
  }
  if (conf.rotateEveryDays !== undefined && !(Number.isSafeInteger(conf.rotateEveryDays) && conf.rotateEveryDays > 0)) {
    throw refused("rotateEveryDays is a whole number from 1 on.");
  }
  if (conf.activateAt !== undefined && conf.deactivateAt !== undefined && conf.activateAt >= conf.deactivateAt) {
    throw refused("deactivateAt must be after activateAt.");
  }
  return { ...conf, algorithm };
}

const refused = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
