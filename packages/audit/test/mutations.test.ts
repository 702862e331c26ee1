import { hmacSealer } from "@kms/core";
import fc from "fast-check";
import {
  closeSync,
  cpSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { walkChain } from "../src/chain-walk.ts";
import { nodeDisk, type Disk } from "../src/disk.ts";
import { fileIn } from "../src/file-names.ts";
import { fileAuditSink, verifyAuditLog, type AuditLogReport } from "../src/index.ts";
import { deriveKeys } from "../src/primitives.ts";
import { event, filesOf, firstFile, key, linesOf, pathOf, place, putLines, temporary } from "./fixture.ts";

const sealer = hmacSealer({ keys: [{ kid: "test", secret: new Uint8Array(32).fill(1) }] });
const lineFeed = 10;

interface Log {
  readonly directory: string;
  readonly files: readonly string[];
  /** The checkpoint sealed before the log was closed; its own line is the only one behind it. */
  readonly lastCheckpoint: string;
}

let log: Log;
let copy = "";
beforeAll(async () => {
  const directory = place();
  const tokens: string[] = [];
  const onCheckpoint = (token: string): void => void tokens.push(token);
  const sink = await fileAuditSink({
    directory,
    key,
    durability: "write",
    maximumFileBytes: 4096,
    sealer,
    onCheckpoint,
  });
  for (let index = 0; index < 25; index += 1) {
    await sink.write(event(`event-${index}`, { associatedData: { tenant: String(index) }, reason: "a\nb" }));
  }
  await sink.close();
  log = { directory, files: filesOf(directory), lastCheckpoint: tokens.at(-1) ?? "" };
  copy = place();
  cpSync(directory, copy, { recursive: true });
});

const anyFile = fc.nat(100).map((choice) => log.files[choice % log.files.length] ?? "");
const contentOf = (file: string): Buffer => readFileSync(pathOf(log.directory, file));

/** Verifies the log with one file changed. */
async function verifyChanged(file: string, change: (path: string) => void): Promise<AuditLogReport> {
  change(pathOf(copy, file));
  try {
    return await verifyAuditLog({ directory: copy, key, sealer, lastCheckpoint: log.lastCheckpoint });
  } finally {
    writeFileSync(pathOf(copy, file), contentOf(file));
  }
}
const withBytes = (file: string, bytes: Uint8Array): Promise<AuditLogReport> =>
  verifyChanged(file, (path) => writeFileSync(path, bytes));
const lineAt = (bytes: Buffer, offset: number): number =>
  bytes.subarray(0, offset).filter((byte) => byte === lineFeed).length + 1;

describe("every change to a byte is found in its line", () => {
  it("in a log of several files", () => {
    expect(log.files.length).toBeGreaterThan(2);
  });

  it("another value", async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), fc.integer({ min: 1, max: 255 }), async (file, choice, difference) => {
        const bytes = contentOf(file);
        const offset = choice % bytes.length;
        bytes[offset] = (bytes[offset] ?? 0) ^ difference;
        expect((await withBytes(file, bytes)).firstBad).toMatchObject({ file, line: lineAt(contentOf(file), offset) });
      }),
      { numRuns: 200 },
    );
  });

  it("one bit of each byte of a line", async () => {
    const bytes = contentOf(firstFile);
    const begin = bytes.indexOf(lineFeed) + 1;
    const end = bytes.indexOf(lineFeed, begin) + 1;
    const missed: number[] = [];
    for (let offset = begin; offset < end; offset += 1) {
      const changed = Buffer.from(bytes);
      changed[offset] = (changed[offset] ?? 0) ^ (1 << (offset % 8));
      const { firstBad } = await withBytes(firstFile, changed);
      if (firstBad?.file !== firstFile || firstBad.line !== 2) missed.push(offset);
    }
    expect(missed).toEqual([]);
  });

  it("a byte that is gone", async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), async (file, choice) => {
        const bytes = contentOf(file);
        const offset = choice % bytes.length;
        const report = await withBytes(file, Buffer.concat([bytes.subarray(0, offset), bytes.subarray(offset + 1)]));
        expect(report.firstBad).toMatchObject({ file, line: lineAt(bytes, offset) });
      }),
      { numRuns: 150 },
    );
  });

  it("bytes that came in", async () => {
    const added = fc.oneof(fc.constant(Buffer.from("\n")), fc.uint8Array({ minLength: 1, maxLength: 40 }));
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), added, async (file, choice, extra) => {
        const bytes = contentOf(file);
        const offset = choice % (bytes.length + 1);
        const changed = Buffer.concat([bytes.subarray(0, offset), extra, bytes.subarray(offset)]);
        // Where old and new agree up to an end of a line, the line after that is the first that differs.
        let same = 0;
        while (same < bytes.length && bytes[same] === changed[same]) same += 1;
        expect((await withBytes(file, changed)).firstBad).toMatchObject({ file, line: lineAt(bytes, same) });
      }),
      { numRuns: 150 },
    );
  });
});

