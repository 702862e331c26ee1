import { KmsError } from "@kms/core/driver";
import { isStoreId } from "../key-id.ts";
import { deriveBytes, fillRandom, random, secretOf, type KeyObject } from "../primitives.ts";
import { integer, object, text, type Format } from "./format.ts";
import { labels, type Label } from "./labels.ts";

/** What tells a store, and each of its lives, from every other: it stands in every MAC and every wrap. */
export interface StoreIdentity {
  /** 128 random bits in lower-case hexadecimal, fixed at the store's creation. */
  readonly storeId: string;
  /** The same, new whenever the store is set back on purpose (`crypto-rules` 17). */
  readonly lineage: string;
  /** Of the store key, from 1 on. */
  readonly generation: number;
}

const hex128 = text(32, /^[0-9a-f]{32}$/);

/** The members of an identity, for what carries them beside others. */
export const identityMembers: { readonly [Name in keyof StoreIdentity]: Format<StoreIdentity[Name]> } = {
  storeId: hex128,
  lineage: hex128,
  generation: integer(1, Number.MAX_SAFE_INTEGER),
};

/** How an identity stands in JSON. */
export const storeIdentity: Format<StoreIdentity> = object<StoreIdentity>(identityMembers);

/** The identity of a new store. */
export const newStoreIdentity = (): StoreIdentity =>
  Object.freeze<StoreIdentity>({ storeId: randomHex(16), lineage: randomHex(16), generation: 1 });

/** Bytes of a store key: 32. */
export const storeKeyBytes = 32;

/** A new store key, the caller's to erase once it is sealed in a slot and `StoreKeys` are made of it. */
export function newStoreKey(): Uint8Array {
  const bytes = new Uint8Array(storeKeyBytes);
  fillRandom(bytes);
  return bytes;
}

/** Random bits in lower-case hexadecimal. */
export const randomHex = (lengthBytes: number): string => Buffer.from(random(lengthBytes)).toString("hex");

/**
 * The keys derived from a store key, each for one use: HKDF-SHA-512 without salt (the store key is random), `info` a
 * label. Which store they belong to stands in what they protect, in full, so that it is checked wherever they are used.
 */
export class StoreKeys {
  readonly identity: StoreIdentity;
  #keys: { readonly material: KeyObject; readonly record: KeyObject; readonly head: KeyObject } | undefined;

  /** The bytes are copied; erasing them is the caller's. `INVALID_ARGUMENT` unless they are 32, or for an identity out of its grammar. */
  constructor(storeKey: Uint8Array, identity: StoreIdentity) {
    if (storeKey.length !== storeKeyBytes || !isIdentity(identity)) {
      throw new KmsError(
        "INVALID_ARGUMENT",
        "Store keys need 32 bytes, a store id, a lineage and a generation from 1 on.",
      );
    }
    const { storeId, lineage, generation } = identity;
    this.identity = Object.freeze<StoreIdentity>({ storeId, lineage, generation });
    const secret = secretOf(storeKey);
    this.#keys = {
      material: derive(secret, "materialKey"),
      record: derive(secret, "recordKey"),
      head: derive(secret, "headKey"),
    };
  }

  /** Wraps material. `CLOSED` after `close`, as the other two. */
  get material(): KeyObject {
    return this.#open.material;
  }

  /** Authenticates records. */
  get record(): KeyObject {
    return this.#open.record;
  }

  /** Authenticates the head. */
  get head(): KeyObject {
    return this.#open.head;
  }

  /** Lets go of the keys: Node erases them once they are collected. Material that was opened lazily is `CLOSED` too. */
  close(): void {
    this.#keys = undefined;
  }

  get #open(): { readonly material: KeyObject; readonly record: KeyObject; readonly head: KeyObject } {
    if (this.#keys !== undefined) return this.#keys;
    throw new KmsError("CLOSED", "The store was closed, and with it the keys to its records. Open it again.");
  }
}

/** Is every member of its grammar? */
export const isIdentity = ({ storeId, lineage, generation }: StoreIdentity): boolean =>
  isStoreId(storeId) && isStoreId(lineage) && Number.isSafeInteger(generation) && generation >= 1;

function derive(secret: KeyObject, use: Label): KeyObject {
  const bytes = deriveBytes(secret, new Uint8Array(0), labels[use], 32);
  const key = secretOf(bytes);
  bytes.fill(0);
  return key;
}
