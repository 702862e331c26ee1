import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";

const folder = process.env["KMS_VECTORS"];

/** Why the cases of third-party vectors do not run here; `undefined` where they do. */
export const vectorsMissing: string | undefined =
  folder !== undefined && existsSync(folder) ? undefined : "skipped: KMS_VECTORS names no folder of vectors";

/** A title that says so where the vectors are missing. */
export const titled = (title: string): string =>
  vectorsMissing === undefined ? title : `${title} (${vectorsMissing})`;

/** One file of the vectors; call it within a case that is skipped where they are missing. */
export const readVectorFile = (...path: readonly string[]): Buffer => readFileSync(join(folder ?? "", ...path));

/** The files of a zip archive, by name (APPNOTE.TXT §4.3: end record, central directory, local headers). */
export function unzip(archive: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  const end = archive.lastIndexOf(Buffer.from("PK\u0005\u0006"));
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const name = archive.toString("utf8", at + 46, at + 46 + (nameBytes ?? 0));
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const content = archive.subarray(start, start + archive.readUInt32LE(at + 20));
    files.set(name, archive.readUInt16LE(at + 10) === 8 ? inflateRawSync(content) : content);
    at += 46 + (nameBytes ?? 0) + (extraBytes ?? 0) + (commentBytes ?? 0);
  }
  return files;
}
