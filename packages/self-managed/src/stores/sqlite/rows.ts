/** What the store reads and writes in its tables. Nothing that was read here is verified yet. */
import { maximumHeadBytes, type HeadRow } from "../../sealed/head.ts";
import { longestKeyId, maximumBodyBytes } from "../../sealed/record-body.ts";
import type { RecordRow } from "../../sealed/records.ts";
import {
  longestSlotKind,
  maximumParameterBytes,
  sealedSlotBytes,
  slotIdLength,
  type SlotRow,
} from "../../sealed/slots.ts";
import { bytes, text, whole } from "./columns.ts";
import type { Database, Row } from "./database.ts";
import { tamperedStore } from "./errors.ts";

/** More slots than this are never in a store: each may cost a slow derivation at opening. */
export const mostSlots = 16;

// A page ends at either. One of AES keys has some 60 KiB; one of the longest bodies, of which none is verified when they
// are fetched, would have half a gigabyte.
const pageRows = 64;
const pageBodyBytes = 16_777_216;

// One head is counted as one, two or more as two.
const headQuery = `SELECT ${whole("id")}, ${bytes("body", maximumHeadBytes)}, ${bytes("mac", 32)},
  (SELECT count(*) FROM (SELECT 1 FROM head LIMIT 2)) AS heads FROM head LIMIT 1`;
const slotsQuery = `SELECT ${text("id", slotIdLength)}, ${text("kind", longestSlotKind)},
  ${bytes("parameters", maximumParameterBytes)}, ${bytes("sealed", sealedSlotBytes)}
  FROM slots ORDER BY slots.id LIMIT ${mostSlots + 1}`;
const recordColumns = `${whole("revision")}, ${bytes("body", maximumBodyBytes)}, ${bytes("mac", 32)}`;
const recordQuery = `SELECT ${recordColumns} FROM records WHERE id = ?`;
const following = "FROM records WHERE records.id > ? ORDER BY records.id LIMIT";
// What is not fetched, because it is none or too long, counts as nothing. Sums go in the order in which the rows come: to
// sort them by ids would fetch those.
const lengthsQuery = `SELECT iif(typeof(body) = 'blob' AND length(body) <= ${maximumBodyBytes}, length(body), 0) AS bytes ${following} ${pageRows}`;
const fittingQuery = `SELECT count(*) AS count FROM (SELECT sum(bytes) OVER (ROWS UNBOUNDED PRECEDING) AS total FROM (${lengthsQuery}))
  WHERE total <= ${pageBodyBytes}`;
const pageQuery = `SELECT ${text("id", longestKeyId)}, ${recordColumns} ${following} ?`;

/** The one head row. `TAMPERED` when it is missing or not alone. */
export function readHead(database: Database): HeadRow {
  const row = database.get(headQuery, []);
  if (row?.["id"] !== 1 || row["heads"] !== 1) throw tamperedStore("it does not have one head");
  return { body: bytesOf(row, "body"), mac: bytesOf(row, "mac") };
}

/** Every slot, by id. `TAMPERED` when there are more than a store has. */
export function readSlots(database: Database): readonly SlotRow[] {
  const rows = database.all(slotsQuery, []);
  if (rows.length > mostSlots) throw tamperedStore(`it has more than ${mostSlots} slots`);
  return rows.map(slotOf);
}

/** The row of a record. */
export function readRecord(database: Database, id: string): Omit<RecordRow, "id"> | undefined {
  const row = database.get(recordQuery, [id]);
  return row === undefined ? undefined : recordOf(row);
}

/**
 * The next rows after an id, in the order of ids, at most 64 and at most 16 MiB of bodies; none at the end. To be run
 * within one transaction. `TAMPERED` where the order is not kept.
 */
export function readPage(database: Database, after: string): readonly RecordRow[] {
  // One body always fits, so none is the end.
  const count = numberOf(database.get(fittingQuery, [after]) ?? {}, "count");
  const found = count === 0 ? [] : database.all(pageQuery, [after, count]);
  const rows = found.map((row): RecordRow => ({ id: textOf(row, "id"), ...recordOf(row) }));
  // The order is the file's word: without it, one page could lead back to an earlier one for ever.
  let last = Buffer.from(after);
  for (const { id } of rows) {
    const next = Buffer.from(id);
    if (Buffer.compare(last, next) >= 0) throw tamperedStore("its records are out of order");
    last = next;
  }
  return rows;
}

/** How many rows of records there are, counted. */
export const countRecords = (database: Database): number =>
  numberOf(database.get("SELECT count(*) AS count FROM records", []) ?? {}, "count");

/** Writes the first head. */
export const insertHead = (database: Database, { body, mac }: HeadRow): number =>
  database.run("INSERT INTO head (id, body, mac) VALUES (1, ?, ?)", [body, mac]);

/** Writes the head in place of the one before. */
export const updateHead = (database: Database, { body, mac }: HeadRow): number =>
  database.run("UPDATE head SET body = ?, mac = ? WHERE id = 1", [body, mac]);

/** Adds a slot. */
export const insertSlot = (database: Database, { id, kind, parameters, sealed }: SlotRow): number =>
  database.run("INSERT INTO slots (id, kind, parameters, sealed) VALUES (?, ?, ?, ?)", [id, kind, parameters, sealed]);

/** Removes a slot. */
export const deleteSlot = (database: Database, id: string): number =>
  database.run("DELETE FROM slots WHERE id = ?", [id]);

/** Adds a record; 0 when its id is taken, and then nothing is written. */
export const insertRecord = (database: Database, { id, revision, body, mac }: RecordRow): number =>
  database.run("INSERT INTO records (id, revision, body, mac) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING", [
    id,
    revision,
    body,
    mac,
  ]);

/** Writes a record in place of the one before. */
export const updateRecord = (database: Database, { id, revision, body, mac }: RecordRow): number =>
  database.run("UPDATE records SET revision = ?, body = ?, mac = ? WHERE id = ?", [revision, body, mac, id]);

const recordOf = (row: Row): Omit<RecordRow, "id"> => ({
  revision: numberOf(row, "revision"),
  body: bytesOf(row, "body"),
  mac: bytesOf(row, "mac"),
});

function slotOf(row: Row): SlotRow {
  const kind = textOf(row, "kind");
  if (kind !== "passphrase" && kind !== "key") throw tamperedStore("a slot is for a kind of root that there is not");
  return { id: textOf(row, "id"), kind, parameters: bytesOf(row, "parameters"), sealed: bytesOf(row, "sealed") };
}

function bytesOf(row: Row, name: string): Uint8Array {
  const value = row[name];
  if (value instanceof Uint8Array) return value;
  throw tamperedStore(`a ${name} is missing, too long, or no bytes`);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(row: Row, name: string): string {
  const value = bytesOf(row, name);
  try {
    return decoder.decode(value);
  } catch {
    throw tamperedStore(`an ${name} is no text`);
  }
}

function numberOf(row: Row, name: string): number {
  const value = row[name];
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw tamperedStore(`a ${name} is no whole number`);
}
