import { statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  keyRoot,
  newRootKey,
  openSqliteStore,
  type Database,
  type OpenDatabase,
  type SqliteStore,
} from "../../src/index.ts";
import { associated, call, codeOf, driverOver, makeKey, revocation, start } from "../fixture.ts";
import { closing, library, listed, makeStore, openAgain, watched, type Made } from "./sqlite-fixture.ts";
import { describeDurableKeyStore, describeKeyStore, record } from "./store-suite.ts";

const madeBefore = new Map<string, Made>();
const open = async (): Promise<SqliteStore> => {
  const made = await makeStore();
  madeBefore.set(made.store.storeId, made);
  return made.store;
};

describeKeyStore("createSqliteStore", open);
describeDurableKeyStore("createSqliteStore", open, async (store) => {
  await store.close();
  const made = madeBefore.get(store.storeId);
  return made === undefined ? expect.unreachable() : openAgain(made);
});

describe("a SQLite store", () => {
  it("answers at once", async () => {
    const { store } = await makeStore();
    const made = record(store, "a");
    expect([store.create(made), store.get(made.id), store.replace({ ...made, revision: 2 }, 1)]).toEqual([
      true,
      made,
      true,
    ]);
  });

  it("keeps keys, states and who changed them for a driver in another run", async () => {
    const made = await makeStore();
    const driver = await driverOver(made.store);
    const key = await makeKey(driver, "AES-256-GCM");
    const { bytes } = await driver.encrypt(key, Buffer.from("kept"), associated(), call());
    await driver.revoke(key, "1", revocation("superseded"), call({ actor: "ops", reason: "replaced" }));
    made.store.close();
    const store = await openAgain(made);
    const again = await driverOver(store);
    const { bytes: plaintext } = await again.decrypt(key, bytes, associated(), call());
    expect(Buffer.from(plaintext).toString()).toBe("kept");
    const [version] = store.get(key.id)?.versions ?? [];
    expect(version?.history.at(-1)).toMatchObject({ at: start, actor: "ops", to: "deactivated", reason: "replaced" });
  });

  it("lists more records than one page holds, by id", async () => {
    const { store } = await makeStore();
    const names = Array.from({ length: 150 }, (_, index) => `key-${String(index).padStart(3, "0")}`);
    for (const name of names.toReversed()) store.create(record(store, name));
    expect(listed(store)).toEqual(names.map((name) => `${store.storeId}/${name}`));
  });

  it("answers the record that it wrote last as it would be read, without reading it", async () => {
    const statements: string[] = [];
    const { store } = await makeStore(watched((sql) => void statements.push(sql)));
    const reads = (): number => statements.filter((sql) => sql.includes("FROM records WHERE id")).length;
    const [made, other] = [record(store, "a"), record(store, "b")];
    store.create(made);
    for (const { material } of made.versions) material?.erase();
    const [version] = store.get(made.id)?.versions ?? [];
    expect([version?.material?.use((bytes) => bytes.length), reads()]).toEqual([32, 0]);
    store.create(other);
    expect([store.get(made.id)?.id, store.get(other.id)?.id, reads()]).toEqual([made.id, other.id, 1]);
  });

  it("keeps what it wrote last apart from what it was given", async () => {
    const { store } = await makeStore();
    const given = { ...record(store, "a"), labels: { app: "orders" } };
    store.create(given);
    given.labels.app = "changed";
    const read = store.get(given.id);
    expect(read?.labels).toEqual({ app: "orders" });
    expect(read !== undefined && store.replace({ ...read, revision: 2 }, 1)).toBe(true);
    expect(store.get(given.id)?.versions[0]?.material?.use((bytes) => bytes.length)).toBe(32);
  });

  it("reads the record that it wrote last once another connection has changed it, at once and later", async () => {
    const made = await makeStore();
    const other = await openAgain(made);
    const first = record(made.store, "a");
    made.store.create(first);
    const [read] = [other.get(first.id)];
    expect(read !== undefined && other.replace({ ...read, revision: 2 }, 1)).toBe(true);
    expect(made.store.get(first.id)?.revision).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, made.store.visibleWithinMs + 1));
    made.store.changeCounter();
    expect(made.store.get(first.id)?.revision).toBe(2);
    expect(made.store.replace({ ...first, revision: 2 }, 1)).toBe(false);
  });

  it("fetches no more than 16 MiB of records at a time when it is listed, and lists them all", async () => {
    const fetched: number[] = [];
    const measured: OpenDatabase = async (path, options) => {
      const database = await library(path, options);
      const all: Database["all"] = (sql, parameters) => {
        const rows = database.all(sql, parameters);
        fetched.push(rows.reduce((sum, { body }) => sum + (body instanceof Uint8Array ? body.length : 0), 0));
        return rows;
      };
      return { ...database, all };
    };
    const { store } = await makeStore(measured);
    const { versions, ...made } = record(store, "a");
    const entry = { at: start, actor: "ops", event: "generate", from: undefined, to: "pre-activation" } as const;
    const history = Array.from({ length: 4800 }, () => ({ ...entry, revocation: undefined, reason: "x".repeat(1000) }));
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) {
      const long = versions.map((version) => ({ ...version, history: name === "b" ? [] : history }));
      store.create({ ...made, id: `${store.storeId}/${name}`, versions: long });
    }
    fetched.length = 0;
    expect(listed(store)).toEqual(names.map((name) => `${store.storeId}/${name}`));
    // a to d, and then e: each but b has 5 MiB and more.
    const pages = fetched.filter((bytes) => bytes > 0);
    expect(pages.map((bytes) => Math.floor(bytes / 5_242_880))).toEqual([3, 1]);
    expect(Math.max(...pages)).toBeLessThanOrEqual(16_777_216);
  });

  it("lists without a false alarm while records are made and changed", async () => {
    const made = await makeStore();
    const other = await openAgain(made);
    for (let index = 0; index < 130; index += 1) made.store.create(record(made.store, `key-${index}`));
    let count = 0;
    for (const one of made.store.list()) {
      count += 1;
      other.create(record(other, `${count % 2 === 0 ? "a" : "z"}-${count}`));
      other.replace({ ...one, revision: one.revision + 1 }, one.revision);
      expect(count).toBeLessThan(1000);
      if (count === 140) break;
    }
    expect(listed(made.store)).toHaveLength(130 + 140);
  });

  it("stops listing when it is closed meanwhile", async () => {
    const { store } = await makeStore();
    for (const name of ["a", "b"]) store.create(record(store, name));
    const seen: string[] = [];
    const code = await codeOf(() => {
      for (const { id } of store.list()) {
        seen.push(id);
        store.close();
      }
    });
    expect([code, seen]).toEqual(["CLOSED", [`${store.storeId}/a`]]);
  });

  it("answers CLOSED for everything but its id once closed, and for material that was read before", async () => {
    const { store, root } = await makeStore();
    store.create(record(store, "a"));
    const read = store.get(`${store.storeId}/a`);
    store.close();
    expect(store.storeId).toMatch(/^[0-9a-f]{32}$/);
    const uses = [
      () => store.changeCounter(),
      () => store.latestTime(),
      () => store.health(),
      () => store.slots(),
      () => store.addSlot(root, root),
      () => store.removeSlot(root, "0"),
      () => read?.versions[0]?.material?.use(() => 0),
    ];
    expect(await Promise.all(uses.map(codeOf))).toEqual(uses.map(() => "CLOSED"));
  });

  it("says which library it uses, what stands in clear, and that nothing protects against rollback", async () => {
    const { notes, rollbackProtection } = (await makeStore()).store.health();
    expect(rollbackProtection).toBe("none");
    for (const word of [/SQLite 3\.\d+.* by (node:sqlite|libsql)/, /in clear/, /set back/, /10 ms/, /backups/]) {
      expect(notes.some((note) => word.test(note))).toBe(true);
    }
  });

  it("lets only its owner read the file and what SQLite keeps beside it", async () => {
    const { path, store } = await makeStore();
    store.create(record(store, "a"));
    const modes = ["", "-wal", "-shm"].map((suffix) => statSync(`${path}${suffix}`).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
  });

  it("sets what keeps it durable and careful on every connection", async () => {
    const said: string[] = [];
    const made = await makeStore();
    const database = watched((sql) => said.push(sql));
    closing(await openSqliteStore(made.path, made.root, { database, cacheBytes: 2_097_152 }));
    expect(said.slice(0, 9)).toEqual([
      "PRAGMA busy_timeout = 100",
      "PRAGMA trusted_schema = OFF",
      "PRAGMA cell_size_check = ON",
      "PRAGMA mmap_size = 0",
      "PRAGMA cache_size = -2048",
      "PRAGMA secure_delete = ON",
      "PRAGMA synchronous = FULL",
      "PRAGMA fullfsync = ON",
      "PRAGMA checkpoint_fullfsync = ON",
    ]);
    expect(said).toContain("PRAGMA journal_mode = WAL");
  });

  it("refuses a cache size that is none, a path that is none, and a root that is none", async () => {
    const root = keyRoot(newRootKey());
    const refused = [
      () => openSqliteStore("x", root, { cacheBytes: 1000 }),
      () => openSqliteStore("x", root, { cacheBytes: 2_000_000.5 }),
      () => openSqliteStore("", root),
      () => openSqliteStore("a\0b", root),
      () => openSqliteStore("x", {} as typeof root),
    ];
    expect(await Promise.all(refused.map(codeOf))).toEqual(refused.map(() => "INVALID_ARGUMENT"));
  });
});

