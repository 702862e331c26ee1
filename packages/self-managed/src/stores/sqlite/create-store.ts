import type { Root } from "../../roots/root.ts";
import { sealHead, type HeadRow } from "../../sealed/head.ts";
import { digestOfSlots, type SlotRow } from "../../sealed/slots.ts";
import { newStoreIdentity, newStoreKey, StoreKeys } from "../../sealed/store-keys.ts";
import { connect, writing } from "./connection.ts";
import type { Database } from "./database.ts";
import { absolutePath, assertFree, createWhole, markLogged } from "./file.ts";
import { openFile } from "./open-store.ts";
import { settingsOf, type SqliteOptions } from "./options.ts";
import { insertSlot, insertHead } from "./rows.ts";
import { applicationId, pageBytes, schemaVersion, tables } from "./schema.ts";
import { assertRoot, provedSlot } from "./slots.ts";
import type { SqliteStore } from "./store.ts";

/**
 * Makes a store in a new file that only this user may read, with one slot for a root, and opens it. The slot is proved to
 * open before there is a file; the file is there as a whole or not at all. `ALREADY_EXISTS`, nothing touched, when there
 * is anything at the path, or what an earlier store left beside it; `NOT_FOUND` when there is no such folder;
 * `PERMISSION_DENIED`; `UNAVAILABLE` when the disk is full or fails; `UNSUPPORTED` where there is no SQLite library, or
 * the file system has no hard links.
 */
export async function createSqliteStore(path: string, root: Root, options: SqliteOptions = {}): Promise<SqliteStore> {
  assertRoot(root);
  const file = absolutePath(path);
  const { database, cacheBytes } = await settingsOf(options);
  const settings = { readOnly: false, cacheBytes };
  await assertFree(file);
  const identity = newStoreIdentity();
  const storeKey = newStoreKey();
  try {
    const slot = await provedSlot(root, identity, storeKey);
    const keys = new StoreKeys(storeKey, identity);
    const head = sealHead(keys, { revision: 0, latestTime: 0, records: 0, slots: digestOfSlots([slot]) });
    await createWhole(file, async (temporary) => {
      fill(await connect(database, temporary, settings), head, slot);
      await markLogged(temporary);
    });
    return await openFile(database, file, settings, () => keys);
  } finally {
    storeKey.fill(0);
  }
}

function fill(database: Database, head: HeadRow, slot: SlotRow): void {
  try {
    database.exec(`PRAGMA page_size = ${pageBytes}`);
    // Without a log of its own, so that the file alone is the store when it is linked into place.
    writing(database, () => {
      for (const text of Object.values(tables)) database.exec(text);
      database.exec(`PRAGMA application_id = ${applicationId}`);
      database.exec(`PRAGMA user_version = ${schemaVersion}`);
      insertHead(database, head);
      insertSlot(database, slot);
    });
  } finally {
    database.close();
  }
}
