import { readFileSync, writeFileSync } from "node:fs";
import type { Database, SqlValue } from "@kms/self-managed";
import { withRaw } from "../port.ts";

/** One byte that can be flipped, and where it is in words. */
export interface Target {
  readonly place: string;
  /** Flips it in the file at a path, which is a copy. */
  readonly flipIn: (path: string) => void | Promise<void>;
}

// Another bit at each byte, so that high and low ones have their turn.
const maskAt = (offset: number): number => 1 << ((offset * 5) % 8);

/** Every byte of the database file. */
export function bytesOfFile(path: string): readonly Target[] {
  const whole = readFileSync(path);
  return [...whole.keys()].map((offset) => ({
    place: `byte ${offset} of the file`,
    flipIn: (copy) => writeFileSync(copy, flipped(whole, offset)),
  }));
}

/** Every byte of every column of every row, whatever the tables are: whole numbers as the eight bytes that they are. */
export const bytesOfRows = (path: string): Promise<readonly Target[]> =>
  withRaw(path, (raw) =>
    cellsOf(raw).flatMap((cell) => [...cell.value.keys()].map((offset) => targetIn(cell, offset))),
  );

interface Cell {
  readonly table: string;
  readonly column: string;
  /** The column that tells rows apart, and this row's value in it. */
  readonly key: string;
  readonly rowKey: SqlValue;
  readonly type: "text" | "blob" | "integer";
  readonly value: Uint8Array;
}

function cellsOf(raw: Database): readonly Cell[] {
  return textsOf(raw, "SELECT CAST(name AS BLOB) AS text FROM sqlite_schema WHERE type = 'table'").flatMap((table) => {
    const columns = textsOf(raw, `SELECT CAST(name AS BLOB) AS text FROM pragma_table_info('${table}')`);
    const [key = ""] = columns;
    return columns.flatMap((column) => cellsOfColumn(raw, table, key, column));
  });
}

function cellsOfColumn(raw: Database, table: string, key: string, column: string): readonly Cell[] {
  const sql = `SELECT ${key} AS rowKey, typeof(${column}) AS type, CAST(${column} AS BLOB) AS value FROM ${table}`;
  return raw.all(sql, []).map(({ rowKey = null, type, value }) => {
    const isKnown = type === "text" || type === "blob" || type === "integer";
    if (!isKnown || !(value instanceof Uint8Array)) throw new Error(`No flips for ${String(type)} are known.`);
    return { table, column, key, rowKey, type, value: type === "integer" ? eightBytes(value) : value };
  });
}

const textsOf = (raw: Database, sql: string): readonly string[] =>
  raw.all(sql, []).map(({ text }) => Buffer.from(text as Uint8Array).toString());

/** A whole number from its digits. */
function eightBytes(digits: Uint8Array): Uint8Array {
  const number = Buffer.alloc(8);
  number.writeBigInt64BE(BigInt(Buffer.from(digits).toString()));
  return number;
}

function targetIn({ table, column, key, rowKey, type, value }: Cell, offset: number): Target {
  const bytes = flipped(value, offset);
  const written = type === "integer" ? String(bytes.readBigInt64BE()) : `CAST(x'${bytes.toString("hex")}' AS ${type})`;
  return {
    place: `byte ${offset} of ${table}.${column} where ${key} is ${String(rowKey)}`,
    flipIn: (path) =>
      withRaw(path, (raw) => {
        raw.exec("PRAGMA ignore_check_constraints = ON");
        const changes = raw.run(`UPDATE ${table} SET ${column} = ${written} WHERE ${key} = ?`, [rowKey]);
        if (changes !== 1) throw new Error(`Flipping ${table}.${column} changed ${changes} rows.`);
      }),
  };
}

function flipped(bytes: Uint8Array, offset: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[offset] = (copy[offset] ?? 0) ^ maskAt(offset);
  return copy;
}
