/** In the file's header: what kind of file this is ("kms1"). */
export const applicationId = 0x6b6d7331;
/** Beside it: which schema of such a file. */
export const schemaVersion = 1;

/** Wide enough that the record of an AES key stays in one page of its tree. */
export const pageBytes = 8192;

/**
 * All that stands in the file, by name, in this order. The text is compared with what the file says, letter for letter:
 * another text is another `schemaVersion`.
 */
export const tables: Readonly<Record<string, string>> = {
  head: "CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL, mac BLOB NOT NULL) STRICT",
  slots:
    "CREATE TABLE slots (id TEXT PRIMARY KEY, kind TEXT NOT NULL, parameters BLOB NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID",
  records:
    "CREATE TABLE records (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, body BLOB NOT NULL, mac BLOB NOT NULL) STRICT, WITHOUT ROWID",
};
