import { hmacSealer } from "@kms/core";
import fc from "fast-check";
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { openSink } from "../src/file-audit-sink.ts";
import { fileAuditSink, verifyAuditLog, type FileAuditSinkOptions } from "../src/index.ts";
import {
  allLines,
  codeOf,
  event,
  eventsOf,
  faultyDisk,
  filesOf,
  key,
  pathOf,
  place,
  temporary,
  testClock,
  writeLog,
} from "./fixture.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `event-${index}`);

describe("a file sink", () => {
  it("acknowledges an event when it stands in the file", async () => {
    const directory = place();
    const sink = await fileAuditSink({ directory, key });
    await sink.write(event("one", { actor: "alice", reason: "why", associatedData: { tenant: "42" } }));
    expect(allLines(directory).at(-1)).toMatchObject({
      kind: "event",
      entry: 2,
      body: { correlation: "one", actor: "alice", reason: "why", keyId: "store/orders" },
    });
    expect(sink.health()).toMatchObject({ state: "open", entry: 2, durability: "fsync", truncationDetection: "none" });
    await sink.close();
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 1 });
  });

  it("keeps the order of 1,000 parallel writes, and shares syncs among them", async () => {
    const directory = place();
    let syncs = 0;
    const disk = faultyDisk((call) => {
      if (call === "sync") syncs += 1;
    });
    const sink = await openSink({ directory, key, maximumFileBytes: 65_536 }, disk);
    const opened = syncs;
    const acknowledged: string[] = [];
    await Promise.all(
      names(1_000).map(async (name, index) => {
        if (index % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
        await sink.write(event(name));
        acknowledged.push(name);
      }),
    );
    const shared = syncs - opened;
    expect(shared).toBeLessThan(50);
    expect(sink.health().commits).toBeLessThan(50);
    await sink.close();
    expect(eventsOf(directory)).toHaveLength(1_000);
    expect(eventsOf(directory)).toEqual(acknowledged);
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 1_000 });
  });

  it("syncs before it acknowledges, unless durability is write", async () => {
    for (const durability of ["fsync", "write"] as const) {
      const calls: string[] = [];
      const disk = faultyDisk((call) => calls.push(call));
      const sink = await openSink({ directory: place(), key, durability }, disk);
      calls.length = 0;
      await sink.write(event("one"));
      expect(calls).toEqual(durability === "fsync" ? ["write", "sync"] : ["write"]);
      await sink.close();
      expect(calls.at(-1)).toBe("sync");
    }
  });

  it("reads an event when it is given: what becomes of it afterwards changes nothing", async () => {
    const directory = place();
    const sink = await fileAuditSink({ directory, key, associatedData: "clear" });
    const associatedData = { tenant: "42" };
    const written = sink.write(event("one", { associatedData }));
    associatedData.tenant = "43";
    await written;
    await sink.close();
    expect(allLines(directory).find(({ kind }) => kind === "event")?.body["associatedData"]).toEqual({ tenant: "42" });
  });

  it("refuses what is no event, and says so in the next line", async () => {
    const directory = place();
    const sink = await fileAuditSink({ directory, key });
    expect(await codeOf(() => sink.write(event("one", { at: new Date(Number.NaN) })))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => sink.write(event("two", { reason: "x".repeat(300_000) })))).toBe("TOO_LARGE");
    await sink.write(event("three"));
    expect(sink.health()).toMatchObject({ state: "open", refused: 2 });
    await sink.close();
    expect(allLines(directory).map(({ kind }) => kind)).toEqual(["header", "recovery", "event"]);
    expect(allLines(directory)[1]?.body).toMatchObject({ refused: 2, cutBytes: 0 });
  });

  it("writes what waits before it closes, and nothing afterwards", async () => {
    const directory = place();
    const sink = await fileAuditSink({ directory, key });
    const written = names(20).map((name) => sink.write(event(name)));
    const closed = sink.close();
    expect(await codeOf(() => sink.write(event("late")))).toBe("CLOSED");
    await Promise.all([...written, closed]);
    expect(sink.close()).toBe(sink.close());
    expect(sink.health().state).toBe("closed");
    expect(eventsOf(directory)).toEqual(names(20));
  });

  it("makes directory and files for their owner alone, under any mask", async () => {
    const directory = await writeLog(40, { maximumFileBytes: 4096 });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const file of filesOf(directory)) expect(statSync(pathOf(directory, file)).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).not.toContain("audit.lock");
  });
});

