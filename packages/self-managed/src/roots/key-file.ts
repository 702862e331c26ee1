import { KmsError, type KmsErrorCode } from "@kms/core/driver";
import { constants } from "node:fs";
import { open, unlink, type FileHandle } from "node:fs/promises";
import { platform } from "node:os";
import { dirname } from "node:path";
import { secretOf } from "../primitives.ts";
import { keyOfSlot, newKeyParameters, newRootKey, rootKeyBytes } from "./key.ts";
import type { Root } from "./root.ts";

const isWindows = platform() === "win32";
const reading = "Reading a key file";
const making = "Making a key file";

/**
 * A root of a file of 32 random bytes, such as `createKeyFile` makes. It is read whenever a slot is opened or made, and
 * nothing of it is kept. `NOT_FOUND` then when it is not there; `PERMISSION_DENIED` when it cannot be read, or when others
 * than its owner have any right to it (not looked at on Windows); `INVALID_ARGUMENT` when it is no file of exactly 32 bytes.
 */
export function keyFileRoot(path: string): Root {
  assertPath(path);
  return Object.freeze<Root>({
    kind: "key",
    newParameters: newKeyParameters,
    slotKey: async (parameters) => {
      const bytes = await readKeyFile(path);
      const secret = secretOf(bytes);
      bytes.fill(0);
      return keyOfSlot(secret, parameters);
    },
  });
}

/**
 * Makes a file of 32 random bytes that its owner alone can read (mode 0600), written through to the disk together with
 * its entry in the folder. Keep it, and a copy, where the store is not: without it the store does not open. When it fails,
 * no file is left: `ALREADY_EXISTS` when anything is there (it stays as it is), `NOT_FOUND` without the folder,
 * `PERMISSION_DENIED`, `UNAVAILABLE` when the disk is full or failing.
 */
export async function createKeyFile(path: string): Promise<void> {
  assertPath(path);
  // "wx" follows no link and opens nothing that is there. The umask can take rights away; it never adds any.
  const file = await open(path, "wx", 0o600).catch((error: unknown) => {
    throw fault(making, error);
  });
  const bytes = newRootKey();
  try {
    await through(file, async () => {
      await file.writeFile(bytes);
      await file.sync();
    });
    await syncFolder(path);
  } catch (error) {
    await unlink(path).catch(() => undefined); // Of two failures the first is the one to tell.
    throw fault(making, error);
  } finally {
    bytes.fill(0);
  }
}

async function readKeyFile(path: string): Promise<Uint8Array> {
  // Without O_NONBLOCK, opening a pipe waits for its other end.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw fault(reading, error);
  });
  try {
    return await through(file, () => readKey(file));
  } catch (error) {
    throw fault(reading, error);
  }
}

/** What is open is what is judged and read: another file put under the name meanwhile changes nothing. */
async function readKey(file: FileHandle): Promise<Uint8Array> {
  const found = await file.stat();
  if (!found.isFile() || found.size !== rootKeyBytes) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      `${reading}: found no file of exactly ${rootKeyBytes} bytes. Give one that createKeyFile made.`,
    );
  }
  // Windows answers no rights of groups and others.
  if (!isWindows && (found.mode & 0o077) !== 0) {
    throw new KmsError(
      "PERMISSION_DENIED",
      `${reading}: others than its owner have rights to it. Take them away (chmod 600).`,
    );
  }
  const bytes = new Uint8Array(rootKeyBytes);
  const { bytesRead } = await file.read(bytes, 0, rootKeyBytes, 0);
  if (bytesRead === rootKeyBytes) return bytes;
  throw new KmsError("UNAVAILABLE", `${reading}: it became shorter meanwhile. Try again.`);
}

async function through<R>(file: FileHandle, run: () => Promise<R>): Promise<R> {
  try {
    return await run();
  } finally {
    await file.close();
  }
}

/** A new entry is on the disk only once its folder is. Windows opens no folders, and writes entries through by itself. */
async function syncFolder(path: string): Promise<void> {
  if (isWindows) return;
  const folder = await open(dirname(path), constants.O_RDONLY);
  await through(folder, () => folder.sync());
}

function assertPath(path: string): void {
  if (typeof path === "string" && path.length > 0 && !path.includes("\0")) return;
  throw new KmsError("INVALID_ARGUMENT", "A key file needs a path: text without a zero byte.");
}

const codes: Readonly<Record<string, KmsErrorCode>> = {
  ENOENT: "NOT_FOUND",
  ENOTDIR: "NOT_FOUND",
  EEXIST: "ALREADY_EXISTS",
  EACCES: "PERMISSION_DENIED",
  EPERM: "PERMISSION_DENIED",
  EROFS: "PERMISSION_DENIED",
  EISDIR: "INVALID_ARGUMENT",
  ENXIO: "INVALID_ARGUMENT",
  ELOOP: "INVALID_ARGUMENT",
  ENAMETOOLONG: "INVALID_ARGUMENT",
};

function fault(attempted: string, cause: unknown): KmsError {
  if (KmsError.isInstance(cause)) return cause;
  const found =
    cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "another fault";
  const advice = "Check the path, its rights and the disk.";
  return new KmsError(codes[found] ?? "UNAVAILABLE", `${attempted}: the system answered ${found}. ${advice}`, {
    cause,
  });
}