describe("two connections to one SQLite store", () => {
  // Only the clock that says when SQLite is asked again stands still, so that each test moves it.
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  const pair = async (): Promise<readonly [SqliteStore, SqliteStore]> => {
    const made = await makeStore();
    return [made.store, await openAgain(made)];
  };

  it("see each other's records at once, and the change counter move within 10 ms", async () => {
    const [one, other] = await pair();
    const before = other.changeCounter();
    const made = record(one, "a");
    one.create(made);
    expect(other.get(made.id)).toEqual(made);
    vi.advanceTimersByTime(10);
    expect(other.changeCounter()).not.toBe(before);
    expect(other.latestTime()).toBe(start);
  });

  it("leave the change counter alone while nothing is written", async () => {
    const [one, other] = await pair();
    one.create(record(one, "a"));
    vi.advanceTimersByTime(10);
    const before = [one.changeCounter(), other.changeCounter()];
    other.get(`${one.storeId}/a`);
    listed(other);
    vi.advanceTimersByTime(10);
    expect([one.changeCounter(), other.changeCounter()]).toEqual(before);
  });

  it("let one of two writers at a revision win", async () => {
    const [one, other] = await pair();
    const made = record(one, "a");
    expect([one.create(made), other.create(made)]).toEqual([true, false]);
    expect([other.replace({ ...made, revision: 2 }, 1), one.replace({ ...made, revision: 2 }, 1)]).toEqual([
      true,
      false,
    ]);
    expect(listed(one)).toEqual([made.id]);
  });

  it("end the use of a key that the other one disabled", async () => {
    const [one, other] = await pair();
    const driver = await driverOver(one);
    const key = await makeKey(driver, "AES-256-GCM");
    const elsewhere = await driverOver(other);
    await elsewhere.encrypt(key, new Uint8Array(1), associated(), call());
    await driver.setEnabled(key, "1", false, call());
    vi.advanceTimersByTime(10);
    expect(await codeOf(() => elsewhere.encrypt(key, new Uint8Array(1), associated(), call()))).toBe("INVALID_STATE");
  });

  it("believe no clock behind what the other one wrote", async () => {
    const [one, other] = await pair();
    other.create(record(other, "a", { createdAt: start + 5000 }));
    vi.advanceTimersByTime(10);
    expect(one.latestTime()).toBe(start + 5000);
  });
});
