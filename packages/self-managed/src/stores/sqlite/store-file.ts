import { KmsError } from "@kms/core/driver";
import { openHead, sealHead, type Head } from "../../sealed/head.ts";
import type { RecordRow } from "../../sealed/records.ts";
import { digestOfSlots, type SlotRow } from "../../sealed/slots.ts";
import type { StoreKeys } from "../../sealed/store-keys.ts";
import { checkSchema, schemaCount } from "./checks.ts";
import { emptyLog, reading, writing } from "./connection.ts";
import type { Database } from "./database.ts";
import { closedStore, tamperedStore } from "./errors.ts";
import { readHead, readSlots, updateHead } from "./rows.ts";

/** How old, in milliseconds, what is known of other connections' changes may be: asking SQLite costs some 5 µs. */
export const visibilityMs = 10;

/** What a change does: its answer, and the head that comes after it; without one, nothing was written. */
export interface Written<R> {
  readonly answer: R;
  readonly head?: Omit<Head, "revision"> | undefined;
  /** The row of the record that was written, where it was one. */
  readonly row?: RecordRow | undefined;
}

/**
 * An open store: the connection, the keys, and what is known of the head. Every head that is read is verified. All
 * members but `close` are `CLOSED` once it is closed.
 */
export class StoreFile {
  readonly keys: StoreKeys;
  readonly #database: Database;
  readonly #assertInPlace: () => void;
  #head: Head;
  #latest: RecordRow | undefined;
  #revision = 0;
  #schema: number;
  #version: unknown;
  #askedAt: number;
  #changes = 0;
  #holdsErased = false;
  #isOpen = true;

  /**
   * Reads and verifies head and slots. `TAMPERED`. Owns keys and connection from then on. `assertInPlace` throws once the
   * file is no longer the one of its name.
   */
  constructor(database: Database, keys: StoreKeys, assertInPlace: () => void) {
    this.keys = keys;
    this.#database = database;
    this.#assertInPlace = assertInPlace;
    this.#askedAt = performance.now();
    // Asked first: what is committed after that is noticed later. Known only once a head is.
    const version = dataVersion(database);
    this.#schema = reading(database, () => checkSchema(database));
    this.#head = this.slots().head;
    this.#version = version;
  }

  /** The connection, for reads of one statement. */
  get database(): Database {
    if (this.#isOpen) return this.#database;
    throw closedStore();
  }

  /** Differs from every earlier one once anything was committed by anybody, another connection's up to 10 ms later. */
  get changes(): number {
    this.#follow();
    return this.#changes;
  }

  /** As `changes`: the latest effective time written. */
  get latestTime(): number {
    this.#follow();
    return this.#head.latestTime;
  }

  /** Reads over one moment of the store. */
  read<R>(run: (head: Head, database: Database) => R): R {
    const { database } = this;
    return reading(database, () => run(this.#verified(), database));
  }

  /** Head and slots of one moment, the slots being those that the head means. `TAMPERED`. */
  slots(): { readonly head: Head; readonly rows: readonly SlotRow[] } {
    return this.read((head, database) => ({ head, rows: slotsOf(head, database) }));
  }

  /**
   * Runs a change: wholly on the disk when this returns, or not done. `UNAVAILABLE` when another connection holds the
   * lock, or the disk is full or fails; `PERMISSION_DENIED` when the file is read-only; `TAMPERED`. An outcome is unknown
   * only where the disk failed while it was written to.
   */
  write<R>(run: (head: Head, database: Database) => Written<R>): R {
    const { database } = this;
    const { written, next } = this.#committing(() => {
      const head = this.#verified();
      const written = run(head, database);
      if (written.head === undefined) return { written, next: undefined };
      const replacement: Head = { ...written.head, revision: head.revision + 1 };
      updateHead(database, sealHead(this.keys, replacement));
      // What is acknowledged must be found again under the file's name.
      this.#assertInPlace();
      return { written, next: replacement };
    });
    if (next !== undefined) {
      this.#head = next;
      this.#latest = written.row;
      this.#revision = next.revision;
      this.#changes += 1;
      this.#forget();
    }
    return written.answer;
  }

  /** The row of a record, where this connection wrote it last and nobody has committed since: what was just made is asked for at once. */
  latest(id: string): RecordRow | undefined {
    const { database } = this;
    return this.#latest?.id === id && dataVersion(database) === this.#version ? this.#latest : undefined;
  }

  /** The last change took key material, or a slot, out of the file: that goes out of its log too, as soon as nobody reads it. */
  erase(): void {
    this.#holdsErased = true;
    this.#forget();
  }

  /** Lets go of keys and file. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.keys.close();
    emptyLog(this.#database);
    this.#database.close();
  }

  /** A change that may have happened counts as one: what is known is read again before it is used. */
  #committing<R>(run: () => R): R {
    try {
      return writing(this.#database, run);
    } catch (error) {
      if (KmsError.isInstance(error) && error.outcome !== "none") {
        this.#version = undefined; // that of a connection never is, so the next look finds a change
        this.#askedAt = -Infinity;
      }
      throw error;
    }
  }

  #forget(): void {
    if (this.#holdsErased) this.#holdsErased = !emptyLog(this.#database);
  }

  /** The head within a transaction, in a schema that is still the expected one: as it is known, where nobody else has committed. */
  #verified(): Head {
    if (dataVersion(this.#database) === this.#version) return this.#head;
    if (schemaCount(this.#database) !== this.#schema) this.#schema = checkSchema(this.#database);
    const head = openHead(this.keys, readHead(this.#database));
    // Genuine, but older than what this process has seen: an earlier copy was put in its place.
    if (head.revision < this.#revision) throw tamperedStore("it was set back to an earlier revision");
    this.#revision = head.revision;
    return head;
  }

  #follow(): void {
    const { database } = this;
    const now = performance.now();
    if (now - this.#askedAt < visibilityMs) return;
    this.#assertInPlace();
    const version = dataVersion(database);
    if (version !== this.#version) {
      this.#head = this.read((head) => head);
      this.#latest = undefined;
      this.#changes += 1;
    }
    // Only now: a failure is told again by the next call.
    this.#version = version;
    this.#askedAt = now;
  }
}

/** The slots that a head means. `TAMPERED` for others. To be run within the transaction that the head was read in. */
export function slotsOf(head: Head, database: Database): readonly SlotRow[] {
  const rows = readSlots(database);
  if (digestOfSlots(rows) === head.slots) return rows;
  throw tamperedStore("its slots are not those that its head names");
}

/** Differs from every earlier one of this connection once another connection has committed. */
const dataVersion = (database: Database): unknown => database.get("PRAGMA data_version", [])?.["data_version"];
