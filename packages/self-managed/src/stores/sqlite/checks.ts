import { text } from "./columns.ts";
import type { Database, Row, SqlValue } from "./database.ts";
import { tamperedStore } from "./errors.ts";
import { applicationId, schemaVersion, tables } from "./schema.ts";

/**
 * Proves that the file is a store of this schema and has nothing else in it, before any of its rows is read: no trigger,
 * view, index, virtual table or further table. `TAMPERED` otherwise. Answers SQLite's count of schema changes.
 */
export function checkSchema(database: Database): number {
  if (pragma(database, "application_id") !== applicationId) throw tamperedStore("it is no key store");
  if (pragma(database, "user_version") !== schemaVersion) throw tamperedStore("its schema is none that is known here");
  const count = schemaCount(database);
  const found = database.all(schemaQuery, []);
  const expected = Object.entries(tables);
  const isExpected = found.length === expected.length && expected.every(([name, sql], at) => is(found[at], name, sql));
  if (!isExpected) throw tamperedStore("its schema is not the one that a store has");
  return count;
}

/** Moves with every change of the schema, and nobody changes that of a store but `VACUUM`. */
export const schemaCount = (database: Database): number => pragma(database, "schema_version");

// One row more than there may be, and no text that is longer than the longest of ours.
const longest = Math.max(...Object.values(tables).map((sql) => sql.length));
const columns = ["type", "name", "tbl_name", "sql"].map((column) => text(column, longest));
const schemaQuery = `SELECT ${columns.join(", ")} FROM sqlite_schema ORDER BY rowid LIMIT ${Object.keys(tables).length + 1}`;

const is = (row: Row | undefined, name: string, sql: string): boolean =>
  row !== undefined &&
  isText(row["type"], "table") &&
  isText(row["name"], name) &&
  isText(row["tbl_name"], name) &&
  isText(row["sql"], sql);

const isText = (found: SqlValue | undefined, expected: string): boolean =>
  found instanceof Uint8Array && Buffer.from(expected).equals(found);

function pragma(database: Database, name: string): number {
  const value = database.get(`PRAGMA ${name}`, [])?.[name];
  if (typeof value === "number") return value;
  throw tamperedStore(`its ${name} is missing`);
}
