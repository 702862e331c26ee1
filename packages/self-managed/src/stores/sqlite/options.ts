import { KmsError } from "@kms/core/driver";
import type { OpenDatabase } from "./database.ts";
import { findDatabase } from "./open-database.ts";

/** What opening a SQLite store can be told. */
export interface SqliteOptions {
  /**
   * Memory for pages of the file, in bytes: 1 MiB to 1 TiB. Default 64 MiB: some 60,000 AES keys; those beyond are read
   * from the file again, which takes some 10 µs longer.
   */
  readonly cacheBytes?: number | undefined;
  /** The SQLite library. Default `node:sqlite` where the runtime has it, else the package `libsql`. */
  readonly database?: OpenDatabase | undefined;
}

const mebibyte = 1_048_576;

/** The options with their defaults. `INVALID_ARGUMENT` for what is none; `UNSUPPORTED` where there is no SQLite library. */
export async function settingsOf(
  options: SqliteOptions,
): Promise<{ readonly cacheBytes: number; readonly database: OpenDatabase }> {
  const { cacheBytes = 64 * mebibyte, database } = options;
  if (!Number.isSafeInteger(cacheBytes) || cacheBytes < mebibyte || cacheBytes > mebibyte ** 2) {
    throw new KmsError("INVALID_ARGUMENT", "cacheBytes is a whole number of bytes, from 1 MiB to 1 TiB.");
  }
  if (database !== undefined && typeof database !== "function") {
    throw new KmsError("INVALID_ARGUMENT", "database is a function that opens a SQLite file.");
  }
  return { cacheBytes, database: database ?? (await findDatabase()) };
}
