import { KmsError, type KmsErrorCode } from "@kms/core/driver";

interface Meaning {
  readonly code: KmsErrorCode;
  readonly found: string;
}

const unavailable = (found: string): Meaning => ({ code: "UNAVAILABLE", found });
const denied = (found: string): Meaning => ({ code: "PERMISSION_DENIED", found });
const tampered = (found: string): Meaning => ({ code: "TAMPERED", found });

const busy = unavailable("the file is locked by another connection; try again");
const inputOutput = unavailable("the disk or its file system failed; nothing acknowledged is lost");
const notOurs = tampered("the file is damaged, or no database of ours; take it from a backup");

/**
 * SQLite's result codes (https://www.sqlite.org/rescode.html, read 2026-11-24), by which both libraries tell what
 * happened. An extended code stands here only where it means something else than its primary one (its lowest byte).
 */
const meanings: ReadonlyMap<number, Meaning> = new Map([
  // SQLITE_ERROR: our SQL is fixed and right, so the file does not have what it says it has.
  [1, notOurs],
  [3, denied("the operating system does not let this process at the file")],
  [5, busy],
  [6, busy],
  [7, unavailable("there is no memory left")],
  [8, denied("the file, its folder or its file system is read-only")],
  [10, inputOutput],
  [11, notOurs],
  [13, unavailable("the disk is full; nothing was written")],
  [14, unavailable("the file, or what SQLite keeps beside it, cannot be opened; the folder must be writable")],
  [15, busy],
  [17, notOurs],
  [18, notOurs],
  // SQLITE_CONSTRAINT: what is written was looked for in the same transaction.
  [19, notOurs],
  [23, denied("the operating system does not let this process at the file")],
  [24, notOurs],
  [26, notOurs],
  // SQLITE_READONLY_DBMOVED: the open file is no longer the one of that name.
  [1032, unavailable("the file was moved or replaced; open it again")],
]);
const unknown: Meaning = { code: "UNKNOWN", found: "the library failed in a way that is not known" };
const inputOutputCode = 10;

/**
 * What a SQLite library threw, in the contract's words, with that as the cause. A failed `commit` of which the disk, not
 * SQLite, is the reason may yet be found done after a crash: its outcome is unknown. Neither library's errors carry
 * parameters.
 */
export function sqliteFailure(error: unknown, at: "commit" | "elsewhere" = "elsewhere"): KmsError {
  if (KmsError.isInstance(error)) return error;
  const resultCode = resultCodeOf(error);
  const primary = resultCode === undefined ? undefined : resultCode % 256;
  const { code, found } = meanings.get(resultCode ?? -1) ?? meanings.get(primary ?? -1) ?? meaningOf(error);
  const isOpen = at === "commit" && (primary === inputOutputCode || code === "UNKNOWN");
  return new KmsError(code, `Using the SQLite store: ${found}.`, {
    cause: error,
    outcome: isOpen ? "unknown" : "none",
  });
}

/** `node:sqlite` refuses whole numbers that JavaScript cannot hold: the store writes none. */
function meaningOf(error: unknown): Meaning {
  return error instanceof RangeError ? notOurs : unknown;
}

/** `errcode` of `node:sqlite`; `rawCode` of `libsql`, and while it opens only the end of its message. */
function resultCodeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  for (const name of ["errcode", "rawCode"]) {
    const code: unknown = Reflect.get(error, name);
    if (typeof code === "number" && Number.isSafeInteger(code)) return code;
  }
  const found = error instanceof Error ? /: (\d{1,5})"\)$/.exec(error.message)?.[1] : undefined;
  return found === undefined ? undefined : Number(found);
}

/** What each failure of the file system means while a store is found or made. */
const fileMeanings: Readonly<Record<string, KmsErrorCode>> = {
  ENOENT: "NOT_FOUND",
  EEXIST: "ALREADY_EXISTS",
  EACCES: "PERMISSION_DENIED",
  EPERM: "PERMISSION_DENIED",
  EROFS: "PERMISSION_DENIED",
  ENOTDIR: "INVALID_ARGUMENT",
  ENAMETOOLONG: "INVALID_ARGUMENT",
  ELOOP: "INVALID_ARGUMENT",
  ENOSYS: "UNSUPPORTED",
  ENOTSUP: "UNSUPPORTED",
  EOPNOTSUPP: "UNSUPPORTED",
  EXDEV: "UNSUPPORTED",
};

/** A failure of the file system in the contract's words, with it as the cause. Whatever else it is: `UNAVAILABLE`. */
export function fileFailure(error: unknown, attempted: string): KmsError {
  if (KmsError.isInstance(error)) return error;
  const code = codeOf(error);
  return new KmsError(
    fileMeanings[code ?? ""] ?? "UNAVAILABLE",
    `${attempted}: the file system says ${code ?? "no"}.`,
    {
      cause: error,
    },
  );
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}

/** The store was closed. */
export const closedStore = (): KmsError => new KmsError("CLOSED", "The SQLite store was closed; open it again.");

/** The open file is no longer the one of its name. */
export const movedStore = (): KmsError =>
  new KmsError(
    "UNAVAILABLE",
    "Using the SQLite store: the file was moved, deleted or replaced. Nothing was written; open it again.",
  );

/** The file is not what this store left: what was found says how. */
export const tamperedStore = (found: string): KmsError =>
  new KmsError("TAMPERED", `The SQLite store is not as it was left: ${found}. Do not use it; take it from a backup.`);
