import { KmsError, type Awaitable } from "@kms/core/driver";
import { after } from "./awaitable.ts";
import { conflict, notFound } from "../errors.ts";
import type { KeyStore } from "../stores/store.ts";
import type { StoredKey, StoredVersion } from "./key-record.ts";

/** A stored key. `NOT_FOUND` when the store has none of that id. */
export const readKey = (store: KeyStore, id: string): Awaitable<StoredKey> =>
  after(store.get(id), (record) => {
    if (record === undefined) throw notFound(id);
    return record;
  });

/**
 * Reads a key, makes its next record, and writes that by compare-and-set: in one go where the store answers at once.
 * `CONFLICT`, outcome none, when somebody else was faster. Nothing is written when the record stays the same object.
 */
export const updateKey = (store: KeyStore, id: string, next: (record: StoredKey) => StoredKey): Awaitable<StoredKey> =>
  after(readKey(store, id), (record) => {
    const replacement = next(record);
    if (replacement === record) return record;
    return after(store.replace(replacement, record.revision), (isWritten) => {
      if (isWritten) return replacement;
      throw conflict(id);
    });
  });

/**
 * Stores a new key; where the same call already did, answers that key. `ALREADY_EXISTS` when the name is taken, also by
 * a destroyed key: names are not used twice. Looked for by storing alone: nearly every name is new.
 */
export const createOnce = (store: KeyStore, record: StoredKey): Promise<StoredKey> =>
  handingOver(store, record.versions, async () => {
    if (await store.create(record)) return record;
    for (const { material } of record.versions) material?.erase(); // the store has the key already
    return ownOf(await readKey(store, record.id), record.createdBy);
  });

/** Hands new material to a store, and overwrites it afterwards unless the store goes on with those very bytes. */
export async function handingOver<R>(
  store: KeyStore,
  given: readonly Pick<StoredVersion, "material">[],
  run: () => Awaitable<R>,
): Promise<R> {
  let isKept = store.copiesMaterial !== true;
  try {
    return await run();
  } catch (error) {
    if (KmsError.isInstance(error) && error.outcome === "none") isKept = false;
    throw error;
  } finally {
    if (!isKept) for (const { material } of given) material?.erase();
  }
}

function ownOf(record: StoredKey, createdBy: string): StoredKey {
  if (record.createdBy === createdBy) return record;
  throw new KmsError(
    "ALREADY_EXISTS",
    "A key of that name exists, or once did: names are not used twice. Choose another.",
    {
      keyId: record.id,
    },
  );
}
