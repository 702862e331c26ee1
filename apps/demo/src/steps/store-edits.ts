import type { Answer } from "../attempt.ts";
import type { RawDatabase } from "../raw-database.ts";
import { encryption, mac } from "../roles.ts";
import { keyOf, type Scene } from "../scene.ts";

/** One change to a copy of a store file, and how it is refused. */
export interface StoreEdit {
  readonly what: string;
  readonly expected: Answer | readonly Answer[];
  readonly change: (database: RawDatabase) => void;
}

/** What somebody can do to rows and schema who has the file and a SQLite library, but not the root. */
export function storeEdits(scene: Scene): readonly StoreEdit[] {
  const { keyId } = keyOf(scene, encryption);
  const other = keyOf(scene, mac).keyId;
  return [...changedRecords(keyId, other), ...recordsMore(keyId), ...recordsLess(keyId, other), ...fileEdits];
}

// Key ids are hexadecimal digits, a slash, letters, digits and hyphens: nothing to quote.
const isId = (id: string): string => `id = '${id}'`;
const become = (id: string, from: string): string =>
  `UPDATE records SET (revision, body, mac) = (SELECT revision, body, mac FROM ${from}) WHERE ${isId(id)}`;

const changedRecords = (id: string, other: string): readonly StoreEdit[] => [
  {
    what: "store, one bit of a record flipped",
    expected: "TAMPERED",
    change: ({ flip }) => flip("records", "body", isId(id)),
  },
  {
    what: "store, one bit of a record's MAC flipped",
    expected: "TAMPERED",
    change: ({ flip }) => flip("records", "mac", isId(id)),
  },
  {
    what: "store, a record's revision raised",
    expected: "TAMPERED",
    change: ({ exec }) => exec(`UPDATE records SET revision = revision + 1 WHERE ${isId(id)}`),
  },
  {
    what: "store, one key's record under another key's id",
    expected: "TAMPERED",
    change: ({ exec }) => exec(become(id, `records WHERE ${isId(other)}`)),
  },
  {
    what: "store, two keys' records swapped",
    expected: "TAMPERED",
    change: ({ exec }) =>
      exec(`CREATE TEMP TABLE kept AS SELECT * FROM records WHERE ${isId(id)};
        ${become(id, `records WHERE ${isId(other)}`)}; ${become(other, "temp.kept")}`),
  },
];

const recordsMore = (id: string): readonly StoreEdit[] => [
  {
    what: "store, a record copied under a new id",
    expected: "TAMPERED",
    change: ({ exec }) =>
      exec(`INSERT INTO records SELECT id || '-copy', revision, body, mac FROM records WHERE ${isId(id)}`),
  },
];

const recordsLess = (id: string, other: string): readonly StoreEdit[] => [
  {
    what: "store, a record deleted",
    expected: "TAMPERED",
    change: ({ exec }) => exec(`DELETE FROM records WHERE ${isId(id)}`),
  },
  {
    what: "store, a deleted record that is never asked for",
    expected: "TAMPERED",
    change: ({ exec }) => exec(`DELETE FROM records WHERE ${isId(other)}`),
  },
];

const fileEdits: readonly StoreEdit[] = [
  {
    what: "store, one bit of its head flipped",
    expected: "TAMPERED",
    change: ({ flip }) => flip("head", "body"),
  },
  {
    what: "store, one bit of its root slot flipped",
    expected: ["TAMPERED", "WRONG_ROOT_KEY"],
    change: ({ flip }) => flip("slots", "sealed"),
  },
  {
    what: "store, a trigger added to its schema",
    expected: "TAMPERED",
    change: ({ exec }) =>
      exec("CREATE TRIGGER quiet AFTER UPDATE ON records BEGIN DELETE FROM records WHERE id = new.id; END"),
  },
];
