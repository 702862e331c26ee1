import { KmsError, type Json } from "@kms/core";
import type { WorkFolder } from "./work-folder.ts";

/** What the work folder holds of a file, by name: `<at>.message`, `<at>.signature`, `<at>.mac`. */
export interface ProtectedFile {
  readonly at: string;
  readonly name: string;
  readonly type: string;
  /** Where the original is, to be compared with. */
  readonly path: string;
  readonly encrypted: boolean;
  readonly signed: boolean;
  readonly authenticated: boolean;
}

const indexFile = "index.json";

/** Writes the list of what is protected. It is no secret and nothing trusts it: whatever it says is checked under the keys. */
export const writeIndex = (folder: WorkFolder, files: readonly ProtectedFile[]): Promise<void> =>
  folder.write(indexFile, JSON.stringify(files, null, 2));

/** Reads the list. `TAMPERED` when it is not what `writeIndex` wrote. */
export async function readIndex(folder: WorkFolder): Promise<readonly ProtectedFile[]> {
  const json = JSON.parse(await folder.readText(indexFile)) as Json;
  if (!Array.isArray(json)) throw malformed();
  return json.map((entry: Json) => readEntry(entry));
}

function readEntry(entry: Json): ProtectedFile {
  const { at, name, type, path, encrypted, signed, authenticated } = (entry ?? {}) as Readonly<Record<string, Json>>;
  if (typeof at !== "string" || !/^\d{4}$/.test(at)) throw malformed();
  if (typeof name !== "string" || typeof type !== "string" || typeof path !== "string") throw malformed();
  if (typeof encrypted !== "boolean" || typeof signed !== "boolean") throw malformed();
  if (typeof authenticated !== "boolean") throw malformed();
  return { at, name, type, path, encrypted, signed, authenticated };
}

const malformed = (): KmsError =>
  new KmsError("TAMPERED", "The list of protected files in the work folder is not as it was written.");
