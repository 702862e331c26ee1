import { pathToFileURL } from "node:url";
import type { Database, OpenDatabase, Row, SqlValue } from "./database.ts";

/** The part of `libsql` that is used: its own types promise options that it does not read. */
interface LibsqlDatabase {
  readonly exec: (sql: string) => void;
  readonly prepare: (sql: string) => Statement;
  readonly close: () => void;
}
interface Statement {
  readonly all: (parameters: readonly SqlValue[]) => readonly LibsqlRow[];
  readonly get: (parameters: readonly SqlValue[]) => LibsqlRow | undefined;
  readonly run: (parameters: readonly SqlValue[]) => { readonly changes: number };
}
type LibsqlRow = Readonly<Record<string, SqlValue | ArrayBuffer>>;

/** Loads the package `libsql`. The import's own error where it is not installed. */
export async function loadLibsql(): Promise<OpenDatabase> {
  const loaded: { readonly default: unknown } = await import("libsql");
  const Libsql = loaded.default as new (path: string) => LibsqlDatabase;
  // It has no option for it: SQLite reads the mode from a URL.
  return (path, { readOnly }) => connection(new Libsql(readOnly ? `${pathToFileURL(path).href}?mode=ro` : path));
}

// Parameters go as one array: a single one that is an object, bytes for instance, is taken for named parameters, and
// the process aborts.
function connection(database: LibsqlDatabase): Database {
  const statements = new Map<string, Statement>();
  const prepared = (sql: string): Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    library: "libsql",
    exec: (sql) => database.exec(sql),
    all: (sql, parameters) => prepared(sql).all(parameters).map(rowOf),
    get: (sql, parameters) => {
      const found = prepared(sql).get(parameters);
      return found === undefined ? undefined : rowOf(found);
    },
    run: (sql, parameters) => prepared(sql).run(parameters).changes,
    close: () => {
      // Its statements have no end of their own: the file stays open, without a lock that keeps readers or writers out,
      // until they are collected.
      statements.clear();
      database.close();
    },
  };
}

/** `all` answers bytes as an ArrayBuffer, and `get` a column of its own, `_metadata`. */
function rowOf(found: LibsqlRow): Row {
  const row: Record<string, SqlValue> = {};
  for (const [name, value] of Object.entries(found)) {
    if (name !== "_metadata") row[name] = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
  }
  return row;
}
