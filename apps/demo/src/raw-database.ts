import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "libsql";
import { flipped } from "./forging.ts";
import type { WorkFolder } from "./work-folder.ts";

/** A SQLite file as somebody without the root sees it: every row and the schema can be changed, and no store is asked. */
export interface RawDatabase {
  /** Runs one statement, or several. */
  readonly exec: (sql: string) => void;
  /** Flips one bit in the middle of a blob: the column's, in the one row that meets the condition. */
  readonly flip: (table: string, column: string, condition?: string) => void;
}

/** Copies a file below the folder, changes the copy, and answers its path. */
export async function changedCopy(
  path: string,
  folder: WorkFolder,
  name: string,
  change: (database: RawDatabase) => void,
): Promise<string> {
  const copy = join(folder.below("changed-stores").path, `${name}.sqlite`);
  await copyFile(path, copy);
  const database = new Database(copy);
  try {
    change({
      exec: (sql) => void database.exec(sql),
      flip: (table, column, condition = "TRUE") => {
        const rows = database.prepare(`SELECT ${column} AS blob FROM ${table} WHERE ${condition}`).all();
        const { blob } = rows[0] as { readonly blob: ArrayBuffer };
        const changed = flipped(new Uint8Array(blob), Math.floor(blob.byteLength / 2));
        // The parameters as one array: libsql takes a lone Uint8Array for named parameters.
        database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${condition}`).run([changed]);
      },
    });
  } finally {
    database.close();
  }
  return copy;
}
