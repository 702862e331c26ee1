import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import { basename, extname, join, relative, sep } from "node:path";
import { KmsError } from "@kms/core";
import { counted, shown } from "./wording.ts";

/** A file to protect. */
export interface Document {
  /** The path below the folder that was named, with `/`; it stands in the associated data. */
  readonly name: string;
  /** A media type after the name's ending; it stands in the associated data too. */
  readonly type: string;
  /** Where it was read. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The most files that a run takes. */
export const maximumFiles = 500;
/** The most bytes that a run takes, all files together: they are held in memory. */
export const maximumTotalBytes: number = 64 * 1024 * 1024;

const types: Readonly<Record<string, string>> = {
  ".csv": "text/csv",
  ".htm": "text/html",
  ".html": "text/html",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".json": "application/json",
  ".md": "text/markdown",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
  ".xml": "application/xml",
};

/**
 * The file at a path, or every file below a folder, by name. Symbolic links and what is neither file nor folder are
 * passed over. `NOT_FOUND` for a path that does not exist or a folder without files, `TOO_LARGE` above `maximumFiles`
 * or `maximumTotalBytes`, `PERMISSION_DENIED` and `UNAVAILABLE` for what cannot be read; the message names the file.
 */
export async function readDocuments(path: string): Promise<readonly Document[]> {
  const root = await realpath(path).catch((cause: unknown) => refuse(path, cause));
  const isFile = (await lstat(root).catch((cause: unknown) => refuse(root, cause))).isFile();
  const files = isFile ? [root] : await walk(root);
  if (files.length === 0) {
    throw new KmsError("NOT_FOUND", `There is no file below ${shown(path)}. Name a folder that has some.`);
  }
  const documents: Document[] = [];
  let totalBytes = 0;
  for (const file of files) {
    // Asked before it is read, so that a huge file is not loaded to be refused.
    totalBytes += (await lstat(file).catch((cause: unknown) => refuse(file, cause))).size;
    if (totalBytes > maximumTotalBytes) {
      throw new KmsError(
        "TOO_LARGE",
        `The files take more than ${counted(maximumTotalBytes, "byte")} together. Name fewer.`,
      );
    }
    const bytes = await readFile(file).catch((cause: unknown) => refuse(file, cause));
    const name = isFile ? basename(file) : relative(root, file).split(sep).join("/");
    documents.push({ name, type: typeOf(name), path: file, bytes: new Uint8Array(bytes) });
  }
  return documents;
}

async function walk(root: string): Promise<string[]> {
  const files: string[] = [];
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const inside = folder;
    const entries = await readdir(inside, { withFileTypes: true }).catch((cause: unknown) => refuse(inside, cause));
    for (const entry of entries) {
      const path = join(inside, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) files.push(path);
      if (files.length + folders.length > maximumFiles) {
        throw new KmsError(
          "TOO_LARGE",
          `There are more than ${maximumFiles} files and folders. Name a folder with fewer.`,
        );
      }
    }
  }
  return files.sort();
}

const typeOf = (name: string): string => types[extname(name).toLowerCase()] ?? "application/octet-stream";

function refuse(path: string, cause: unknown): never {
  const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "UNKNOWN";
  if (reason === "ENOENT" || reason === "ENOTDIR") {
    throw new KmsError("NOT_FOUND", `There is no file or folder ${shown(path)}.`, { cause });
  }
  const denied = reason === "EACCES" || reason === "EPERM";
  throw new KmsError(denied ? "PERMISSION_DENIED" : "UNAVAILABLE", `Cannot read ${shown(path)}: ${reason}.`, { cause });
}
