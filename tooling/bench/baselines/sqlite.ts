import { randomBytes } from "node:crypto";
import libsql from "libsql";

/** A value as SQLite keeps it. */
export type Value = string | number | null | Uint8Array;
/** A row by the names of its columns. */
export type Row = Readonly<Record<string, Value>>;

/** A connection, each statement prepared once. */
export interface Connection {
  readonly library: string;
  readonly exec: (sql: string) => void;
  readonly all: (sql: string, parameters: readonly Value[]) => readonly Row[];
  readonly get: (sql: string, parameters: readonly Value[]) => Row | undefined;
  readonly run: (sql: string, parameters: readonly Value[]) => number;
  readonly close: () => void;
}

interface Statement {
  readonly all: (...parameters: readonly unknown[]) => unknown;
  readonly run: (...parameters: readonly unknown[]) => { readonly changes: number | bigint };
}
interface Library {
  readonly exec: (sql: string) => unknown;
  readonly prepare: (sql: string) => Statement;
  readonly close: () => unknown;
}

/** Opens a file by `node:sqlite` where the runtime has it, else by libsql. */
export async function openSqlite(path: string): Promise<Connection> {
  const builtin = await nodeSqlite();
  if (builtin !== undefined) return connection("node:sqlite", new builtin.DatabaseSync(path), (values) => values);
  // libsql takes all parameters as one list.
  return connection("libsql", new libsql(path) as Library, (values) => [values]);
}

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => Library;
}

async function nodeSqlite(): Promise<NodeSqlite | undefined> {
  // A name that the compiler does not look up: the types of Node 20 have no such module.
  const name: string = "node:sqlite";
  try {
    return (await import(name)) as NodeSqlite;
  } catch {
    return undefined; // Node 20 has none: that is what is asked
  }
}

type Spread = (values: readonly Value[]) => readonly unknown[];

function connection(library: string, database: Library, spread: Spread): Connection {
  const statements = new Map<string, Statement>();
  const prepared = (sql: string): Statement => {
    const known = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  const all: Connection["all"] = (sql, values) => (prepared(sql).all(...spread(values)) as readonly Row[]).map(rowOf);
  return {
    library,
    exec: (sql) => void database.exec(sql),
    all,
    get: (sql, values) => all(sql, values)[0],
    run: (sql, values) => Number(prepared(sql).run(...spread(values)).changes),
    close: () => void database.close(),
  };
}

const rowOf = (row: Readonly<Record<string, Value | ArrayBuffer>>): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof ArrayBuffer ? new Uint8Array(value) : value]),
  );

/** Bytes of the columns of a row. */
export interface RowBytes {
  readonly id: number;
  readonly body: number;
  readonly mac: number;
}

/** One INSERT of a row of random bytes, committed by itself and on the disk when it returns. Answers the number of rows. */
export async function durableInsert(
  path: string,
  bytes: RowBytes,
  options: { readonly cacheBytes: number },
): Promise<() => number> {
  const database = await openSqlite(path);
  database.exec("PRAGMA page_size = 8192");
  for (const pragma of ["journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"]) {
    database.all(`PRAGMA ${pragma}`, []);
  }
  database.exec(`PRAGMA cache_size = -${options.cacheBytes / 1024}`);
  database.exec(
    "CREATE TABLE records (id TEXT PRIMARY KEY, revision INTEGER, body BLOB, mac BLOB) STRICT, WITHOUT ROWID",
  );
  const body = randomBytes(bytes.body);
  const mac = randomBytes(bytes.mac);
  return () => {
    const id = randomBytes(Math.ceil(bytes.id / 2))
      .toString("hex")
      .slice(0, bytes.id);
    return database.run("INSERT INTO records (id, revision, body, mac) VALUES (?, ?, ?, ?)", [id, 1, body, mac]);
  };
}
