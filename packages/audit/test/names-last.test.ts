import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { nodeDisk, type Disk } from "../src/disk.ts";
import { diskError } from "../src/errors.ts";
import { openSink } from "../src/file-audit-sink.ts";
import { codeOf, event, faultyDisk, filesOf, firstFile, key, place, systemError, writeLog } from "./fixture.ts";

/** The disk of this machine, and the calls that make something last or count, in their order. */
function tracedDisk(): { readonly disk: Disk; readonly calls: string[] } {
  const calls: string[] = [];
  const traced = faultyDisk((call, path) => calls.push(`${call} ${path}`));
  const disk: Disk = {
    ...traced,
    makeDirectory: (path) => {
      calls.push(`make ${path}`);
      return traced.makeDirectory(path);
    },
    syncDirectory: (path) => {
      calls.push(`sync ${path}`);
      return traced.syncDirectory(path);
    },
  };
  return { disk, calls };
}

/** A disk that does not sync one directory. */
const unsynced = (refused: string, code: string): Disk => ({
  ...nodeDisk,
  syncDirectory: async (path) => {
    if (path === refused) throw diskError(`Syncing ${path}`, systemError(code));
    await nodeDisk.syncDirectory(path);
  },
});

describe("a name lasts before a line behind it counts:", () => {
  it("a new directory's, before there is a file in it, and the first file's", async () => {
    const directory = place();
    const { disk, calls } = tracedDisk();
    const sink = await openSink({ directory, key }, disk);
    const file = `${directory}/${firstFile}`;
    expect(calls).toEqual([
      `make ${directory}`,
      `sync ${dirname(directory)}`,
      `write ${file}`,
      `sync ${file}`,
      `sync ${directory}`,
    ]);
    await sink.close();
  });

  it("every further file's", async () => {
    const directory = place();
    const { disk, calls } = tracedDisk();
    const sink = await openSink({ directory, key, maximumFileBytes: 4096 }, disk);
    calls.length = 0;
    while (filesOf(directory).length === 1) await sink.write(event("one"));
    expect(calls.filter((call) => call === `sync ${directory}`)).toHaveLength(1);
    expect(calls.at(-1)).toBe(`sync ${directory}`);
    await sink.close();
  });

  it("a directory's and a file's that are there, for who made them may have been killed before", async () => {
    const directory = await writeLog(3);
    const { disk, calls } = tracedDisk();
    const sink = await openSink({ directory, key }, disk);
    expect(calls).toEqual([`make ${directory}`, `sync ${dirname(directory)}`, `sync ${directory}`]);
    calls.length = 0;
    await sink.write(event("after"));
    expect(calls).toEqual([`write ${directory}/${firstFile}`, `sync ${directory}/${firstFile}`]);
    await sink.close();
  });
});

describe("a name that cannot be made to last", () => {
  it("refuses the opening, of a new log and of one that is there", async () => {
    const [fresh, written] = [place(), await writeLog(1)];
    for (const [directory, refused] of [
      [fresh, dirname(fresh)],
      [written, dirname(written)],
      [written, written],
    ] as const) {
      expect(await codeOf(() => openSink({ directory, key }, unsynced(refused, "EIO")))).toBe("UNAVAILABLE");
    }
  });

  it("is no matter of who may not read the parent, unless the directory is made just now", async () => {
    const [fresh, there] = [place(), place()];
    expect(await codeOf(() => openSink({ directory: fresh, key }, unsynced(dirname(fresh), "EACCES")))).toBe(
      "PERMISSION_DENIED",
    );
    mkdirSync(there);
    const sink = await openSink({ directory: there, key }, unsynced(dirname(there), "EACCES"));
    await sink.close();
  });
});
