/** What a column holds and a parameter is. Whole numbers only, as far as they are exact. */
export type SqlValue = string | number | Uint8Array | null;

/** A row, by the names of its columns. */
export type Row = Readonly<Record<string, SqlValue>>;

/**
 * A connection to a SQLite database: what the store needs of `node:sqlite`, `libsql`, or a library of the caller's choice
 * over SQLite 3.43 or later.
 * All members are synchronous and throw what the library throws, SQLite's result code as a number in its `errcode` or
 * `rawCode`. Statements are prepared once for each text; there are a few dozen texts.
 */
export interface Database {
  /** The library, for an operator to read: "node:sqlite". */
  readonly library: string;
  /** Runs statements that take no parameters and answer nothing. */
  readonly exec: (sql: string) => void;
  /** Every row. Bytes are in memory of their own. */
  readonly all: (sql: string, parameters: readonly SqlValue[]) => readonly Row[];
  /** The first row; the statement is reset, so that it holds no lock. */
  readonly get: (sql: string, parameters: readonly SqlValue[]) => Row | undefined;
  /** How many rows were changed. */
  readonly run: (sql: string, parameters: readonly SqlValue[]) => number;
  readonly close: () => void;
}

/** Opens a database file by its absolute path. `readOnly` opens one that exists, and never writes to it. */
export type OpenDatabase = (path: string, options: { readonly readOnly: boolean }) => Promise<Database> | Database;
