import type { Database, OpenDatabase } from "./database.ts";
import { sqliteFailure } from "./errors.ts";

/** How long a connection waits for another one's lock, in milliseconds; the guard tries again where that is safe. */
export const busyTimeoutMs = 100;

/** What a connection is opened with. */
export interface ConnectionSettings {
  readonly readOnly: boolean;
  readonly cacheBytes: number;
}

/**
 * A connection that throws `KmsError` alone and trusts nothing in the file: no function, view or trigger of its schema
 * may do more than read, cells are checked as pages are loaded, and no page is mapped into memory. A commit is on the
 * disk when it returns, and what is deleted is overwritten.
 */
export async function connect(open: OpenDatabase, path: string, settings: ConnectionSettings): Promise<Database> {
  const database = translated(await opened(open, path, settings.readOnly));
  try {
    for (const pragma of pragmas(settings)) database.exec(`PRAGMA ${pragma}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

const pragmas = ({ cacheBytes }: ConnectionSettings): readonly string[] => [
  `busy_timeout = ${busyTimeoutMs}`,
  // https://www.sqlite.org/security.html §2, before anything of the file is read.
  "trusted_schema = OFF",
  "cell_size_check = ON",
  "mmap_size = 0",
  // Negative: in KiB.
  `cache_size = -${Math.max(1, Math.floor(cacheBytes / 1024))}`,
  "secure_delete = ON",
  "synchronous = FULL",
  // macOS leaves what fsync was told in the disk's own cache: https://www.sqlite.org/pragma.html#pragma_fullfsync, read
  // 2026-11-27. Nothing elsewhere.
  "fullfsync = ON",
  "checkpoint_fullfsync = ON",
];

async function opened(open: OpenDatabase, path: string, readOnly: boolean): Promise<Database> {
  try {
    return await open(path, { readOnly });
  } catch (error) {
    throw sqliteFailure(error);
  }
}

function translated(database: Database): Database {
  const run = <R>(action: () => R): R => {
    try {
      return action();
    } catch (error) {
      throw sqliteFailure(error);
    }
  };
  return {
    library: database.library,
    exec: (sql) => {
      try {
        database.exec(sql);
      } catch (error) {
        throw sqliteFailure(error, sql === commit ? "commit" : "elsewhere");
      }
    },
    all: (sql, parameters) => run(() => database.all(sql, parameters)),
    get: (sql, parameters) => run(() => database.get(sql, parameters)),
    run: (sql, parameters) => run(() => database.run(sql, parameters)),
    close: () => run(() => database.close()),
  };
}

const commit = "COMMIT";

/** Runs reads over one moment of the store. */
export const reading = <R>(database: Database, run: () => R): R => transaction(database, "BEGIN", run);

/** Runs a change that happens as a whole or not at all, alone among all connections; on the disk when this returns. */
export const writing = <R>(database: Database, run: () => R): R => transaction(database, "BEGIN IMMEDIATE", run);

function transaction<R>(database: Database, begin: string, run: () => R): R {
  database.exec(begin);
  try {
    const result = run();
    database.exec(commit);
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

function rollBack(database: Database): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // SQLite has rolled back by itself after what was thrown; that is what is told.
  }
}

/** What the write-ahead log still holds of replaced rows goes out of it. Best effort: a reader may be in the way. */
export function emptyLog(database: Database): boolean {
  try {
    return database.get("PRAGMA wal_checkpoint(TRUNCATE)", [])?.["busy"] === 0;
  } catch {
    return false; // The change itself is committed; the caller tries again later.
  }
}
