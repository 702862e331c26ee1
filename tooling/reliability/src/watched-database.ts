import type { Database, OpenDatabase } from "@kms/self-managed";

/** Told of every write before and after it; one that throws stands in for a database that fails. */
export interface Watch {
  /** `write` counts from 1, over every database opened through the port. */
  readonly before: (write: number, sql: string) => void;
  readonly after?: ((write: number, sql: string) => void) | undefined;
}

const writing =
  /^\s*(?:BEGIN\s+(?:IMMEDIATE|EXCLUSIVE)|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|INSERT|REPLACE|UPDATE|DELETE|CREATE|DROP|ALTER|VACUUM|PRAGMA\s+(?:wal_checkpoint|(?:journal_mode|application_id|user_version)\s*=))/i;
const reading = /^\s*BEGIN\s*(?:DEFERRED\s*)?$/i;
const ending = /^\s*(?:COMMIT|ROLLBACK)/i;

/** What closing is called: the last connection to go moves the write-ahead log into the file. */
export const closing = "close";

/** The port, every write of it counted and told: of a transaction that only reads, nothing. */
export function watchedDatabase(open: OpenDatabase, watch: Watch): OpenDatabase {
  let writes = 0;
  return async (path, options) => {
    const database: Database = await open(path, options);
    let isReading = false;
    const isWrite = (sql: string): boolean => {
      if (reading.test(sql)) isReading = true;
      if (!isReading) return sql === closing || writing.test(sql);
      if (ending.test(sql)) isReading = false;
      return false;
    };
    const told = <R>(sql: string, act: () => R): R => {
      if (!isWrite(sql)) return act();
      writes += 1;
      const write = writes;
      watch.before(write, sql);
      const answer = act();
      watch.after?.(write, sql);
      return answer;
    };
    return {
      library: database.library,
      exec: (sql) => told(sql, () => database.exec(sql)),
      all: (sql, parameters) => told(sql, () => database.all(sql, parameters)),
      get: (sql, parameters) => told(sql, () => database.get(sql, parameters)),
      run: (sql, parameters) => told(sql, () => database.run(sql, parameters)),
      close: () => told(closing, () => database.close()),
    };
  };
}
