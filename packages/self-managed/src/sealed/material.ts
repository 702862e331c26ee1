import { KmsError } from "@kms/core/driver";
import { equalBytes } from "../primitives.ts";
import { KeyMaterial, type StoredKey, type StoredVersion } from "../records/key-record.ts";
import { encode, object } from "./format.ts";
import { unwrapOnce, wrapOnce } from "./one-use.ts";
import {
  immutableKey,
  immutableVersion,
  type ImmutableKey,
  type ImmutableVersion,
  type SealedKey,
  type SealedVersion,
} from "./record-body.ts";
import { storeIdentity, type StoreIdentity, type StoreKeys } from "./store-keys.ts";

/** Where material came from: it goes back there as it was. */
interface Origin {
  readonly keys: StoreKeys;
  readonly id: string;
  readonly version: string;
  readonly bound: Uint8Array;
  readonly wrap: Uint8Array;
}

const origins = new WeakMap<KeyMaterial, Origin>();
interface Associated {
  readonly key: ImmutableKey;
  readonly store: StoreIdentity;
  readonly version: ImmutableVersion;
}

const associated = object<Associated>({ key: immutableKey, store: storeIdentity, version: immutableVersion });

/**
 * What a wrap is bound to, in canonical JSON: the store, its lineage, the generation of its key, and every field of key
 * and version that never changes. Material under any other of these does not open.
 */
const associatedWith = (keys: StoreKeys, key: ImmutableKey, version: ImmutableVersion): Uint8Array =>
  encode(associated, { key, store: keys.identity, version });

/**
 * The wrap of a version's material. What `openMaterial` gave out for this very version is given back byte for byte and
 * never opened: `INVALID_ARGUMENT` when a field that it is bound to has changed meanwhile. Anything else is wrapped under
 * a fresh salt: new material, and all of a store that gets a new key or lineage. `INVALID_STATE` for erased material.
 */
export function sealMaterial(keys: StoreKeys, key: StoredKey, version: StoredVersion): Uint8Array | undefined {
  const { material } = version;
  if (material === undefined) return undefined;
  const bound = associatedWith(keys, key, version);
  const origin = origins.get(material);
  if (origin?.keys === keys && origin.id === key.id && origin.version === version.version) {
    if (equalBytes(origin.bound, bound)) return origin.wrap;
    const found = `what never changes of version ${version.version} is not what it was`;
    throw new KmsError("INVALID_ARGUMENT", `Sealing a key: ${found}. Nothing was sealed.`, { keyId: key.id });
  }
  return material.use((bytes) => wrapOnce(keys.material, "material", bytes, bound));
}

/** Material that is opened at each use and kept sealed between: `TAMPERED` then, when its wrap is not what was written for this version. */
export function openMaterial(keys: StoreKeys, key: SealedKey, version: SealedVersion): KeyMaterial | undefined {
  const { material: wrap } = version;
  if (wrap === undefined) return undefined;
  const bound = associatedWith(keys, key, version);
  const material = new KeyMaterial(() => {
    const opened = unwrapOnce(keys.material, "material", wrap, bound);
    if (typeof opened !== "string") return opened;
    const found = `the material of version ${version.version} does not open under this store's key`;
    throw new KmsError("TAMPERED", `Using key ${key.id}: ${found}. Restore the store from a copy that you trust.`, {
      keyId: key.id,
    });
  });
  origins.set(material, { keys, id: key.id, version: version.version, bound, wrap });
  return material;
}
