import type { DriverHealth } from "@kms/core/driver";
import { lastWritten, type StoredKey } from "../../records/key-record.ts";
import type { Root } from "../../roots/root.ts";
import { assertRoom, openOwnRecord, openRecord, sealRecord } from "../../sealed/records.ts";
import type { KeyStore } from "../store.ts";
import type { Database } from "./database.ts";
import { insertRecord, readRecord, updateRecord } from "./rows.ts";
import { listed } from "./listing.ts";
import { addSlot, describeSlots, removeSlot, type SlotDescription } from "./slots.ts";
import { visibilityMs, type StoreFile } from "./store-file.ts";

/**
 * A store in a SQLite file, which is worth nothing without one of its roots. It answers at once; what it acknowledged is
 * on the disk. Several processes may have one file open: what one commits, the others see within 10 ms. `UNAVAILABLE`
 * with outcome none when another one holds the lock for longer than 100 ms, or the disk is full or fails;
 * `PERMISSION_DENIED` for a change to a read-only file; `TAMPERED` for whatever was altered by other hands, told when it
 * is read: a record that was deleted, when the store is listed. A store that was set back as a whole is not noticed.
 */
export interface SqliteStore extends KeyStore {
  readonly create: (record: StoredKey) => boolean;
  readonly get: (id: string) => StoredKey | undefined;
  readonly advanceTime: (at: number) => void;
  /** By id, read page by page; `TAMPERED`, at the end at the latest, when a record is missing or one too many. */
  readonly list: () => Iterable<StoredKey>;
  /**
   * `TOO_LARGE` above 8 MiB, and already 256 KiB and 2 KiB for each version below that where a version begins to protect,
   * made or enabled: disabling, revoking, scheduling and destroying still fit then. So too for a version that is enabled with
   * more than 65,472 entries in its history, of 65,536, or whose destruction is cancelled with more than 65,520.
   */
  readonly replace: (record: StoredKey, expectedRevision: number) => boolean;
  readonly health: () => DriverHealth;
  readonly close: () => void;
  /** The slots, by id. */
  readonly slots: () => readonly SlotDescription[];
  /**
   * Adds a slot for another root, after `through` has opened the store anew and the new slot is proved to open with its
   * root. `WRONG_ROOT_KEY` when `through` opens no slot; `QUOTA_EXCEEDED` above 16 slots; `CONFLICT` when slots were
   * changed meanwhile. Then nothing is written.
   */
  readonly addSlot: (through: Root, root: Root) => Promise<SlotDescription>;
  /**
   * Removes a slot, after `through` has opened the store anew by another one. `WRONG_ROOT_KEY` when it opens no other;
   * `NOT_FOUND`; `INVALID_STATE` for the last slot; `CONFLICT` when slots were changed meanwhile. Then nothing is
   * written. The store key stays the same: whoever has the removed root and a copy of the file from before gets that key
   * out of the copy, and reads and forges with it what is written since, too.
   */
  readonly removeSlot: (through: Root, slotId: string) => Promise<void>;
}

/** A store over an open file. */
export const sqliteStore = (file: StoreFile): SqliteStore =>
  Object.freeze<SqliteStore>({
    storeId: file.keys.identity.storeId,
    visibleWithinMs: visibilityMs,
    copiesMaterial: true,
    changeCounter: () => file.changes,
    latestTime: () => file.latestTime,
    advanceTime: (at) => advanceTime(file, at),
    create: (record) => create(file, record),
    get: (id) => get(file, id),
    list: () => listed(file),
    replace: (record, expectedRevision) => replace(file, record, expectedRevision),
    health: () => health(file.database),
    close: () => file.close(),
    slots: () => describeSlots(file),
    addSlot: (through, root) => addSlot(file, through, root),
    removeSlot: (through, slotId) => removeSlot(file, through, slotId),
  });

function get(file: StoreFile, id: string): StoredKey | undefined {
  const latest = file.latest(id);
  return latest === undefined ? read(file, file.database, id) : openOwnRecord(file.keys, latest);
}

function read({ keys }: StoreFile, database: Database, id: string): StoredKey | undefined {
  const row = readRecord(database, id);
  return row === undefined ? undefined : openRecord(keys, id, row);
}

function create(file: StoreFile, record: StoredKey): boolean {
  const row = sealRecord(file.keys, record);
  return file.write((head, database) => {
    if (insertRecord(database, row) === 0) return { answer: false };
    const latestTime = Math.max(head.latestTime, lastWritten(record));
    return { answer: true, head: { ...head, latestTime, records: head.records + 1 }, row };
  });
}

function replace(file: StoreFile, record: StoredKey, expectedRevision: number): boolean {
  const row = sealRecord(file.keys, record);
  const before = file.write((head, database) => {
    const stored = read(file, database, row.id);
    if (stored?.revision !== expectedRevision) return { answer: undefined };
    assertRoom(row, record, stored);
    updateRecord(database, row);
    const latestTime = Math.max(head.latestTime, lastWritten(record));
    return { answer: stored, head: { ...head, latestTime }, row };
  });
  if (before === undefined) return false;
  if (materials(record) < materials(before)) file.erase();
  return true;
}

const advanceTime = (file: StoreFile, at: number): void =>
  file.write((head) => ({
    answer: undefined,
    head: at > head.latestTime ? { ...head, latestTime: at } : undefined,
  }));

const materials = ({ versions }: StoredKey): number => versions.filter(({ material }) => material !== undefined).length;

function health(database: Database): DriverHealth {
  const version = String(database.get("SELECT sqlite_version() AS version", [])?.["version"]);
  return {
    notes: [
      `SQLite ${version} by ${database.library}: what is acknowledged is on the disk.`,
      "Key material is sealed. Ids, labels, states, dates, actors and reasons stand in the file in clear, authenticated.",
      "A file that is set back as a whole to an earlier copy is noticed only by processes that have it open; one record of it that is set back to an earlier revision is not.",
      "A deleted record is noticed when the store is listed.",
      `Another process's change is seen within ${visibilityMs} ms.`,
      "Copies and backups of the file keep what was destroyed or removed since, and open with the roots of their time.",
      "A removed root, with a copy of the file from before, still opens what is written since: the store key stays the same.",
    ],
    rollbackProtection: "none",
    keepsTime: true,
  };
}
