import { KmsError } from "@kms/core/driver";
import type { Root } from "../../roots/root.ts";
import { identityIn } from "../../sealed/head.ts";
import { StoreKeys } from "../../sealed/store-keys.ts";
import { checkSchema } from "./checks.ts";
import { connect, reading, type ConnectionSettings } from "./connection.ts";
import type { Database, OpenDatabase } from "./database.ts";
import { absolutePath, assertCompanions, isWritable, locate, watchPlace } from "./file.ts";
import { settingsOf, type SqliteOptions } from "./options.ts";
import { readHead, readSlots } from "./rows.ts";
import { assertRoot, openAnySlot } from "./slots.ts";
import { StoreFile } from "./store-file.ts";
import { sqliteStore, type SqliteStore } from "./store.ts";

/**
 * Opens a store with one of its roots. The file's settings and schema are checked before anything in it is read, head and
 * slots before any record. `WRONG_ROOT_KEY` when the root opens no slot; `TAMPERED` when the file is no store or was
 * altered; `NOT_FOUND`; `UNAVAILABLE` when it is locked; `UNSUPPORTED` where there is no SQLite library. A file that this
 * process may not write is opened for reading; SQLite needs a folder that it may write for that, or other users of the
 * store there. It takes one derivation for each slot of the root's kind that is tried:
 * half a second and 128 MiB with a passphrase of the default cost. The root is not kept.
 */
export async function openSqliteStore(path: string, root: Root, options: SqliteOptions = {}): Promise<SqliteStore> {
  assertRoot(root);
  const named = absolutePath(path);
  const { database, cacheBytes } = await settingsOf(options);
  const file = await locate(named);
  const readOnly = !(await isWritable(file));
  return openFile(database, file, { readOnly, cacheBytes }, (connection) => keysOf(connection, root));
}

/** Opens a file under the keys that `findKeys` makes for it; whatever goes wrong, keys and connection are closed. */
export async function openFile(
  open: OpenDatabase,
  path: string,
  settings: ConnectionSettings,
  findKeys: (database: Database) => Promise<StoreKeys> | StoreKeys,
): Promise<SqliteStore> {
  await assertCompanions(path);
  const assertInPlace = watchPlace(path);
  const database = await connect(open, path, settings);
  let keys: StoreKeys | undefined;
  try {
    keys = await findKeys(database);
    if (!settings.readOnly) keepLog(database);
    return sqliteStore(new StoreFile(database, keys, assertInPlace));
  } catch (error) {
    keys?.close();
    database.close();
    throw error;
  }
}

async function keysOf(database: Database, root: Root): Promise<StoreKeys> {
  const { identity, slots } = reading(database, () => {
    checkSchema(database);
    return { identity: identityIn(readHead(database).body), slots: readSlots(database) };
  });
  const storeKey = await openAnySlot(root, identity, slots);
  try {
    return new StoreKeys(storeKey, identity);
  } finally {
    storeKey.fill(0);
  }
}

/** Readers and one writer at a time go on beside each other, and a commit is one write and one sync. */
function keepLog(database: Database): void {
  if (database.get("PRAGMA journal_mode = WAL", [])?.["journal_mode"] === "wal") return;
  throw new KmsError(
    "UNSUPPORTED",
    "Opening a SQLite store: its file system cannot keep a write-ahead log. Put the file on a local disk.",
  );
}
