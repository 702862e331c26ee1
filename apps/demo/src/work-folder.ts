import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder of the run's own, readable by this user alone: what is protected, and the tokens. No key and no plaintext is written. */
export interface WorkFolder {
  readonly path: string;
  readonly write: (name: string, content: Uint8Array | string) => Promise<void>;
  readonly readBytes: (name: string) => Promise<Uint8Array>;
  readonly readText: (name: string) => Promise<string>;
  /** The same for a folder below. */
  readonly below: (name: string) => WorkFolder;
}

/** A new one below the system's folder for temporary files; `remove` deletes it with everything in it. */
export function makeWorkFolder(): WorkFolder & { readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "kms-demo-"));
  return { ...openWorkFolder(path), remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** One that exists, or whose parent does. */
export function openWorkFolder(path: string): WorkFolder {
  return {
    path,
    write: async (name, content) => {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), content);
    },
    readBytes: async (name) => new Uint8Array(await readFile(join(path, name))),
    readText: (name) => readFile(join(path, name), "utf8"),
    below: (name) => openWorkFolder(join(path, name)),
  };
}
