import { copyFileSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  createSqliteStore,
  KeyMaterial,
  type Database,
  type OpenDatabase,
  type Root,
  type SqliteStore,
} from "../../src/index.ts";
import { sqliteFailure } from "../../src/stores/sqlite/errors.ts";
import { codeOf, failure } from "../fixture.ts";
import { library, listed, makeStore, openAgain, sqliteError, watched, withRaw } from "./sqlite-fixture.ts";
import { record } from "./store-suite.ts";

/** A store whose library throws an error once, at the statement that `isTheOne` picks. */
async function failingOnce(
  isTheOne: (sql: string) => boolean,
  error: Error,
): Promise<{ readonly store: SqliteStore; readonly path: string; readonly root: Root; readonly arm: () => void }> {
  let isArmed = false;
  const made = await makeStore(
    watched((sql) => {
      if (!isArmed || !isTheOne(sql)) return;
      isArmed = false;
      throw error;
    }),
  );
  return { ...made, arm: () => void (isArmed = true) };
}

describe("an error of the SQLite library", () => {
  it.each([
    ["PERMISSION_DENIED", [3, 8, 23, 264, 520, 776]],
    ["UNAVAILABLE", [5, 6, 7, 10, 13, 14, 15, 261, 517, 522, 1032, 1034]],
    ["TAMPERED", [1, 11, 17, 19, 24, 26, 267, 1555, 3091]],
    ["UNKNOWN", [2, 200]],
  ] as const)("is %s for result codes %j of either library", (code, resultCodes) => {
    for (const resultCode of resultCodes) {
      const libsql = Object.assign(new Error("said"), { code: "SQLITE_SAID", rawCode: resultCode });
      const found = [sqliteError(resultCode), libsql].map((cause) => {
        const error = sqliteFailure(cause);
        return [error.code, error.outcome, error.cause === cause];
      });
      expect([resultCode, ...found]).toEqual([resultCode, [code, "none", true], [code, "none", true]]);
    }
  });

  it("is read out of the message of libsql where that has nothing else", () => {
    const error = Object.assign(new Error('ConnectionFailed("Unable to open connection to local database /a: 14")'), {
      code: "",
    });
    expect(sqliteFailure(error).code).toBe("UNAVAILABLE");
  });

  it("is UNKNOWN when it is none", () => {
    expect([undefined, "text", new TypeError("not open")].map((error) => sqliteFailure(error).code)).toEqual([
      "UNKNOWN",
      "UNKNOWN",
      "UNKNOWN",
    ]);
  });

  it("leaves the outcome of a commit open where the disk failed, and not where it is full", async () => {
    for (const [resultCode, outcome, retryable] of [
      [10, "unknown", false],
      [1034, "unknown", false],
      [13, "none", true],
      [5, "none", true],
    ] as const) {
      const { store, arm } = await failingOnce((sql) => sql === "COMMIT", sqliteError(resultCode));
      arm();
      expect(await failure(() => store.create(record(store, "a")))).toMatchObject({
        code: "UNAVAILABLE",
        outcome,
        retryable,
      });
    }
  });
});

describe("a SQLite store whose disk is full", () => {
  it("has nothing half done, whichever statement that is at, and goes on afterwards", async () => {
    const changes: readonly ((store: SqliteStore) => unknown)[] = [
      (store) => store.create(record(store, "b")),
      (store) => store.replace({ ...record(store, "a"), revision: 2 }, 1),
    ];
    for (const change of changes) {
      for (let at = 0; at < 5; at += 1) {
        let seen = 0;
        const { store, arm } = await failingOnce(() => seen++ === at, sqliteError(13));
        store.create(record(store, "a"));
        const before = [listed(store), store.get(`${store.storeId}/a`), store.changeCounter()];
        seen = 0;
        arm();
        expect(await failure(() => change(store))).toMatchObject({
          code: "UNAVAILABLE",
          outcome: "none",
          retryable: true,
        });
        expect([listed(store), store.get(`${store.storeId}/a`), store.changeCounter()]).toEqual(before);
        expect(change(store)).toBe(true);
        expect(listed(store)[0]).toBe(`${store.storeId}/a`);
      }
    }
  });

  it("keeps its slots, whichever statement of adding or removing one that is at", async () => {
    for (let at = 0; at < 8; at += 1) {
      let seen = 0;
      const { store, root, arm } = await failingOnce(
        (sql) => !sql.includes("wal_checkpoint") && seen++ === at,
        sqliteError(13),
      );
      const { id } = await store.addSlot(root, root);
      const before = store.slots();
      for (const change of [() => store.addSlot(root, root), () => store.removeSlot(root, id)]) {
        seen = 0;
        arm();
        expect(await codeOf(change)).toBe("UNAVAILABLE");
        expect(store.slots()).toEqual(before);
      }
    }
  });

  it("tells a limit that SQLite itself comes to", async () => {
    let connection: Database | undefined;
    const database: OpenDatabase = async (path, options) => (connection = await library(path, options));
    const { store } = await makeStore(database);
    store.create(record(store, "a"));
    connection?.get("PRAGMA max_page_count = 6", []);
    const long = new KeyMaterial(new Uint8Array(16_000).fill(1));
    const [version] = record(store, "b").versions;
    if (version === undefined) return expect.unreachable();
    const big = record(store, "b", { versions: [{ ...version, material: long }] });
    expect(await failure(() => store.create(big))).toMatchObject({
      code: "UNAVAILABLE",
      outcome: "none",
      retryable: true,
    });
    expect(listed(store)).toEqual([`${store.storeId}/a`]);
    connection?.get("PRAGMA max_page_count = 1000", []);
    expect(store.create(big)).toBe(true);
  });
});