describe("every change to lines is found at the first of them", () => {
  const changedLines = (file: string, lines: readonly string[]): Promise<AuditLogReport> =>
    verifyChanged(file, () => putLines(copy, lines, file));
  const isLast = (file: string, lines: number, line: number): boolean => file === log.files.at(-1) && line >= lines - 1; // the checkpoint's own line

  it("one that is gone", async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), async (file, choice) => {
        const lines = linesOf(log.directory, file);
        const gone = choice % lines.length;
        fc.pre(!isLast(file, lines.length, gone) && lines.length > 1);
        const report = await changedLines(
          file,
          lines.filter((_, index) => index !== gone),
        );
        expect(report.firstBad).toMatchObject({ file, line: gone + 1 });
        expect(["removed", "truncated"]).toContain(report.firstBad?.reason);
      }),
      { numRuns: 150 },
    );
  });

  it("two that changed places", async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), fc.nat(), async (file, one, other) => {
        const lines = linesOf(log.directory, file);
        const [first = 0, later = 0] = [one % lines.length, other % lines.length].sort((a, b) => a - b);
        fc.pre(first !== later);
        const swapped = [...lines];
        swapped[first] = lines[later] ?? "";
        swapped[later] = lines[first] ?? "";
        expect((await changedLines(file, swapped)).firstBad).toEqual({ file, line: first + 1, reason: "reordered" });
      }),
      { numRuns: 150 },
    );
  });

  it("one that stands there twice", async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), fc.nat(), async (file, one, place_) => {
        const lines = linesOf(log.directory, file);
        const copied = one % lines.length;
        const target = copied + 1 + (place_ % (lines.length - copied));
        const changed = [...lines.slice(0, target), lines[copied] ?? "", ...lines.slice(target)];
        expect((await changedLines(file, changed)).firstBad).toEqual({ file, line: target + 1, reason: "inserted" });
      }),
      { numRuns: 150 },
    );
  });

  it("an end that was cut off, between lines or within one", async () => {
    const last = log.files.at(-1) ?? "";
    const lines = linesOf(log.directory, last);
    const bytes = contentOf(last);
    const checkpointStart = bytes.lastIndexOf(lineFeed, bytes.length - 2) + 1;
    for (let kept = 1; kept < lines.length - 1; kept += 1) {
      const report = await changedLines(last, lines.slice(0, kept));
      expect(report).toMatchObject({ ok: false, firstBad: { file: last, line: kept + 1, reason: "truncated" } });
    }
    // Behind the last checkpoint nothing vouches for what was there.
    expect(await changedLines(last, lines.slice(0, -1))).toMatchObject({ ok: true });
    await fc.assert(
      fc.asyncProperty(fc.nat(checkpointStart - 1), async (length) => {
        const report = await verifyChanged(last, (path) => truncateSync(path, length));
        expect(report.firstBad).toMatchObject({ file: last, line: lineAt(bytes, length) });
      }),
      { numRuns: 100 },
    );
  });

  it("and without a checkpoint an end that was cut off between lines is not", async () => {
    const last = log.files.at(-1) ?? "";
    putLines(copy, linesOf(log.directory, last).slice(0, 2), last);
    expect(await verifyAuditLog({ directory: copy, key })).toMatchObject({ ok: true, truncationDetection: "none" });
  });
});

describe("whatever stands in a file", () => {
  it("verification ends and does not throw", async () => {
    const directory = temporary();
    const [, ...lines] = linesOf(log.directory).map((line) => Buffer.from(`${line}\n`));
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(Buffer.from("\n"), Buffer.from('","mac":"'), Buffer.from('"}\n'), ...lines),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 20 }), async (parts) => {
        writeFileSync(pathOf(directory), Buffer.concat(parts));
        expect(await verifyAuditLog({ directory, key })).toMatchObject({
          ok: false,
          entries: 0,
          firstBad: { line: 1 },
        });
      }),
      { numRuns: 200 },
    );
  });

  it("a line of 100 MB costs no more than one of 256 KiB", async () => {
    const directory = place();
    mkdirSync(directory);
    writeFileSync(pathOf(directory), contentOf(firstFile));
    const descriptor = openSync(pathOf(directory), "r+");
    ftruncateSync(descriptor, 100_000_000); // a hole: zeros without an end
    closeSync(descriptor);
    let read = 0;
    let largest = 0;
    const counting: Disk = {
      ...nodeDisk,
      open: async (path, mode) => {
        const file = await nodeDisk.open(path, mode);
        const counted = async (into: Uint8Array, position: number): Promise<number> => {
          largest = Math.max(largest, into.buffer.byteLength);
          const count = await file.read(into, position);
          read += count;
          return count;
        };
        return { ...file, read: counted };
      },
    };
    const files = [fileIn(directory, 1)];
    const walk = await walkChain({ disk: counting, keys: deriveKeys(key), files, fromGenesis: true });
    expect(walk.firstBad).toEqual({
      file: firstFile,
      line: linesOf(log.directory).length + 1,
      reason: "oversized",
    });
    expect(largest).toBeLessThanOrEqual(262_144);
    expect(read).toBeLessThan(400_000);
    expect((await verifyAuditLog({ directory, key })).firstBad?.reason).toBe("oversized");
  });
});
