import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { KmsError, type Bytes, type StringMap } from "@kms/core";
import type { Awaitable } from "../after.ts";
import { allocate } from "../bytes.ts";
import { invalidArgument } from "../errors.ts";
import { encryptOptionNames, type EncryptOptions } from "../message/new-message.ts";
import { decryptOptionNames, type DecryptOptions, type OpenedHeader } from "../message/open-header.ts";
import { readOptions } from "../options.ts";
import { random } from "../primitives.ts";
import type { Recipient } from "../recipients/recipient.ts";
import { decryptChunks, encryptChunks } from "./chunks.ts";

/** How far a file has been read, in bytes. */
export interface FileProgress {
  readonly readBytes: number;
  readonly totalBytes: number;
}

/** What the functions over files take beside the options of a message. */
export interface FileOptions {
  /** Called after every chunk read, and waited for. What it throws or rejects with ends the work, and leaves no file. */
  readonly onProgress?: ((progress: FileProgress) => Awaitable<void>) | undefined;
}

const encryptNames: ReadonlySet<string> = new Set([...encryptOptionNames, "onProgress"]);
const decryptNames: ReadonlySet<string> = new Set([...decryptOptionNames, "onProgress"]);

/**
 * Encrypts a file into another. The target appears, or replaces what was there, only when it is whole and on disk; until
 * then its bytes stand in a hidden file beside it, which a failure removes. Readable by its owner alone. The two may be the same.
 * A target that is a link is replaced itself: what it pointed at stays as it was.
 * The errors of `encryptChunks`; `NOT_FOUND` and `PERMISSION_DENIED` for files, `UNKNOWN` with the cause for other failures.
 */
export async function encryptFile(
  recipient: Recipient,
  source: string,
  target: string,
  options?: EncryptOptions & FileOptions & { readonly associatedData?: StringMap | undefined },
): Promise<void> {
  const { onProgress, associatedData, ...rest } = readOptions(options, withAssociatedData(encryptNames));
  await replaceFile(source, target, onProgress, (chunks) => encryptChunks(recipient, chunks, associatedData, rest));
}

/**
 * Opens a file into another, as `encryptFile` makes them: plaintext that is not proven to its end is never seen under the
 * target's name. The errors of `decryptChunks` and of files.
 */
export async function decryptFile(
  recipient: Recipient,
  source: string,
  target: string,
  options?: DecryptOptions & FileOptions & { readonly associatedData?: StringMap | undefined },
): Promise<OpenedHeader> {
  const { onProgress, associatedData, ...rest } = readOptions(options, withAssociatedData(decryptNames));
  let opened: Promise<OpenedHeader> | undefined;
  await replaceFile(source, target, onProgress, (chunks) => {
    const plaintext = decryptChunks(recipient, chunks, associatedData, rest);
    ({ opened } = plaintext);
    return plaintext;
  });
  if (opened === undefined) throw new TypeError("the file was replaced without being read");
  return opened;
}

const withAssociatedData = (names: ReadonlySet<string>): ReadonlySet<string> => new Set([...names, "associatedData"]);

function checkPath(path: unknown, what: string): void {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return;
  throw invalidArgument(`use the path of the ${what} file`, "it is no path", "Give a path as text.");
}

type Work = (chunks: AsyncIterable<Bytes>) => AsyncIterable<Bytes>;

async function replaceFile(
  source: string,
  target: string,
  onProgress: FileOptions["onProgress"],
  work: Work,
): Promise<void> {
  checkPath(source, "source");
  checkPath(target, "target");
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw invalidArgument("use onProgress", "it is no function", "Give a function, or leave it out.");
  }
  const input = await attempt("open the source file", () => open(source, "r"));
  try {
    const chunks = work(chunksOfFile(input, onProgress)); // refuses wrong options before there is a file to leave open
    // Without the target's name, which may be as long as the file system takes.
    const part = join(dirname(target), `.${Buffer.from(random(8)).toString("hex")}.part`);
    const output = await attempt("make the target file", () => open(part, "wx", 0o600));
    try {
      await writeAll(output, chunks);
      await attempt("replace the target file", () => rename(part, target));
    } catch (error) {
      await rm(part, { force: true }).catch(() => {}); // Why it is removed is what the caller must know.
      throw error;
    }
    await syncFolder(dirname(target));
  } finally {
    await input.close();
  }
}

async function writeAll(output: FileHandle, chunks: AsyncIterable<Bytes>): Promise<void> {
  try {
    for await (const chunk of chunks) await attempt("write the target file", () => output.writeFile(chunk));
    await attempt("write the target file", () => output.sync());
  } catch (error) {
    await output.close().catch(() => {}); // What went wrong before it is what the caller must know.
    throw error;
  }
  await attempt("write the target file", () => output.close());
}

const chunkBytes = 262_144;

async function* chunksOfFile(input: FileHandle, onProgress: FileOptions["onProgress"]): AsyncGenerator<Bytes, void> {
  const { size: totalBytes } = await attempt("read the source file", () => input.stat());
  let readBytes = 0;
  for (;;) {
    const chunk = allocate(chunkBytes);
    const { bytesRead } = await attempt("read the source file", () => input.read(chunk, 0, chunkBytes));
    if (bytesRead === 0) return;
    readBytes += bytesRead;
    yield chunk.subarray(0, bytesRead);
    await onProgress?.({ readBytes, totalBytes });
  }
}

/** A rename is durable once its folder is; where folders cannot be synced (Windows), the system orders it by itself. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  try {
    await folder?.sync().catch(() => {});
  } finally {
    await folder?.close();
  }
}

const codes: ReadonlyMap<unknown, "NOT_FOUND" | "PERMISSION_DENIED"> = new Map([
  ["ENOENT", "NOT_FOUND"],
  ["EACCES", "PERMISSION_DENIED"],
  ["EPERM", "PERMISSION_DENIED"],
]);

async function attempt<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    // Not by `instanceof`: under a test runner such as jest, Node's errors are of another realm.
    const found = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
    const code = codes.get(found) ?? "UNKNOWN";
    throw new KmsError(code, `Cannot ${what}: ${String(found)}. Check its path, its rights and the disk.`, { cause });
  }
}
