/**
 * The store's port over the library that the store itself takes in this runtime, to be wrapped or used bare. Written here,
 * so that what the tool counts, breaks and alters does not go through the code that it examines.
 */
import libsql from "libsql";
import type { Database, OpenDatabase, Row, SqlValue } from "@kms/self-managed";

interface Statement {
  readonly all: (...parameters: SqlValue[]) => readonly Row[];
  readonly get: (...parameters: SqlValue[]) => Row | undefined;
  readonly run: (...parameters: SqlValue[]) => { readonly changes: number | bigint };
}
interface Connection {
  readonly exec: (sql: string) => void;
  readonly prepare: (sql: string) => Statement;
  readonly close: () => void;
}
interface NodeSqlite {
  readonly DatabaseSync: new (path: string, options: { readonly readOnly: boolean }) => Connection;
}

let found: Promise<OpenDatabase> | undefined;

/** The port of this runtime, looked for once: under tsx an import that fails takes milliseconds. */
export const findDatabase = (): Promise<OpenDatabase> => (found ??= find());

async function find(): Promise<OpenDatabase> {
  // A name that the compiler does not look up: the types of Node 20 have no such module.
  const name: string = "node:sqlite";
  try {
    const { DatabaseSync } = (await import(name)) as NodeSqlite;
    return (path, options) => overNode(new DatabaseSync(path, options));
  } catch {
    return (path) => overLibsql(path); // Node 20 has no node:sqlite: that is what is asked
  }
}

const overNode = (connection: Connection): Database => ({
  library: "node:sqlite",
  exec: (sql) => connection.exec(sql),
  all: (sql, parameters) => connection.prepare(sql).all(...parameters),
  get: (sql, parameters) => connection.prepare(sql).get(...parameters),
  run: (sql, parameters) => Number(connection.prepare(sql).run(...parameters).changes),
  close: () => connection.close(),
});

// Parameters go as one list: libsql takes a lone byte array for named parameters, and ends the process over that. And so
// it does over text that is no UTF-8: what may be altered is selected as bytes.
function overLibsql(path: string): Database {
  const connection = new libsql(path);
  const all: Database["all"] = (sql, parameters) =>
    (connection.prepare(sql).all([...parameters]) as readonly Row[]).map(rowOf);
  return {
    library: "libsql",
    exec: (sql) => void connection.exec(sql),
    all,
    get: (sql, parameters) => all(sql, parameters)[0],
    run: (sql, parameters) => connection.prepare(sql).run([...parameters]).changes,
    close: () => void connection.close(),
  };
}

const rowOf = (row: Readonly<Record<string, SqlValue | ArrayBuffer>>): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof ArrayBuffer ? new Uint8Array(value) : value]),
  );

/** Runs with a bare connection, which is closed afterwards: what somebody with the file in their hands has. */
export async function withRaw<R>(path: string, run: (raw: Database) => R | Promise<R>): Promise<R> {
  const open = await findDatabase();
  const raw = await open(path, { readOnly: false });
  try {
    return await run(raw);
  } finally {
    raw.close();
  }
}
