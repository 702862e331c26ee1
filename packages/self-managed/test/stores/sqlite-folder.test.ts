import { readdirSync, statSync, writeFileSync } from "node:fs";
import type * as FileSystem from "node:fs/promises";
import type * as OperatingSystem from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createSqliteStore, keyRoot, newRootKey } from "../../src/index.ts";
import { failure } from "../fixture.ts";
import { closing, library, temporaryFolder } from "./sqlite-fixture.ts";

const disk = vi.hoisted(() => ({
  /** What the system answers where a folder is opened, or written through. */
  opening: undefined as string | undefined,
  syncing: undefined as string | undefined,
  /** What was in a folder when it was written through. */
  synced: [] as (readonly string[])[],
  platform: undefined as NodeJS.Platform | undefined,
}));

vi.mock("node:fs/promises", async (load) => {
  const real = await load<typeof FileSystem>();
  const fail = (code: string | undefined): void => {
    if (code !== undefined) throw Object.assign(new Error("disk"), { code });
  };
  const open: typeof FileSystem.open = async (path, ...given) => {
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isFolder) fail(disk.opening);
    const file = await real.open(path, ...given);
    const sync = file.sync.bind(file);
    file.sync = async () => {
      if (isFolder) disk.synced.push(readdirSync(String(path)));
      if (isFolder) fail(disk.syncing);
      await sync();
    };
    return file;
  };
  return { ...real, open };
});

vi.mock("node:os", async (load) => {
  const real = await load<typeof OperatingSystem>();
  return { ...real, platform: () => disk.platform ?? real.platform() };
});

beforeEach(() => {
  Object.assign(disk, { opening: undefined, syncing: undefined, synced: [], platform: undefined });
});

const newPath = (): string => join(temporaryFolder(), "keys.db");
const create = (path: string): ReturnType<typeof createSqliteStore> =>
  createSqliteStore(path, keyRoot(newRootKey()), { database: library });

describe("the folder of a new SQLite store", () => {
  it("is written through once the store has its name and no other", async () => {
    closing(await create(newPath()));
    expect(disk.synced).toEqual([["keys.db"]]);
  });

  it("that cannot be opened is told, and nothing is left in it", async () => {
    const path = newPath();
    for (const [answer, code] of [
      ["EACCES", "PERMISSION_DENIED"],
      ["EMFILE", "UNAVAILABLE"],
    ] as const) {
      disk.opening = answer;
      expect(await failure(() => create(path))).toMatchObject({ code, cause: { code: answer } });
      expect(readdirSync(dirname(path))).toEqual([]);
    }
  });

  it("that cannot be written through is told, and the store is taken back", async () => {
    const path = newPath();
    disk.syncing = "EIO";
    expect(await failure(() => create(path))).toMatchObject({ code: "UNAVAILABLE", cause: { code: "EIO" } });
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it("keeps what somebody else put at the path meanwhile", async () => {
    const path = newPath();
    const database: typeof library = async (temporary, options) => {
      writeFileSync(path, "theirs");
      return library(temporary, options);
    };
    const error = await failure(() => createSqliteStore(path, keyRoot(newRootKey()), { database }));
    expect([error.code, readdirSync(dirname(path))]).toEqual(["ALREADY_EXISTS", ["keys.db"]]);
  });

  it("is not opened on Windows, which writes its entries by itself", async () => {
    disk.platform = "win32";
    disk.opening = "EISDIR";
    closing(await create(newPath()));
    expect(disk.synced).toEqual([]);
  });
});
