import type { StoredKey } from "../../records/key-record.ts";
import type { Head } from "../../sealed/head.ts";
import { openRecord, type RecordRow } from "../../sealed/records.ts";
import { tamperedStore } from "./errors.ts";
import { countRecords, readPage } from "./rows.ts";
import type { StoreFile } from "./store-file.ts";

/**
 * Every record, by id, read page by page: a reader may stop between, and writers go on meanwhile. `TAMPERED`, at the end
 * at the latest, when a row is missing or was added by other hands.
 */
export function* listed(file: StoreFile): Generator<StoredKey, void, undefined> {
  const first = page(file, "");
  let { head, rows } = first;
  let count = 0;
  while (rows.length > 0) {
    for (const row of rows) {
      count += 1;
      yield openRecord(file.keys, row.id, row);
    }
    ({ head, rows } = page(file, rows.at(-1)?.id ?? ""));
  }
  // No record is ever taken out, so those of the beginning must all have come, and at most those of the end.
  if (count < first.head.records || count > head.records || (head.records !== first.head.records && isShort(file))) {
    throw tamperedStore("it does not have as many records as its head says");
  }
}

interface Page {
  readonly head: Head;
  readonly rows: readonly RecordRow[];
}

const page = (file: StoreFile, after: string): Page =>
  file.read((head, database) => ({ head, rows: readPage(database, after) }));

/** Records were made meanwhile, so that the count of those listed is no proof: they are counted at one moment. */
const isShort = (file: StoreFile): boolean => file.read((head, database) => countRecords(database) !== head.records);
