import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder of the run's own, readable by this user alone: what is protected, the tokens, the audit logs, and the store of own keys with its key file. Of plaintext nothing stays: what is opened is compared and removed. No other key is written. */
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
  // What is still being written when a signal ends the process can be in the way at first.
  return { ...openWorkFolder(path), remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** One at this path; made where it is missing. */
export function openWorkFolder(path: string): WorkFolder {
  // At once: a folder that is still being made when a signal ends the process would outlive what removes it.
  mkdirSync(path, { recursive: true });
  return {
    path,
    write: async (name, content) => {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), content);
    },
    readBytes: async (name) => new Uint8Array(await readFile(join(path, name))),
    readText: (name) => readFile(join(path, name), "utf8"),
    below: (name) => openWorkFolder(join(path, name)),
  };
}
