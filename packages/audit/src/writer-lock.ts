import { KmsError } from "@kms/core";
import { Buffer } from "node:buffer";
import { link, lstat, rename, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { platform } from "node:os";
import { diskError, errnoOf } from "./errors.ts";
import { randomId } from "./primitives.ts";

/** The one right to write into a directory. */
export interface WriterLock {
  /** Whether it still stands where it was made. */
  readonly isHeld: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

/** The name of the lock in its directory: a socket that the kernel closes with its process, however that ends. */
export const lockName = "audit.lock";
// Room for a socket's path: macOS has 104 bytes, its end included.
const maximumDirectoryBytes = 103 - "/lock-12345678".length;

/**
 * Takes the right to write into a directory. `CONFLICT` while another sink holds it, of this process or another on this
 * machine; what a killed process left is taken over. Other machines on a shared file system are not seen.
 * `UNSUPPORTED` on Windows and where a file system has no sockets, `INVALID_ARGUMENT` above 89 bytes of path.
 */
export async function lockDirectory(directory: string): Promise<WriterLock> {
  if (platform() === "win32") throw unsupported("Windows has no sockets in directories");
  if (Buffer.byteLength(directory) > maximumDirectoryBytes) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      `Cannot lock ${directory}: its path may have ${maximumDirectoryBytes} bytes. Choose a shorter one.`,
    );
  }
  const path = `${directory}/${lockName}`;
  // It listens before it bears the lock's name: under that name, who does not answer is gone.
  const own = `${directory}/lock-${randomId().slice(0, 8)}`;
  const server = await listen(own);
  try {
    const inode = await inodeOf(own);
    // Twice: what was left behind is moved away in between. Whoever is overtaken there finds the lock held.
    const isTaken = (await claim(own, path)) || ((await moveAbandoned(path)) && (await claim(own, path)));
    if (!isTaken) throw held(directory);
    await rm(own, { force: true });
    return {
      isHeld: async () => (await inodeOf(path)) === inode,
      release: async () => {
        try {
          if ((await inodeOf(path)) === inode) await rm(path, { force: true });
        } catch (error) {
          throw diskError(`Letting ${path} go`, error);
        } finally {
          await stop(server);
        }
      },
    };
  } catch (error) {
    await stop(server); // removes its own name
    throw error;
  }
}

const held = (directory: string): KmsError =>
  new KmsError(
    "CONFLICT",
    `Cannot write into ${directory}: another sink does. Close it first, or give each its own directory.`,
  );

const stop = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

/** A listening socket at a path. */
function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on("error", () => undefined).destroy());
    server.unref();
    server.on("error", (error) => {
      const found = errnoOf(error);
      const hasNone = found === "EOPNOTSUPP" || found === "EPERM";
      reject(hasNone ? unsupported("its file system has no sockets") : diskError(`Locking ${path}`, error));
    });
    // Exclusive: workers of a cluster would share the socket, and the lock with it.
    server.listen({ path, exclusive: true }, () => resolve(server));
  });
}

/** Gives a socket the lock's name too; false where something bears it. */
async function claim(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw diskError(`Locking ${path}`, error);
  }
}

/** Moves a lock away that nobody listens behind; false where somebody does, or came to in the meantime. */
async function moveAbandoned(path: string): Promise<boolean> {
  const aside = `${path}.${randomId()}`;
  try {
    const inode = await inodeOf(path);
    if (inode === undefined) return true;
    if (await answers(path)) return false;
    await rename(path, aside);
    const isSame = (await inodeOf(aside)) === inode;
    // Somebody else may have taken the lock over between the two looks: then it is theirs, and goes back.
    if (!isSame) await link(aside, path);
    await rm(aside);
    return isSame;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return true; // let go meanwhile
    if (errnoOf(error) === "EEXIST") return false; // taken by a third
    throw diskError(`Taking over ${path}`, error);
  }
}

/** Whether somebody listens; where that cannot be told, or something else bears the name, somebody does. */
async function answers(path: string): Promise<boolean> {
  if (!(await lstat(path)).isSocket()) return true;
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error) => resolve(errnoOf(error) !== "ECONNREFUSED"));
  });
}

async function inodeOf(path: string): Promise<bigint | undefined> {
  try {
    return (await lstat(path, { bigint: true })).ino;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw diskError(`Looking at ${path}`, error);
  }
}

const unsupported = (found: string): KmsError =>
  new KmsError("UNSUPPORTED", `Cannot lock the directory of an audit log: ${found}. Use a local Unix file system.`);
