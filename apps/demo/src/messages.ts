import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { KeyHandle, Kms } from "@kms/core";
import { decryptFile, encryptFile, kmsRecipient, type Recipient, type RecipientReport } from "@kms/envelope";
import type { Document } from "./documents.ts";
import type { ProtectedFile } from "./protected-file.ts";
import { assert, associatedDataOf } from "./scene.ts";
import type { WorkFolder } from "./work-folder.ts";

/** Where the work folder holds the message that a file was encrypted into. */
const messageFile = (folder: WorkFolder, at: string): string => join(folder.path, `${at}.message`);

/** Whoever may use a key: the same call whatever the back end and whatever the key's algorithm. */
export const recipientOf = (kms: Kms, key: KeyHandle): Recipient => kmsRecipient(kms, key);

/** Encrypts a file, of any size, into a message in the work folder, bound to its name and type. */
export const encryptDocument = (
  recipient: Recipient,
  folder: WorkFolder,
  document: Document,
  at: string,
): Promise<void> =>
  encryptFile(recipient, document.path, messageFile(folder, at), { associatedData: associatedDataOf(document) });

/** A file that was opened: the original that it was compared with, and who was asked for the data key. */
export interface OpenedFile {
  readonly bytes: Uint8Array;
  readonly recipients: RecipientReport;
}

/** Opens a file's message into another file, compares that with the original byte for byte, and removes it. `TAMPERED` when one byte differs. */
export async function openDocument(
  recipient: Recipient,
  folder: WorkFolder,
  file: Pick<ProtectedFile, "at" | "name" | "type" | "path">,
): Promise<OpenedFile> {
  const { at, path } = file;
  const target = join(folder.below("opened").path, at);
  try {
    const associatedData = associatedDataOf(file);
    const { recipients } = await decryptFile(recipient, messageFile(folder, at), target, { associatedData });
    const bytes = new Uint8Array(await readFile(path));
    const same = Buffer.compare(await readFile(target), bytes) === 0;
    assert(same, `File ${at} reads back as other bytes than the original.`);
    return { bytes, recipients };
  } finally {
    await rm(target, { force: true });
  }
}

/** The number of a file in the work folder: the first is 0000. */
export const numberOf = (index: number): string => String(index).padStart(4, "0");
