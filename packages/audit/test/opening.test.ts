import { appendFileSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fileAuditSink, verifyAuditLog } from "../src/index.ts";
import {
  allLines,
  codeOf,
  event,
  eventsOf,
  filesOf,
  firstFile,
  key,
  linesOf,
  pathOf,
  place,
  putLines,
  writeLog,
} from "./fixture.ts";

const second = "audit-00000002.jsonl";
const torn = (directory: string): string[] => readdirSync(directory).filter((name) => name.includes("torn"));
const contents = (directory: string): string =>
  filesOf(directory)
    .map((file) => `${file} ${readFileSync(pathOf(directory, file), "latin1")}`)
    .join();
const addOne = async (directory: string): Promise<void> => {
  const sink = await fileAuditSink({ directory, key });
  await sink.write(event("after"));
  await sink.close();
};

describe("opening a log that stands there", () => {
  it("goes on with its chain", async () => {
    const directory = await writeLog(3);
    await addOne(directory);
    expect(eventsOf(directory)).toEqual(["event-0", "event-1", "event-2", "after"]);
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 4, files: 1 });
  });

  it("sets a last line without an end aside, and says so in the next line", async () => {
    const directory = await writeLog(3);
    appendFileSync(pathOf(directory), '{"body":{"at":');
    writeFileSync(pathOf(directory, "audit-00000001.torn-1"), "from before");
    await addOne(directory);
    expect(torn(directory)).toEqual(["audit-00000001.torn-1", "audit-00000001.torn-2"]);
    expect(readFileSync(pathOf(directory, "audit-00000001.torn-1"), "utf8")).toBe("from before");
    expect(readFileSync(pathOf(directory, "audit-00000001.torn-2"), "utf8")).toBe('{"body":{"at":');
    expect(allLines(directory).at(-2)).toMatchObject({
      kind: "recovery",
      body: { refused: 0, cutBytes: 14, keptAs: "audit-00000001.torn-2" },
    });
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 4 });
  });

  it("wherever in its last line a file ends", async () => {
    const whole = await writeLog(3);
    const bytes = readFileSync(pathOf(whole));
    const begin = bytes.lastIndexOf("\n", bytes.length - 2) + 1;
    for (let length = begin; length < bytes.length; length += 13) {
      truncateSync(pathOf(whole), length);
      await addOne(whole);
      expect(eventsOf(whole)).toEqual(["event-0", "event-1", "after"]);
      expect(await verifyAuditLog({ directory: whole, key })).toMatchObject({ ok: true, entries: 3 });
      writeFileSync(pathOf(whole), bytes);
    }
  });

  it("begins a new file again whose header was torn, and carries the chain over", async () => {
    for (const left of ["", '{"body"']) {
      const directory = await writeLog(3);
      writeFileSync(pathOf(directory, second), left);
      await addOne(directory);
      expect(filesOf(directory)).toEqual([firstFile, second]);
      expect(linesOf(directory, second).length).toBe(left === "" ? 2 : 3);
      expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 4, files: 2 });
    }
  });

  it("begins a chain in a first file that holds no line yet", async () => {
    const directory = await writeLog(0);
    truncateSync(pathOf(directory), 10);
    await addOne(directory);
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 1, files: 1 });
  });

  it("does without earlier files that were taken away", async () => {
    const directory = await writeLog(40, { maximumFileBytes: 4096 });
    rmSync(pathOf(directory));
    await addOne(directory);
    expect(await verifyAuditLog({ directory, key, firstFile: 2 })).toMatchObject({ ok: true });
  });

  it("refuses whatever else is wrong with it, and leaves it as it is", async () => {
    const refusals: readonly ((directory: string) => void)[] = [
      (directory) =>
        putLines(
          directory,
          linesOf(directory).map((line) => line.replace("event-1", "event-X")),
        ),
      (directory) =>
        putLines(
          directory,
          linesOf(directory).filter((_, index) => index !== 2),
        ),
      (directory) => putLines(directory, [...linesOf(directory), "{}"]),
      (directory) => appendFileSync(pathOf(directory), new Uint8Array(300_000)),
      (directory) => writeFileSync(pathOf(directory, second), "{}\n"),
      (directory) => writeFileSync(pathOf(directory, "audit-00000004.jsonl"), ""),
      (directory) => writeFileSync(pathOf(directory, second), readFileSync(pathOf(directory))),
    ];
    for (const change of refusals) {
      const directory = await writeLog(3);
      change(directory);
      const before = contents(directory);
      expect(await codeOf(() => fileAuditSink({ directory, key }))).toBe("TAMPERED");
      expect(contents(directory)).toBe(before);
      expect(torn(directory)).toEqual([]);
    }
  });

  it("refuses another key, and takes the right one afterwards", async () => {
    const directory = await writeLog(3);
    expect(await codeOf(() => fileAuditSink({ directory, key: new Uint8Array(32) }))).toBe("TAMPERED");
    await addOne(directory);
    expect(eventsOf(directory)).toHaveLength(4);
  });
});

describe("a directory that has a writer", () => {
  it("is refused to a second one, until the first lets go", async () => {
    const directory = place();
    const first = await fileAuditSink({ directory, key });
    expect(await codeOf(() => fileAuditSink({ directory, key }))).toBe("CONFLICT");
    expect(await codeOf(() => fileAuditSink({ directory: `${directory}/`, key }))).toBe("CONFLICT");
    await first.write(event("one"));
    await first.close();
    await addOne(directory);
    expect(eventsOf(directory)).toEqual(["one", "after"]);
  });

  it("goes to one of many that ask at once", async () => {
    const directory = place();
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => fileAuditSink({ directory, key })));
    const won = asked.filter((result) => result.status === "fulfilled");
    expect(won).toHaveLength(1);
    for (const result of asked) {
      expect(result.status === "fulfilled" || (result.reason as { code: string }).code === "CONFLICT").toBe(true);
    }
    await Promise.all(won.map(({ value }) => value.close()));
  });

  it("is taken by nobody where something else bears the lock's name", async () => {
    const directory = await writeLog(1);
    writeFileSync(pathOf(directory, "audit.lock"), "");
    expect(await codeOf(() => fileAuditSink({ directory, key }))).toBe("CONFLICT");
    expect(readFileSync(pathOf(directory, "audit.lock"), "utf8")).toBe("");
  });
});
