import { symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { maximumFiles, maximumTotalBytes, readDocuments } from "../src/documents.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const ownDocuments = join(import.meta.dirname, "../documents");

describe("readDocuments", () => {
  it("reads the own documents, of which at least three fit into 4,096 bytes and one does not", async () => {
    const documents = await readDocuments(ownDocuments);
    const small = documents.filter(({ bytes }) => bytes.length <= 4096);
    expect(small.length).toBeGreaterThanOrEqual(3);
    expect(documents.length).toBeGreaterThan(small.length);
  });

  it("walks below a folder, by name, with a type after each name's ending", async () => {
    const folder = temporaryFolder({ "b/c/plan.SVG": "<svg/>", "a.txt": "a", "b/__proto__": "{}" });
    const documents = await readDocuments(folder);
    expect(documents.map(({ name, type }) => [name, type])).toEqual([
      ["a.txt", "text/plain"],
      ["b/__proto__", "application/octet-stream"],
      ["b/c/plan.SVG", "image/svg+xml"],
    ]);
  });

  it("reads a single file under its own name", async () => {
    const folder = temporaryFolder({ "one file.csv": "a,b\n" });
    const documents = await readDocuments(join(folder, "one file.csv"));
    expect(documents.map(({ name, bytes }) => [name, bytes.length])).toEqual([["one file.csv", 4]]);
  });

  it("follows no symbolic link below the folder, to a file or to a folder", async () => {
    const outside = temporaryFolder({ "secret.txt": "secret" });
    const folder = temporaryFolder({ "in.txt": "in" });
    symlinkSync(join(outside, "secret.txt"), join(folder, "link.txt"));
    symlinkSync(outside, join(folder, "folder"));
    symlinkSync(folder, join(folder, "circle"));
    expect((await readDocuments(folder)).map(({ name }) => name)).toEqual(["in.txt"]);
  });

  it.each([["missing"], ["a.txt/below"]])("answers NOT_FOUND for the path %s", async (path) => {
    const folder = temporaryFolder({ "a.txt": "a" });
    await expect(readDocuments(join(folder, path))).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("answers NOT_FOUND for a folder without files", async () => {
    await expect(readDocuments(temporaryFolder())).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("answers TOO_LARGE for more files than it takes", async () => {
    const names = Array.from({ length: maximumFiles + 1 }, (_, index) => [`${index}.txt`, ""]);
    const folder = temporaryFolder(Object.fromEntries(names) as Record<string, string>);
    await expect(readDocuments(folder)).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  it("answers TOO_LARGE for more bytes than it takes, before it reads them", async () => {
    const folder = temporaryFolder({ "huge.bin": "" });
    truncateSync(join(folder, "huge.bin"), maximumTotalBytes + 1);
    await expect(readDocuments(folder)).rejects.toMatchObject({ code: "TOO_LARGE" });
  });
});
