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
  encode(associated, { key, store: keys.identity, version }, "record");

/** Material that is opened at each use. It knows where it came from: it goes back there as it was. */
class SealedMaterial extends KeyMaterial {
  readonly #keys: StoreKeys;
  readonly #key: SealedKey;
  readonly #version: SealedVersion;
  readonly #wrap: Uint8Array;

  constructor(keys: StoreKeys, key: SealedKey, version: SealedVersion, wrap: Uint8Array) {
    super(() => this.#opened());
    this.#keys = keys;
    this.#key = key;
    this.#version = version;
    this.#wrap = wrap;
  }

  /** The wrap that this version of this store has already; undefined for another version's or store's. */
  wrapFor(keys: StoreKeys, key: StoredKey, version: StoredVersion): Uint8Array | undefined {
    if (this.#keys !== keys || this.#key.id !== key.id || this.#version.version !== version.version) return undefined;
    if (equalBytes(this.#bound(), associatedWith(keys, key, version))) return this.#wrap;
    const found = `what never changes of version ${version.version} is not what it was`;
    throw new KmsError("INVALID_ARGUMENT", `Sealing a key: ${found}. Nothing was sealed.`, { keyId: key.id });
  }

  #opened(): Uint8Array {
    const opened = unwrapOnce(this.#keys.material, "material", this.#wrap, this.#bound());
    if (typeof opened !== "string") return opened;
    const { id } = this.#key;
    const found = `the material of version ${this.#version.version} does not open under this store's key`;
    throw new KmsError("TAMPERED", `Using key ${id}: ${found}. Restore the store from a copy that you trust.`, {
      keyId: id,
    });
  }

  #bound(): Uint8Array {
    return associatedWith(this.#keys, this.#key, this.#version);
  }
}

/**
 * The wrap of a version's material. What `openMaterial` gave out for this very version is given back byte for byte and
 * never opened: `INVALID_ARGUMENT` when a field that it is bound to has changed meanwhile. Anything else is wrapped under
 * a fresh salt: new material, and all of a store that gets a new key or lineage. `INVALID_STATE` for erased material.
 */
export function sealMaterial(keys: StoreKeys, key: StoredKey, version: StoredVersion): Uint8Array | undefined {
  const { material } = version;
  if (material === undefined) return undefined;
  const known = material instanceof SealedMaterial ? material.wrapFor(keys, key, version) : undefined;
  if (known !== undefined) return known;
  return material.use((bytes) => wrapOnce(keys.material, "material", bytes, associatedWith(keys, key, version)));
}

/** Material that is opened at each use and kept sealed between: `TAMPERED` then, when its wrap is not what was written for this version. */
export const openMaterial = (keys: StoreKeys, key: SealedKey, version: SealedVersion): KeyMaterial | undefined =>
  version.material === undefined ? undefined : new SealedMaterial(keys, key, version, version.material);
