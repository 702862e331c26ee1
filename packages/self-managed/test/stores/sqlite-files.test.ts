import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  createSqliteStore,
  findDatabase,
  keyRoot,
  newRootKey,
  openSqliteStore,
  type OpenDatabase,
} from "../../src/index.ts";
import { firstDatabase } from "../../src/stores/sqlite/open-database.ts";
import { codeOf, failure } from "../fixture.ts";
import {
  closing,
  library,
  listed,
  makeStore,
  openAgain,
  sqliteError,
  temporaryFolder,
  watched,
} from "./sqlite-fixture.ts";
import { record } from "./store-suite.ts";

const root = keyRoot(newRootKey());
const create = (path: string): ReturnType<typeof createSqliteStore> =>
  createSqliteStore(path, root, { database: library });

describe("createSqliteStore", () => {
  it("leaves nothing in the folder but the store and what SQLite keeps beside it", async () => {
    const folder = temporaryFolder();
    closing(await create(join(folder, "keys.db")));
    expect(readdirSync(folder).toSorted()).toEqual(["keys.db", "keys.db-shm", "keys.db-wal"]);
  });

  it("refuses a path where a store is, and leaves that as it was", async () => {
    const made = await makeStore();
    made.store.create(record(made.store, "a"));
    made.store.close();
    const before = readFileSync(made.path);
    expect(await codeOf(() => create(made.path))).toBe("ALREADY_EXISTS");
    expect(readFileSync(made.path).equals(before)).toBe(true);
    expect(listed(await openAgain(made))).toEqual([`${made.store.storeId}/a`]);
  });

  it("refuses a path where anything else is, a link that leads nowhere too", async () => {
    const folder = temporaryFolder();
    const [file, directory, link] = ["file", "directory", "link"].map((name) => join(folder, name));
    if (file === undefined || directory === undefined || link === undefined) return expect.unreachable();
    writeFileSync(file, "");
    mkdirSync(directory);
    symlinkSync(join(folder, "nowhere"), link);
    for (const path of [file, directory, link]) expect(await codeOf(() => create(path))).toBe("ALREADY_EXISTS");
    expect(readdirSync(folder).toSorted()).toEqual(["directory", "file", "link"]);
  });

  it.each(["-wal", "-shm", "-journal"])(
    "refuses a path beside which an earlier store left its %s file",
    async (suffix) => {
      const path = join(temporaryFolder(), "keys.db");
      writeFileSync(`${path}${suffix}`, "left");
      expect(await codeOf(() => create(path))).toBe("ALREADY_EXISTS");
      expect(readFileSync(`${path}${suffix}`, "utf8")).toBe("left");
    },
  );

  it("lets one of two at once win", async () => {
    const path = join(temporaryFolder(), "keys.db");
    const settled = await Promise.allSettled([create(path), create(path)]);
    const [won] = settled.flatMap((result) => (result.status === "fulfilled" ? [closing(result.value)] : []));
    const [lost] = settled.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    expect(lost).toMatchObject({ code: "ALREADY_EXISTS" });
    expect(won?.storeId).toBe((await openAgain({ path, root })).storeId);
  });

  it("takes no notice of what a killed process left", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "keys.db.0123456789abcdef.new"), "half a store");
    const store = closing(await create(join(folder, "keys.db")));
    expect(store.create(record(store, "a"))).toBe(true);
  });

  it("says where there is no folder, or a file in place of one", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "");
    expect(await codeOf(() => create(join(folder, "missing", "keys.db")))).toBe("NOT_FOUND");
    expect(await codeOf(() => create(join(folder, "file", "keys.db")))).toBe("INVALID_ARGUMENT");
  });

  it("leaves nothing when the disk is full, whichever statement that is at", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "keys.db");
    let left = 0;
    const database = watched((sql) => {
      // Once linked into place, the store is there.
      if (!sql.includes("journal_mode") && left-- === 0) throw sqliteError(13);
    });
    for (const statements of Array.from({ length: 19 }, (_, index) => index)) {
      left = statements;
      expect(await codeOf(() => createSqliteStore(path, root, { database }))).toBe("UNAVAILABLE");
      expect(readdirSync(folder)).toEqual([]);
    }
  });
});

describe("openSqliteStore", () => {
  it("says that there is none, and makes none", async () => {
    const folder = temporaryFolder();
    expect(await codeOf(() => openAgain({ path: join(folder, "keys.db"), root }))).toBe("NOT_FOUND");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("refuses what is no file", async () => {
    expect(await codeOf(() => openAgain({ path: temporaryFolder(), root }))).toBe("INVALID_ARGUMENT");
  });

  it("follows a link", async () => {
    const made = await makeStore();
    const link = join(temporaryFolder(), "link");
    symlinkSync(made.path, link);
    expect((await openAgain({ ...made, path: link })).storeId).toBe(made.store.storeId);
  });

  it("reads a read-only file, and denies changes", async () => {
    const made = await makeStore();
    const kept = record(made.store, "a");
    made.store.create(kept);
    const readOnly: OpenDatabase = (path) => library(path, { readOnly: true });
    const store = closing(await openSqliteStore(made.path, made.root, { database: readOnly }));
    expect(listed(store)).toEqual([kept.id]);
    expect(store.get(kept.id)).toEqual(kept);
    expect(await codeOf(() => store.create(record(store, "b")))).toBe("PERMISSION_DENIED");
    expect(await codeOf(() => store.replace({ ...kept, revision: 2 }, 1))).toBe("PERMISSION_DENIED");
    expect(await codeOf(() => store.addSlot(made.root, root))).toBe("PERMISSION_DENIED");
    expect(made.store.get(kept.id)).toEqual(kept);
  });
});

describe("the SQLite library", () => {
  it("is node:sqlite where the runtime has it, else libsql", async () => {
    const open = await findDatabase();
    const database = await open(join(temporaryFolder(), "a.db"), { readOnly: false });
    expect(database.library).toBe(isBuiltin("node:sqlite") ? "node:sqlite" : "libsql");
    database.close();
  });

  it("is the package libsql where node:sqlite is missing", async () => {
    const missing = async (): Promise<never> => Promise.reject(importError("ERR_UNKNOWN_BUILTIN_MODULE"));
    expect(await firstDatabase([missing, async () => library])).toBe(library);
  });

  it("is UNSUPPORTED where neither is there, and the error names the package and the Node that needs none", async () => {
    const missing = ["ERR_UNKNOWN_BUILTIN_MODULE", "ERR_MODULE_NOT_FOUND"].map(importError);
    const error = await failure(() => firstDatabase(missing.map((cause) => async () => Promise.reject(cause))));
    expect([error.code, error.cause]).toEqual(["UNSUPPORTED", missing[1]]);
    expect(error.message).toMatch(/libsql.*Node 22\.13/);
  });
});

const importError = (code: string): Error => Object.assign(new Error("not found"), { code });
