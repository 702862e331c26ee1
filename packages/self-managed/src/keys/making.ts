import type { KeyConf } from "@kms/core/driver";
import { recipes, type SelfManagedAlgorithm } from "../algorithms.ts";
import { keyIdOf } from "../key-id.ts";
import type { SelfManagedDriver } from "../options.ts";
import { generateMaterial, type GeneratedMaterial } from "../primitives.ts";
import { describe } from "../records/describe.ts";
import { KeyMaterial, type StoredKey, type StoredTransition, type StoredVersion } from "../records/key-record.ts";
import type { LoadedKeys } from "../records/loaded-keys.ts";
import { stampOf, type Stamp } from "../records/stamp.ts";
import { createOnce } from "../records/storing.ts";
import type { KeyStore } from "../stores/store.ts";
import { assertNotOver } from "./configuration.ts";

/** createKey: a key of fresh material. A repeated call finds the key that it made. */
export const making = (store: KeyStore, keys: LoadedKeys): Pick<SelfManagedDriver, "createKey"> => ({
  createKey: async (conf, call) => {
    keys.assertOpen();
    const id = keyIdOf(store.storeId, conf.name);
    const stamp = stampOf(store, call);
    assertNotOver(conf, stamp);
    const generated = await generateMaterial(recipes[conf.algorithm]);
    keys.assertOpen();
    const made = newKey(id, conf, generated, { stamp, createdBy: call.idempotencyToken, origin: "generated" });
    return describe(await createOnce(store, made), stamp.at);
  },
});

/** How a version begins: its dates, and whether its material came from elsewhere. */
export interface Beginning extends Pick<StoredVersion, "notBefore" | "notAfter"> {
  /** Default "generated". */
  readonly origin?: StoredKey["origin"] | undefined;
}

/** Material as a version carries it. */
export type MadeMaterial = Pick<StoredVersion, "material" | "publicKey">;

/** A new version, with its two recorded transitions: made in Pre-activation, and Active at once unless `notBefore` is to come. */
export function newVersion(
  version: string,
  { material, publicKey }: MadeMaterial,
  stamp: Stamp,
  { notBefore, notAfter, origin }: Beginning,
): StoredVersion {
  const { at } = stamp;
  const entry = { ...stamp, revocation: undefined };
  const event = origin === "imported" ? "import" : "generate";
  const made: StoredTransition = { ...entry, event, from: undefined, to: "pre-activation" };
  const activated: StoredTransition = { ...entry, event: "activate", from: "pre-activation", to: "active" };
  const waits = notBefore !== undefined && notBefore > at;
  return Object.freeze<StoredVersion>({
    version,
    native: "enabled",
    createdAt: at,
    notBefore,
    notAfter,
    destroyAt: undefined,
    cancelTo: undefined,
    revocation: undefined,
    material,
    publicKey,
    history: Object.freeze(waits ? [made] : [made, activated]),
  });
}

/** Who makes a key, when and why, and where its material comes from. */
export interface Making extends Pick<StoredKey, "createdBy" | "origin"> {
  readonly stamp: Stamp;
}

/** The first record of a key, over material that is the record's from now on. */
export function newKey(
  id: string,
  conf: KeyConf<SelfManagedAlgorithm>,
  { material, publicKey }: GeneratedMaterial,
  { stamp, createdBy, origin }: Making,
): StoredKey {
  const notAfter = conf.deactivateAt?.getTime();
  const made = { material: new KeyMaterial(material), publicKey };
  const first = newVersion("1", made, stamp, { notBefore: conf.activateAt?.getTime(), notAfter, origin });
  return Object.freeze<StoredKey>({
    id,
    revision: 1,
    algorithm: conf.algorithm,
    origin,
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
