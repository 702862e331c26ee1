import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { hmacSealer } from "@kms/core";
import { beforeAll, describe, expect, it } from "vitest";
import { verifyAuditLog, type AuditLogFault } from "../src/index.ts";
import { codeOf, filesOf, firstFile, key, linesOf, pathOf, place, putLines, temporary, writeLog } from "./fixture.ts";

const sealer = hmacSealer({ keys: [{ kid: "test", secret: new Uint8Array(32).fill(1) }] });
const second = "audit-00000002.jsonl";

/** Ten events behind their header, and what a change to their lines is found as. */
async function found(change: (lines: string[]) => readonly string[]): Promise<readonly [number, AuditLogFault] | "ok"> {
  const directory = await writeLog(10);
  putLines(directory, change(linesOf(directory)));
  const { firstBad } = await verifyAuditLog({ directory, key });
  return firstBad === undefined ? "ok" : [firstBad.line, firstBad.reason];
}
const without = (lines: readonly string[], index: number): string[] => lines.filter((_, other) => other !== index);
const at = (lines: readonly string[], index: number): string => lines[index] ?? "";

describe("verifying a log as it was written", () => {
  it("counts events and files, and says that a missing end would go unnoticed", async () => {
    const directory = await writeLog(40, { maximumFileBytes: 4096 });
    const files = filesOf(directory);
    expect(files.length).toBeGreaterThan(2);
    const report = { ok: true, entries: 40, files: files.length, truncationDetection: "none" };
    expect(await verifyAuditLog({ directory, key })).toEqual(report);
    expect(await verifyAuditLog({ files: files.map((file) => pathOf(directory, file)), key })).toEqual(report);
  });

  it("passes over files of other names", async () => {
    const directory = await writeLog(1);
    for (const name of ["notes.txt", "audit-1.jsonl", "audit-00000001.torn-1"]) {
      writeFileSync(pathOf(directory, name), "x");
    }
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 1 });
  });

  it("does without the files before firstFile, and believes what the header says of them", async () => {
    const directory = await writeLog(40, { maximumFileBytes: 4096 });
    rmSync(pathOf(directory));
    expect(await verifyAuditLog({ directory, key })).toMatchObject({
      ok: false,
      firstBad: { file: firstFile, line: 1, reason: "removed" },
    });
    expect(await verifyAuditLog({ directory, key, firstFile: 2 })).toMatchObject({ ok: true });
    putLines(directory, linesOf(directory, second).slice(1), second);
    expect((await verifyAuditLog({ directory, key, firstFile: 2 })).firstBad).toMatchObject({ file: second, line: 1 });
  });
});

describe("the first bad line is named", () => {
  it("edited, where its MAC does not hold", async () => {
    expect(
      await found((lines) => lines.map((line, index) => (index === 4 ? line.replace("own", "OWN") : line))),
    ).toEqual([5, "edited"]);
  });

  it("removed, where lines are missing", async () => {
    expect(await found((lines) => without(lines, 4))).toEqual([5, "removed"]);
    expect(await found((lines) => without(lines, 0))).toEqual([1, "removed"]);
    expect(await found((lines) => [...lines.slice(0, 3), ...lines.slice(8)])).toEqual([4, "removed"]);
  });

  it("inserted, where a line is none of the log's or a copy of an earlier one", async () => {
    const foreign = '{"body":{},"entry":5,"kind":"event","last":"","mac":""}';
    expect(await found((lines) => [...lines.slice(0, 4), foreign, ...lines.slice(4)])).toEqual([5, "inserted"]);
    expect(await found((lines) => [...lines.slice(0, 6), at(lines, 2), ...lines.slice(6)])).toEqual([7, "inserted"]);
    expect(await found((lines) => [...lines, at(lines, 10)])).toEqual([12, "inserted"]);
  });

  it("reordered, where the line that belongs there stands further down", async () => {
    const swap = (lines: string[]): string[] => [...lines.slice(0, 4), at(lines, 5), at(lines, 4), ...lines.slice(6)];
    expect(await found(swap)).toEqual([5, "reordered"]);
    expect(await found((lines) => [...without(lines, 2), at(lines, 2)])).toEqual([3, "reordered"]);
  });

  it("replaced, where a genuine line of another log under the same key stands", async () => {
    const other = linesOf(await writeLog(10));
    expect(await found((lines) => [...lines.slice(0, 5), ...other.slice(5)])).toEqual([6, "replaced"]);
    expect(await found((lines) => [at(other, 0), ...lines.slice(1)])).toEqual([2, "replaced"]);
  });

  it("torn, where the last line has no end or a file holds none", async () => {
    const directory = await writeLog(10);
    appendFileSync(pathOf(directory), '{"body":');
    expect((await verifyAuditLog({ directory, key })).firstBad).toEqual({ file: firstFile, line: 12, reason: "torn" });
    writeFileSync(pathOf(directory), "");
    expect((await verifyAuditLog({ directory, key })).firstBad).toEqual({ file: firstFile, line: 1, reason: "torn" });
  });

  it("wrong-key, where nothing verifies", async () => {
    const directory = await writeLog(10);
    expect(await verifyAuditLog({ directory, key: new Uint8Array(32) })).toMatchObject({
      ok: false,
      entries: 0,
      firstBad: { line: 1, reason: "wrong-key" },
    });
    expect(await found((lines) => lines.map((line, index) => (index === 0 ? `${line} ` : line)))).toEqual([
      1,
      "edited",
    ]);
  });

  it("removed, where no log stands", async () => {
    expect(await verifyAuditLog({ directory: temporary(), key })).toMatchObject({
      ok: false,
      firstBad: { file: firstFile, line: 1, reason: "removed" },
    });
  });
});

