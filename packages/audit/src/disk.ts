import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, type FileHandle } from "node:fs/promises";
import { diskError, errnoOf, tamperedLog } from "./errors.ts";

/** Which file stands at a path, and how long it is. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly length: number;
}

/** An open file of the log. Each member rejects with a `KmsError` (`errors.ts`). */
export interface LogFile {
  readonly identity: () => Promise<FileIdentity>;
  /** Appends all of the bytes or rejects; a part may then stand in the file. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** How many bytes were read into the buffer, 0 at the end. */
  readonly read: (into: Uint8Array, position: number) => Promise<number>;
  readonly sync: () => Promise<void>;
  readonly truncate: (length: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** How a file is opened: to be read; to be appended to, made where it is missing; or made, which must not be there. */
export type OpenMode = "read" | "append" | "create";

/** The few calls of a file system that a log needs: a seam, so that faults of a disk can be shown. */
export interface Disk {
  readonly open: (path: string, mode: OpenMode) => Promise<LogFile>;
  /** Without following a link. `undefined` where nothing stands. */
  readonly identity: (path: string) => Promise<FileIdentity | undefined>;
  readonly list: (directory: string) => Promise<readonly string[]>;
  /** Makes a directory that only its owner may enter; false where something bears the name already. */
  readonly makeDirectory: (path: string) => Promise<boolean>;
  /** Makes entries of a directory last. */
  readonly syncDirectory: (path: string) => Promise<void>;
}

// No link is followed; a FIFO or device in place of a file does not hold the opening up. Windows has neither flag.
const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const appending = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | careful;
const flags: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY | careful,
  append: appending,
  create: appending | constants.O_EXCL,
};

/** The file system of this machine. Files are made with mode 0600, directories with 0700. */
export const nodeDisk: Disk = {
  open: (path, mode) => named(`Opening ${path}`, () => openFile(path, mode)),
  identity: (path) =>
    named(`Looking at ${path}`, async () => {
      try {
        return identityOf(await lstat(path, { bigint: true }));
      } catch (error) {
        if (errnoOf(error) === "ENOENT") return undefined;
        throw error;
      }
    }),
  list: (directory) => named(`Listing ${directory}`, () => readdir(directory)),
  makeDirectory: (path) =>
    named(`Making ${path}`, async () => {
      try {
        await mkdir(path, { mode: 0o700 });
        return true;
      } catch (error) {
        if (errnoOf(error) === "EEXIST") return false;
        throw error;
      }
    }),
  syncDirectory: (path) =>
    named(`Syncing ${path}`, async () => {
      const directory = await open(path, constants.O_RDONLY);
      try {
        await directory.sync();
      } finally {
        await directory.close();
      }
    }),
};

async function openFile(path: string, mode: OpenMode): Promise<LogFile> {
  const handle = await open(path, flags[mode], 0o600);
  if (!(await handle.stat()).isFile()) {
    await handle.close();
    throw tamperedLog(`${path} is no regular file`);
  }
  return logFile(path, handle);
}

function logFile(path: string, handle: FileHandle): LogFile {
  return {
    identity: () => named(`Looking at ${path}`, async () => identityOf(await handle.stat({ bigint: true }))),
    write: (bytes) =>
      named(`Writing to ${path}`, async () => {
        let offset = 0;
        while (offset < bytes.length) {
          const { bytesWritten } = await handle.write(bytes, offset, bytes.length - offset);
          offset += bytesWritten;
        }
      }),
    read: (into, position) =>
      named(`Reading ${path}`, async () => (await handle.read(into, 0, into.length, position)).bytesRead),
    sync: () => named(`Syncing ${path}`, () => handle.datasync()),
    truncate: (length) => named(`Cutting ${path}`, () => handle.truncate(length)),
    close: () => named(`Closing ${path}`, () => handle.close()),
  };
}

const identityOf = (found: { dev: bigint; ino: bigint; size: bigint }): FileIdentity => ({
  device: found.dev,
  inode: found.ino,
  length: Number(found.size),
});

async function named<T>(attempted: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw diskError(attempted, error);
  }
}
