import { KmsError } from "@kms/core/driver";
import { equalBytes, hmac } from "../primitives.ts";
import type { StoredKey, StoredVersion } from "../records/key-record.ts";
import { parseJson } from "./canonical-json.ts";
import { encode, valueOf } from "./format.ts";
import { frame } from "./framing.ts";
import { labels } from "./labels.ts";
import { openMaterial, sealMaterial } from "./material.ts";
import {
  decodeRecord,
  isKeyId,
  maximumBodyBytes,
  maximumEntries,
  maximumProtectingBytes,
  recordBody,
  recordFormat,
  type SealedKey,
} from "./record-body.ts";
import type { StoreKeys } from "./store-keys.ts";

/** A record as a store writes it. Nothing of it is secret but what the wraps in its body hide. */
export interface RecordRow {
  readonly id: string;
  readonly revision: number;
  /** Canonical JSON, at most `maximumBodyBytes`. */
  readonly body: Uint8Array;
  /** HMAC-SHA-256 over the store's identity, id, revision and body: 32 bytes. */
  readonly mac: Uint8Array;
}

/**
 * A record in bytes. Material that came from `openRecord` for the same version keeps its wrap and is not opened; new
 * material is wrapped. `INVALID_ARGUMENT` for whatever could not be read back (the message names the member), a record
 * of another store, or a change to what never changes; `TOO_LARGE` above 8 MiB; `INVALID_STATE` for erased material.
 */
export function sealRecord(keys: StoreKeys, record: StoredKey): RecordRow {
  const { id, revision } = record;
  const body = bodyOf(keys, record);
  if (body.length > maximumBodyBytes) throw tooLarge(id, `its record has ${body.length} bytes`, maximumBodyBytes);
  if (!isOfStore(keys, id)) throw unwritable(id, "it belongs to another store.");
  return Object.freeze<RecordRow>({ id, revision, body, mac: macOf(keys, id, revision, body) });
}

/** What is written must be readable: a record out of form is refused now, not when it is needed. */
function bodyOf(keys: StoreKeys, record: StoredKey): Uint8Array {
  try {
    const versions = record.versions.map((version) => ({ ...version, material: sealMaterial(keys, record, version) }));
    return encode(recordBody, { ...record, format: recordFormat, versions }, "record");
  } catch (error) {
    // Named already by whoever knew the key, or out of form.
    if (KmsError.isInstance(error) && (error.code !== "INVALID_ARGUMENT" || error.keyId !== undefined)) throw error;
    throw unwritable(record.id, messageOf(error));
  }
}

/**
 * `TOO_LARGE` where a version begins to protect, made or enabled, and its record or its history leaves less free than
 * taking back all that the key has may need: what cannot be revoked any more must not protect. So too where a destruction
 * is cancelled that could then not be scheduled again. `row` is the sealed `record`, `before` what it replaces.
 */
export function assertRoom(row: RecordRow, record: StoredKey, before: StoredKey): void {
  const { versions } = record;
  const most = maximumProtectingBytes(versions.length);
  for (const [at, { native, history }] of versions.entries()) {
    const was = before.versions[at]?.native;
    if (native === was) continue;
    if (native === "enabled") {
      if (row.body.length > most) throw tooLarge(row.id, `its record has ${row.body.length} bytes`, most);
      assertEntries(row.id, history.length, maximumEntries.protecting);
    } else if (was === "destruction-scheduled" && native !== "destroyed") {
      assertEntries(row.id, history.length, maximumEntries.cancelled);
    }
  }
}

function assertEntries(keyId: string, found: number, most: number): void {
  if (found > most) throw tooLarge(keyId, `the history of a version has ${found} entries`, most);
}

const tooLarge = (keyId: string, found: string, most: number): KmsError =>
  new KmsError(
    "TOO_LARGE",
    `Sealing a key: ${found}, and may have ${most}. Nothing was written; make a new key in its place.`,
    { keyId },
  );

/**
 * The record in a row that was looked up by `id`, deeply frozen. `TAMPERED`, with the key id, for anything wrong: the MAC
 * is compared before anything is parsed, and id and revision of row and body must agree. Material is not opened here but
 * at each use, and is `TAMPERED` there. An older row of the same key and lineage is right in itself: that it was set back
 * shows only beside what the head says of all records.
 */
export function openRecord(keys: StoreKeys, id: string, row: Pick<RecordRow, "revision" | "body" | "mac">): StoredKey {
  const { revision, body, mac } = row;
  const isRevision = Number.isSafeInteger(revision) && revision >= 1;
  if (!isRevision || body.length > maximumBodyBytes || !equalBytes(macOf(keys, id, revision, body), mac)) {
    throw tampered(id, "its row is not what this store wrote.");
  }
  const sealed = readBody(id, body);
  if (sealed.id !== id || sealed.revision !== revision || !isOfStore(keys, id)) {
    throw tampered(id, "its row and its body name different keys, revisions or stores.");
  }
  return openedKey(keys, sealed);
}

/** As `openRecord`, of a row that `sealRecord` has made under these very keys: it is genuine, and spelt the one way. */
export const openOwnRecord = (keys: StoreKeys, { body }: RecordRow): StoredKey =>
  openedKey(keys, valueOf(recordBody, parseJson(body), "record"));

function openedKey(keys: StoreKeys, sealed: SealedKey): StoredKey {
  const { format: _format, versions, ...key } = sealed;
  const opened = versions.map((version) =>
    Object.freeze<StoredVersion>({ ...version, material: openMaterial(keys, sealed, version) }),
  );
  return Object.freeze<StoredKey>({ ...key, versions: Object.freeze(opened) });
}

function macOf(keys: StoreKeys, id: string, revision: number, body: Uint8Array): Uint8Array {
  const { storeId, lineage, generation } = keys.identity;
  return hmac("sha256", keys.record, frame([labels.record, storeId, lineage, generation, id, revision, body]));
}

const isOfStore = (keys: StoreKeys, id: string): boolean => id.startsWith(`${keys.identity.storeId}/`);

function readBody(id: string, body: Uint8Array): SealedKey {
  try {
    return decodeRecord(body);
  } catch (error) {
    throw tampered(id, messageOf(error));
  }
}

// Messages of the decoder name members of ours and nothing that was found in them.
const messageOf = (error: unknown): string => (KmsError.isInstance(error) ? error.message : "it does not decode.");

const unwritable = (id: string, found: string): KmsError =>
  new KmsError("INVALID_ARGUMENT", `Sealing ${named(id)}: ${found} Nothing was sealed.`, known(id));

const tampered = (id: string, found: string): KmsError =>
  new KmsError("TAMPERED", `Reading ${named(id)}: ${found} Restore the store from a copy that you trust.`, known(id));

// An id out of a damaged row can be any text: it is told only where it is one.
const named = (id: string): string => (isKeyId(id) ? `key ${id}` : "a key under an id that is none");
const known = (id: string): { readonly keyId: string } | undefined => (isKeyId(id) ? { keyId: id } : undefined);