describe("across files", () => {
  let directory = "";
  beforeAll(async () => {
    directory = await writeLog(60, { maximumFileBytes: 4096 });
  });
  const copy = (): string => {
    const copied = place();
    mkdirSync(copied);
    for (const file of filesOf(directory)) writeFileSync(pathOf(copied, file), readFileSync(pathOf(directory, file)));
    return copied;
  };

  it("lines missing at the end of a file are named there", async () => {
    const log = copy();
    const lines = linesOf(log);
    putLines(log, lines.slice(0, -2));
    expect((await verifyAuditLog({ directory: log, key })).firstBad).toEqual({
      file: firstFile,
      line: lines.length - 1,
      reason: "removed",
    });
  });

  it("a missing header is named in its own file", async () => {
    const log = copy();
    putLines(log, linesOf(log, second).slice(1), second);
    expect((await verifyAuditLog({ directory: log, key })).firstBad).toEqual({
      file: second,
      line: 1,
      reason: "removed",
    });
  });

  it("a missing file is named", async () => {
    const log = copy();
    rmSync(pathOf(log, second));
    expect((await verifyAuditLog({ directory: log, key })).firstBad).toEqual({
      file: second,
      line: 1,
      reason: "removed",
    });
  });

  it("files under each other's names are found", async () => {
    const log = copy();
    renameSync(pathOf(log, second), pathOf(log, "x"));
    renameSync(pathOf(log, "audit-00000003.jsonl"), pathOf(log, second));
    renameSync(pathOf(log, "x"), pathOf(log, "audit-00000003.jsonl"));
    expect((await verifyAuditLog({ directory: log, key })).firstBad?.reason).toBe("reordered");
  });

  it("a file under the name of another is found, also where those before it were taken away", async () => {
    const log = copy();
    for (const number of filesOf(log).slice(2)) rmSync(pathOf(log, number));
    renameSync(pathOf(log, second), pathOf(log, "audit-00000003.jsonl"));
    expect((await verifyAuditLog({ directory: log, key, firstFile: 3 })).firstBad).toEqual({
      file: "audit-00000003.jsonl",
      line: 1,
      reason: "replaced",
    });
  });

  it("files joined into one are found", async () => {
    const log = copy();
    const lines = linesOf(log);
    putLines(log, [...lines, ...linesOf(log, second)]);
    rmSync(pathOf(log, second));
    expect((await verifyAuditLog({ directory: log, key })).firstBad).toEqual({
      file: firstFile,
      line: lines.length + 1,
      reason: "replaced",
    });
  });
});

describe("what cannot be verified is refused", () => {
  it("with the code that says why", async () => {
    const directory = await writeLog(1);
    const files = [pathOf(directory)];
    expect(await codeOf(() => verifyAuditLog({ directory, key: new Uint8Array(31) }))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => verifyAuditLog({ key }))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => verifyAuditLog({ directory, files, key }))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => verifyAuditLog({ directory, key, firstFile: 0 }))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => verifyAuditLog({ directory, key, lastCheckpoint: "x" }))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => verifyAuditLog({ directory, key, sealer, lastCheckpoint: "x" }))).toBe("TAMPERED");
    const token = sealer.seal("audit-checkpoint", { chain: "c" });
    expect(await codeOf(() => verifyAuditLog({ directory, key, sealer, lastCheckpoint: token }))).toBe("TAMPERED");
    expect(await codeOf(() => verifyAuditLog({ directory: place(), key }))).toBe("NOT_FOUND");
    expect(await codeOf(() => verifyAuditLog({ directory: pathOf(directory), key }))).toBe("INVALID_ARGUMENT");
  });

  it("a link, a FIFO or a directory in place of a file, without waiting for it", async () => {
    const link = await writeLog(1);
    renameSync(pathOf(link), pathOf(link, "elsewhere"));
    symlinkSync(pathOf(link, "elsewhere"), pathOf(link));
    const fifo = temporary();
    execFileSync("sh", ["-c", 'mkfifo "$0"', pathOf(fifo)]);
    const folder = temporary();
    mkdirSync(pathOf(folder));
    for (const directory of [link, fifo, folder]) {
      expect(await codeOf(() => verifyAuditLog({ directory, key }))).toBe("TAMPERED");
    }
  });
});
