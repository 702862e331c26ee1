import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import {
  createSqliteStore,
  findDatabase,
  keyRoot,
  newRootKey,
  openSqliteStore,
  type Database,
  type OpenDatabase,
  type Root,
  type SqliteStore,
} from "../../src/index.ts";

/** This runtime's own library: every test runs with it, on Node 20 with one and on Node 24 with the other. */
export const library: OpenDatabase = await findDatabase();

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "kms-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store in a file of its own: where it is, and what opens it. */
export interface Made {
  readonly path: string;
  readonly root: Root;
  readonly store: SqliteStore;
}

/** A new store under a key root, which costs no derivation worth speaking of. */
export async function makeStore(database: OpenDatabase = library): Promise<Made> {
  const path = join(temporaryFolder(), "keys.db");
  const root = keyRoot(newRootKey());
  return { path, root, store: closing(await createSqliteStore(path, root, { database })) };
}

/** The store of a file once more. */
export const openAgain = async ({ path, root }: Pick<Made, "path" | "root">): Promise<SqliteStore> =>
  closing(await openSqliteStore(path, root, { database: library }));

/** Closed when the test ends. */
export function closing(store: SqliteStore): SqliteStore {
  onTestFinished(() => store.close());
  return store;
}

/** Runs something over a raw connection to a file, as somebody would who edits it behind the store's back. */
export async function withRaw<R>(path: string, run: (database: Database) => R): Promise<Awaited<R>> {
  const database = await library(path, { readOnly: false });
  try {
    const result = await run(database);
    // libsql leaves the log until its statements are collected.
    database.get("PRAGMA wal_checkpoint(TRUNCATE)", []);
    return result;
  } finally {
    database.close();
  }
}

/** A library whose connections call `before` ahead of each statement; what that throws, the statement throws. */
export const watched =
  (before: (sql: string) => void): OpenDatabase =>
  async (path, options) => {
    const database = await library(path, options);
    const seen = <R>(sql: string, run: () => R): R => {
      before(sql);
      return run();
    };
    return {
      ...database,
      exec: (sql) => seen(sql, () => database.exec(sql)),
      all: (sql, parameters) => seen(sql, () => database.all(sql, parameters)),
      get: (sql, parameters) => seen(sql, () => database.get(sql, parameters)),
      run: (sql, parameters) => seen(sql, () => database.run(sql, parameters)),
    };
  };

/** An error as the two libraries throw it for a result code of SQLite. */
export const sqliteError = (resultCode: number): Error =>
  Object.assign(new Error("as the library says it"), { code: "ERR_SQLITE_ERROR", errcode: resultCode });

/** The ids of every record. */
export const listed = (store: SqliteStore): readonly string[] => Array.from(store.list(), ({ id }) => id);
