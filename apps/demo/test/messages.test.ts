import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rawAesRecipient } from "@kms/envelope";
import { describe, expect, it } from "vitest";
import { readDocuments, type Document } from "../src/documents.ts";
import { encryptDocument, openDocument } from "../src/messages.ts";
import { openWorkFolder, type WorkFolder } from "../src/work-folder.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const recipient = rawAesRecipient("demo", "test", new Uint8Array(32));

/** A file of several frames, encrypted. */
async function encrypted(): Promise<{
  readonly folder: WorkFolder;
  readonly file: Document & { readonly at: string };
}> {
  const [document] = await readDocuments(temporaryFolder({ "a.bin": new Uint8Array(200_000).fill(7) }));
  if (document === undefined) throw new Error("no document");
  const folder = openWorkFolder(temporaryFolder());
  await encryptDocument(recipient, folder, document, "0000");
  return { folder, file: { ...document, at: "0000" } };
}
const left = (folder: WorkFolder): readonly string[] => readdirSync(join(folder.path, "opened"));

describe("a file that is opened", () => {
  it("has the bytes of the original, and does not stay", async () => {
    const { folder, file } = await encrypted();
    const { bytes, recipients } = await openDocument(recipient, folder, file);
    expect(Buffer.compare(bytes, file.bytes)).toBe(0);
    expect(recipients.outcome).toBe("opened");
    expect(left(folder)).toEqual([]);
  });

  it("is refused where one byte of the original is another, and does not stay", async () => {
    const { folder, file } = await encrypted();
    writeFileSync(file.path, file.bytes.with(199_999, 8));
    await expect(openDocument(recipient, folder, file)).rejects.toMatchObject({ code: "TAMPERED" });
    expect(left(folder)).toEqual([]);
  });

  it.each(["name", "type"])("is refused where its %s is another: it stands in the associated data", async (member) => {
    const { folder, file } = await encrypted();
    const other = { ...file, [member]: "another" };
    await expect(openDocument(recipient, folder, other)).rejects.toMatchObject({ code: "DECRYPTION_FAILED" });
    expect(left(folder)).toEqual([]);
  });
});