describe("rotation", () => {
  it("by size carries the chain over and overwrites nothing", async () => {
    const directory = await writeLog(100, { maximumFileBytes: 4096 });
    const files = filesOf(directory);
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) expect(statSync(pathOf(directory, file)).size).toBeLessThan(2 * 4096);
    expect(eventsOf(directory)).toEqual(names(100));
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 100, files: files.length });
  });

  it("by age follows the injected clock, also across openings", async () => {
    const clock = testClock();
    const directory = place();
    const options: FileAuditSinkOptions = { directory, key, clock, maximumFileAgeMs: 60_000 };
    const first = await fileAuditSink(options);
    await first.write(event("one"));
    clock.advance(59_999);
    await first.write(event("two"));
    expect(filesOf(directory)).toHaveLength(1);
    await first.close();
    const second = await fileAuditSink(options);
    clock.advance(1);
    await second.write(event("three"));
    expect(second.health().file).toBe("audit-00000002.jsonl");
    await second.close();
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 3, files: 2 });
  });

  it("stops where the next file is there already, and does not touch it", async () => {
    const directory = place();
    const sink = await fileAuditSink({ directory, key, maximumFileBytes: 4096 });
    const next = pathOf(directory, "audit-00000002.jsonl");
    writeFileSync(next, "somebody's");
    const results = await Promise.allSettled(names(40).map((name) => sink.write(event(name))));
    for (const name of names(40)) results.push(...(await Promise.allSettled([sink.write(event(name))])));
    expect(results.at(-1)).toMatchObject({ status: "rejected", reason: { code: "TAMPERED" } });
    expect(readFileSync(next, "utf8")).toBe("somebody's");
    await sink.close();
    expect(eventsOf(directory).length).toBe(results.filter(({ status }) => status === "fulfilled").length);
  });

  it("verifies for every size and number of events", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4_096, max: 20_000 }),
        fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 6 }),
        async (maximumFileBytes, openings) => {
          const directory = place();
          for (const count of openings) await writeLog(count, { directory, maximumFileBytes });
          const entries = openings.reduce((sum, count) => sum + count, 0);
          const report = await verifyAuditLog({ directory, key }).catch(() => undefined);
          expect(report ?? { ok: openings.length === 0 ? true : undefined }).toMatchObject({ ok: true });
          expect(report?.entries ?? 0).toBe(entries);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("options that cannot be", () => {
  it("are refused before anything is touched", async () => {
    const directory = place();
    const wrong: readonly object[] = [
      { key: new Uint8Array(31) },
      { key: "x".repeat(32) },
      { key: new Uint8Array(new SharedArrayBuffer(32)) },
      { directory: "" },
      { directory: 1 },
      { directory: "a\0b" },
      { durability: "none" },
      { associatedData: "plain" },
      { maximumFileBytes: 4095 },
      { maximumFileAgeMs: 999 },
      { timeoutMs: 0 },
      { timeoutMs: 1.5 },
      { maximumQueueBytes: 1 },
      { checkpointEvery: 9 },
      { onCheckpoint: () => undefined },
      { lastCheckpoint: "x" },
      { maximumFileSize: 1 },
    ];
    for (const change of wrong) {
      expect(await codeOf(() => fileAuditSink({ directory, key, ...change }))).toBe("INVALID_ARGUMENT");
    }
    expect(readdirSync(dirname(directory))).toEqual([]);
    expect(await codeOf(() => fileAuditSink({ directory: `${directory}/deeper`, key }))).toBe("NOT_FOUND");
    expect(await codeOf(() => fileAuditSink({ directory: `/tmp/${"x".repeat(90)}`, key }))).toBe("INVALID_ARGUMENT");
    writeFileSync(directory, "");
    expect(await codeOf(() => fileAuditSink({ directory, key }))).toBe("INVALID_ARGUMENT");
  });

  it("a link in place of the file is not followed", async () => {
    const directory = temporary();
    const target = `${place()}-target`;
    writeFileSync(target, "");
    symlinkSync(target, pathOf(directory));
    expect(await codeOf(() => fileAuditSink({ directory, key }))).toBe("TAMPERED");
    expect(readFileSync(target, "utf8")).toBe("");
  });

  it("sealer and clock are taken as they are", async () => {
    const directory = place();
    const sealer = hmacSealer({ keys: [{ kid: "test", secret: new Uint8Array(32).fill(1) }] });
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    const sink = await fileAuditSink({ directory, key, sealer, clock: testClock() });
    await sink.write(event("one"));
    await sink.close();
    expect(await verifyAuditLog({ directory, key })).toMatchObject({ ok: true, entries: 1 });
  });
});