describe("a SQLite store that another connection locks", () => {
  it("refuses changes as UNAVAILABLE and goes on reading", async () => {
    const { path, store } = await makeStore();
    const kept = record(store, "a");
    store.create(kept);
    const error = await withRaw(path, async (database) => {
      database.exec("BEGIN IMMEDIATE");
      const found = await failure(() => store.create(record(store, "b")));
      expect(store.get(kept.id)).toEqual(kept);
      database.exec("ROLLBACK");
      return found;
    });
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "none", retryable: true });
    expect(store.create(record(store, "b"))).toBe(true);
  });

  it("takes the lock before it reads what it is going to change", async () => {
    const refused: unknown[] = [];
    const others: Database[] = [];
    const made = await makeStore(
      watched((sql) => {
        for (const other of sql === "PRAGMA data_version" ? others : []) {
          try {
            other.exec("BEGIN IMMEDIATE");
          } catch (error) {
            refused.push(sqliteFailure(error).code);
          }
        }
      }),
    );
    others.push(await library(made.path, { readOnly: false }));
    expect(made.store.create(record(made.store, "a"))).toBe(true);
    for (const other of others) other.close();
    expect(refused).toEqual(["UNAVAILABLE"]);
  });

  it("is UNAVAILABLE to open while the file is locked as a whole", async () => {
    const { path: closed, root, store } = await makeStore();
    store.close();
    // A copy, since libsql holds on to a closed file until its statements are collected.
    const made = { path: `${closed}.copy`, root };
    copyFileSync(closed, made.path);
    const code = await withRaw(made.path, async (database) => {
      database.exec("PRAGMA locking_mode = EXCLUSIVE");
      database.exec("BEGIN EXCLUSIVE");
      const found = await codeOf(() => openAgain(made));
      database.exec("ROLLBACK");
      return found;
    });
    expect(code).toBe("UNAVAILABLE");
  });
});

describe("material that a change takes away", () => {
  /** Is the material's wrap of `name` in the file or its log? */
  const isThere = (path: string, wrap: Buffer): readonly boolean[] =>
    ["", "-wal"].map((suffix) => readFileSync(`${path}${suffix}`).includes(wrap));

  async function withWrap(): Promise<{
    readonly path: string;
    readonly store: SqliteStore;
    readonly wrap: Buffer;
    readonly destroy: () => unknown;
  }> {
    const { path, store } = await makeStore();
    const made = record(store, "a");
    store.create(made);
    const found = await withRaw(path, (database) => database.get("SELECT body FROM records", []));
    const body: unknown = JSON.parse(Buffer.from(found?.["body"] as Uint8Array).toString());
    const { versions } = body as { readonly versions: readonly { readonly material: string }[] };
    const wrap = Buffer.from(versions[0]?.material ?? expect.unreachable());
    const destroyed = made.versions.map((version) => ({
      ...version,
      native: "destroyed" as const,
      material: undefined,
    }));
    return { path, store, wrap, destroy: () => store.replace({ ...made, revision: 2, versions: destroyed }, 1) };
  }

  it("leaves the file and its log", async () => {
    const { path, wrap, destroy } = await withWrap();
    expect(isThere(path, wrap)).toContain(true);
    expect(destroy()).toBe(true);
    expect(isThere(path, wrap)).toEqual([false, false]);
  });

  it("leaves the log with the next change when a reader was in the way", async () => {
    const { path, store, wrap, destroy } = await withWrap();
    const reader = await library(path, { readOnly: true });
    reader.exec("BEGIN");
    reader.get("SELECT count(*) FROM records", []);
    expect(destroy()).toBe(true);
    expect(isThere(path, wrap)).toContain(true);
    reader.exec("ROLLBACK");
    reader.close();
    store.create(record(store, "b"));
    expect(isThere(path, wrap)).toEqual([false, false]);
  });
});

it("createSqliteStore closes its connections when it fails", async () => {
  let open = 0;
  const counted: OpenDatabase = async (path, options) => {
    const database = await watched((sql) => {
      if (sql.includes("FROM slots")) throw sqliteError(10);
    })(path, options);
    open += 1;
    return { ...database, close: () => ((open -= 1), database.close()) };
  };
  const { path, root } = await makeStore();
  expect(await codeOf(() => createSqliteStore(`${path}.other`, root, { database: counted }))).toBe("UNAVAILABLE");
  expect(open).toBe(0);
});
