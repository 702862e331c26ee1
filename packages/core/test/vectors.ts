import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env["KMS_VECTORS"];

/** Why the cases of third-party vectors do not run here; `undefined` where they do. */
export const vectorsMissing: string | undefined =
  folder !== undefined && existsSync(folder) ? undefined : "skipped: KMS_VECTORS names no folder of vectors";

/** A title that says so where the vectors are missing. */
export const titled = (title: string): string =>
  vectorsMissing === undefined ? title : `${title} (${vectorsMissing})`;

/** One file of the vectors as it parses; call it within a case that is skipped where they are missing. */
export const readVectors = <T>(...path: readonly string[]): T =>
  JSON.parse(readFileSync(join(folder ?? "", ...path), "utf8")) as T;

/** Bytes from hexadecimal. */
export const hex = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, "hex"));
