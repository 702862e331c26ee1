import { KmsError } from "@kms/core";
import { Buffer } from "node:buffer";
import { rm, stat } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { platform } from "node:os";
import { diskError, errnoOf } from "./errors.ts";
import { claimLock, holderOf, lockName, socketName } from "./lock-chain.ts";
import { randomId } from "./primitives.ts";

/** The one right to write into a directory. */
export interface WriterLock {
  /** Whether it still stands where it was made. */
  readonly isHeld: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

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
  const own = socketName(randomId().slice(0, 8));
  // It listens before the lock leads to it: who does not answer there is gone.
  const server = await listen(`${directory}/${own}`);
  try {
    const inode = await inodeBehind(`${directory}/${own}`);
    if (!(await claimLock(directory, own))) throw held(directory);
    return {
      isHeld: async () => (await inodeBehind(`${directory}/${lockName}`)) === inode,
      release: () => release(directory, own, server),
    };
  } catch (error) {
    await stop(server);
    throw error;
  }
}

async function release(directory: string, own: string, server: Server): Promise<void> {
  const path = `${directory}/${lockName}`;
  try {
    if ((await holderOf(directory)) === own) await rm(path, { force: true });
  } catch (error) {
    throw diskError(`Letting ${path} go`, error);
  } finally {
    await stop(server);
  }
}

const held = (directory: string): KmsError =>
  new KmsError(
    "CONFLICT",
    `Cannot write into ${directory}: another sink does. Close it first, or give each its own directory.`,
  );

/** Stops listening and removes the socket's name. */
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

/** What a path leads to, links followed. */
async function inodeBehind(path: string): Promise<bigint | undefined> {
  try {
    return (await stat(path, { bigint: true })).ino;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw diskError(`Looking at ${path}`, error);
  }
}

const unsupported = (found: string): KmsError =>
  new KmsError("UNSUPPORTED", `Cannot lock the directory of an audit log: ${found}. Use a local Unix file system.`);
