import { equalBytes, hmac } from "../primitives.ts";
import { decode, encode, integer, malformed, object, reserved, text } from "./format.ts";
import { frame } from "./framing.ts";
import { labels } from "./labels.ts";
import { identityMembers, type StoreIdentity, type StoreKeys } from "./store-keys.ts";

/** What a store knows of itself as a whole; one row, replaced with every change. */
export interface Head {
  /** 0 in a new store, one more with every change to anything in it. */
  readonly revision: number;
  /** The latest effective time that anybody wrote, in milliseconds since the epoch. */
  readonly latestTime: number;
  /** How many records there are. */
  readonly records: number;
  /** `digestOfSlots` over all slots. */
  readonly slots: string;
}

/** The head as a store writes it. */
export interface HeadRow {
  /** Canonical JSON, at most `maximumHeadBytes`. */
  readonly body: Uint8Array;
  /** HMAC-SHA-256 over the body: 32 bytes. */
  readonly mac: Uint8Array;
}

/** The longest head: 4 KiB. */
export const maximumHeadBytes = 4096;

interface HeadBody extends Head, StoreIdentity {
  readonly format: number;
  readonly digest: undefined;
  readonly journal: undefined;
  readonly tombstones: undefined;
}

const headFormat = 1;
const count = integer(0, Number.MAX_SAFE_INTEGER);

const headBody = object<HeadBody>({
  format: integer(headFormat, headFormat),
  ...identityMembers,
  revision: count,
  latestTime: integer(0, 8_640_000_000_000_000),
  records: count,
  slots: text(64, /^[0-9a-f]{64}$/),
  // The digest over all records, the journal's head and the digest over tombstones: `design` §4, in a later format.
  digest: reserved,
  journal: reserved,
  tombstones: reserved,
});

/** The head in bytes. `INVALID_ARGUMENT`, naming it, for a member that is out of its range. */
export function sealHead(keys: StoreKeys, { revision, latestTime, records, slots }: Head): HeadRow {
  const known = { format: headFormat, ...keys.identity, revision, latestTime, records, slots };
  const body = encode(headBody, { ...known, digest: undefined, journal: undefined, tombstones: undefined }, "head");
  return Object.freeze<HeadRow>({ body, mac: macOf(keys, body) });
}

/**
 * The head in a row. `TAMPERED` for anything wrong; the MAC is compared before anything is parsed, and the identity in it
 * must be that of the keys. An older head of the same store is right in itself: only an anchor outside tells.
 */
export function openHead(keys: StoreKeys, { body, mac }: HeadRow): Head {
  if (body.length > maximumHeadBytes || !equalBytes(macOf(keys, body), mac)) {
    throw malformed("The store's head", "is not what this store wrote. Restore the store from a copy that you trust");
  }
  const { storeId, lineage, generation, revision, latestTime, records, slots } = decode(headBody, body, "head");
  const { identity } = keys;
  if (storeId !== identity.storeId || lineage !== identity.lineage || generation !== identity.generation) {
    throw malformed("The store's head", "is another store's. Restore the store from a copy that you trust");
  }
  return Object.freeze<Head>({ revision, latestTime, records, slots });
}

/**
 * Whose head a body says it is. Nothing of it is verified, since it is needed to open a slot, and only the store key in
 * there verifies the head: call `openHead` before anything is believed. `TAMPERED` when the body is no head at all.
 */
export function identityIn(body: Uint8Array): StoreIdentity {
  if (body.length > maximumHeadBytes) throw malformed("head", `is longer than ${maximumHeadBytes} bytes`);
  const { storeId, lineage, generation } = decode(headBody, body, "head");
  return Object.freeze<StoreIdentity>({ storeId, lineage, generation });
}

const macOf = (keys: StoreKeys, body: Uint8Array): Uint8Array =>
  hmac("sha256", keys.head, frame([labels.head, keys.identity.storeId, keys.identity.lineage, body]));
