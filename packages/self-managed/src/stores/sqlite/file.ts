import { statSync } from "node:fs";
import { access, constants, link, lstat, open, realpath, rm, stat, type FileHandle } from "node:fs/promises";
import { platform } from "node:os";
import { dirname, resolve } from "node:path";
import { KmsError } from "@kms/core/driver";
import { randomHex } from "../../sealed/store-keys.ts";
import { fileFailure, movedStore, tamperedStore } from "./errors.ts";

// What SQLite keeps beside a file, and would take for a part of a new one of that name.
const companions = ["-wal", "-shm", "-journal"] as const;

/** The absolute path that a caller's path means. `INVALID_ARGUMENT` for what is none. */
export function absolutePath(path: unknown): string {
  // Absolute, so that no name means something else to SQLite: ":memory:", "file:…", or the empty one.
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return resolve(path);
  throw new KmsError("INVALID_ARGUMENT", "A SQLite store needs the path of its file.");
}

/** Where the file at a path really lies: what SQLite keeps beside it lies there, not beside a link to it. `NOT_FOUND`. */
export const locate = (path: string): Promise<string> =>
  realpath(path).catch((error: unknown) => {
    throw fileFailure(error, "Opening a SQLite store");
  });

/**
 * `TAMPERED` where something lies beside a store that is never there. A store keeps a write-ahead log from its first
 * moment, so a rollback journal is not its own: SQLite would play it back over the file, and delete whatever other file
 * that journal names. Opening a pipe would wait for ever. Whoever may write in the folder can still be faster than this.
 */
export async function assertCompanions(path: string): Promise<void> {
  for (const suffix of companions) {
    const found = await lstat(`${path}${suffix}`).catch((error: unknown) => {
      const failure = fileFailure(error, "Opening a SQLite store");
      if (failure.code !== "NOT_FOUND") throw failure;
    });
    if (found === undefined || (found.isFile() && suffix !== "-journal")) continue;
    throw tamperedStore(`a ${suffix} lies beside it that is none of its own`);
  }
}

/** Throws `UNAVAILABLE` once the file of a path is no longer the one that it is now: others see, and keep, another one. */
export function watchPlace(path: string): () => void {
  const first = statSync(path, { bigint: true, throwIfNoEntry: false });
  return () => {
    const now = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (now === undefined || now.ino !== first?.ino || now.dev !== first.dev) throw movedStore();
  };
}

/** Says in a file's header that it keeps a write-ahead log (https://www.sqlite.org/fileformat.html §1.3.3). */
export async function markLogged(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.write(Uint8Array.of(2, 2), 0, 2, 18);
  } finally {
    await handle.close();
  }
}

/** May this process write the store at a path? `NOT_FOUND` where there is none, `INVALID_ARGUMENT` where it is no file. */
export async function isWritable(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileFailure(error, "Opening a SQLite store");
  });
  if (!found.isFile()) throw new KmsError("INVALID_ARGUMENT", "Opening a SQLite store: at its path is no file.");
  return access(path, constants.W_OK).then(
    () => true,
    () => false, // Reading may still do; if not, SQLite says so.
  );
}

/** `ALREADY_EXISTS` when there is anything at a path, a link that leads nowhere too, or what an earlier store left beside it. */
export async function assertFree(path: string): Promise<void> {
  for (const suffix of ["", ...companions]) {
    const found = await lstat(`${path}${suffix}`).catch((error: unknown) => {
      const failure = fileFailure(error, "Creating a SQLite store");
      if (failure.code !== "NOT_FOUND") throw failure;
    });
    if (found === undefined) continue;
    const what = suffix === "" ? "something is at its path" : `an earlier store left its ${suffix} file`;
    throw new KmsError("ALREADY_EXISTS", `Creating a SQLite store: ${what}. Nothing was touched; choose another path.`);
  }
}

/**
 * Makes a file whole or not at all: `fill` writes a temporary one in the same folder (mode 0600), which is linked into
 * place once it is on the disk, and the folder after it. `ALREADY_EXISTS` when somebody else was faster; whatever fails,
 * nothing of it is at the path. A process that is killed meanwhile leaves at most the temporary file, which nobody takes for a
 * store.
 */
export async function createWhole(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomHex(8)}.new`;
  try {
    await (await open(temporary, "wx", 0o600)).close();
    await fill(temporary);
    await sync(temporary);
    await place(temporary, path);
  } catch (error) {
    throw fileFailure(error, "Creating a SQLite store");
  } finally {
    for (const suffix of ["", ...companions]) await rm(`${temporary}${suffix}`, { force: true }).catch(() => undefined);
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Gives a file its name in place of its temporary one. That is on the disk once the folder is, and undone if it is not. */
async function place(temporary: string, path: string): Promise<void> {
  // Opened before anything is there. Windows opens no folders, and writes their entries by itself.
  const folder = platform() === "win32" ? undefined : await open(dirname(path), "r");
  try {
    // Not a rename, which would overwrite.
    await link(temporary, path);
    await writeThrough(temporary, path, folder);
  } finally {
    await folder?.close();
  }
}

async function writeThrough(temporary: string, path: string, folder: FileHandle | undefined): Promise<void> {
  try {
    await rm(temporary);
    await folder?.sync();
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined); // Of two failures the first is the one to tell.
    throw error;
  }
}
