import { KmsError } from "@kms/core/driver";
import type { OpenDatabase } from "./database.ts";
import { loadLibsql } from "./libsql.ts";
import { loadNodeSqlite } from "./node-sqlite.ts";

/**
 * SQLite as this runtime has it: `node:sqlite`, else the package `libsql`; what `SqliteOptions.database` is by default.
 * `UNSUPPORTED`, naming both, where neither is there, with what the last import said as its cause.
 */
export const findDatabase = (): Promise<OpenDatabase> => firstDatabase([loadNodeSqlite, loadLibsql]);

/** The first library that loads, asked in order: each loads, or rejects as its import does. */
export async function firstDatabase(loaders: readonly (() => Promise<OpenDatabase>)[]): Promise<OpenDatabase> {
  let cause: unknown;
  for (const load of loaders) {
    try {
      return await load();
    } catch (error) {
      cause = error; // The next one is asked; the last one's error is told.
    }
  }
  throw new KmsError(
    "UNSUPPORTED",
    "Opening a SQLite store: this runtime has no node:sqlite. Install the package libsql, or use Node 22.13 or later, which needs none.",
    { cause },
  );
}
