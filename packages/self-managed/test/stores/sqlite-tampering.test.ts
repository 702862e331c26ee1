import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import {
  openSqliteStore,
  type Database,
  type OpenDatabase,
  type Root,
  type Row,
  type SqliteStore,
} from "../../src/index.ts";
import { codeOf, flipped, start } from "../fixture.ts";
import {
  closing,
  library,
  listed,
  makeStore,
  openAgain,
  temporaryFolder,
  watched,
  withRaw,
  type Made,
} from "./sqlite-fixture.ts";
import { record } from "./store-suite.ts";

/** A closed store with three records. */
async function closedStore(): Promise<Made> {
  const made = await makeStore();
  for (const name of ["a", "b", "c"]) made.store.create(record(made.store, name));
  made.store.close();
  return made;
}

/** The error that opening a store ends in, or listing it, or reading one of its records. */
async function refusal(made: Made, use: (store: SqliteStore) => unknown = listed): Promise<string> {
  return codeOf(async () => use(await openAgain(made)));
}

const row = (database: Database, name: string): Row =>
  database.get("SELECT revision, body, mac FROM records WHERE id LIKE ?", [`%/${name}`]) ?? {};
const write = (database: Database, name: string, { revision, body, mac }: Row): number =>
  database.run("UPDATE records SET revision = ?, body = ?, mac = ? WHERE id LIKE ?", [
    revision ?? null,
    body ?? null,
    mac ?? null,
    `%/${name}`,
  ]);

describe("opening a SQLite store whose schema was altered", () => {
  const alterations: Readonly<Record<string, string>> = {
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM slots; END",
    "a view": "CREATE VIEW v AS SELECT * FROM records",
    "an index": "CREATE INDEX i ON records (revision)",
    "a further table": "CREATE TABLE x (a)",
    "a virtual table": "CREATE VIRTUAL TABLE f USING fts5(a)",
    "a table of statistics": "ANALYZE",
    "a further column": "ALTER TABLE records ADD COLUMN x TEXT",
    "a missing table": "DROP TABLE records",
    "a view in place of a table": "ALTER TABLE records RENAME TO r; CREATE VIEW records AS SELECT * FROM r",
    "the same table spelt otherwise":
      "DROP TABLE head; CREATE TABLE head (id INTEGER PRIMARY KEY, body BLOB NOT NULL, mac BLOB NOT NULL) STRICT",
    "another application id": "PRAGMA application_id = 1",
    "another schema version": "PRAGMA user_version = 2",
  };

  it.each(Object.keys(alterations))("refuses %s", async (alteration) => {
    const made = await closedStore();
    await withRaw(made.path, (database) => database.exec(alterations[alteration] ?? ""));
    expect(await refusal(made)).toBe("TAMPERED");
  });

  it("is refused before a row is read", async () => {
    const made = await closedStore();
    await withRaw(made.path, (database) => database.exec("CREATE VIEW v AS SELECT * FROM records"));
    const said: string[] = [];
    const database = watched((sql) => said.push(sql));
    expect(await codeOf(() => openSqliteStore(made.path, made.root, { database }))).toBe("TAMPERED");
    expect(said.filter((sql) => /FROM (head|slots|records)/.test(sql))).toEqual([]);
  });

  it("refuses text that is no UTF-8", async () => {
    const made = await closedStore();
    await withRaw(made.path, (database) => database.exec("CREATE TABLE aaaaaaaa (a)"));
    const bytes = readFileSync(made.path);
    const path = join(temporaryFolder(), "copy.db");
    writeFileSync(path, Buffer.from(bytes.toString("latin1").replaceAll("aaaaaaaa", "\xff\xfe\xfd\xfcaaaa"), "latin1"));
    expect(await refusal({ ...made, path })).toBe("TAMPERED");
  });

  it("refuses a trigger that came while the store was open", async () => {
    const made = await makeStore();
    await withRaw(made.path, (database) =>
      database.exec("CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM slots; END"),
    );
    expect(await codeOf(() => made.store.create(record(made.store, "a")))).toBe("TAMPERED");
    expect(await withRaw(made.path, (database) => database.all("SELECT id FROM slots", []))).toHaveLength(1);
  });

  it("goes on after VACUUM, which changes nothing of it", async () => {
    const made = await makeStore();
    made.store.create(record(made.store, "a"));
    await withRaw(made.path, (database) => database.exec("VACUUM"));
    expect(made.store.create(record(made.store, "b"))).toBe(true);
    expect(listed(made.store)).toHaveLength(2);
  });
});

describe("reading a SQLite store whose rows were altered", () => {
  const alterations: Readonly<Record<string, (database: Database) => unknown>> = {
    "a deleted record": (database) => database.exec("DELETE FROM records WHERE id LIKE '%/b'"),
    "an added record": (database) =>
      database.exec("INSERT INTO records SELECT id || 'x', revision, body, mac FROM records LIMIT 1"),
    "a record under another id": (database) => database.exec("UPDATE records SET id = id || 'x' WHERE id LIKE '%/c'"),
    "a record in place of another": (database) => write(database, "a", row(database, "b")),
    "another revision": (database) => database.exec("UPDATE records SET revision = 2 WHERE id LIKE '%/b'"),
    "a revision that no number holds": (database) =>
      database.exec("UPDATE records SET revision = 9007199254740993 WHERE id LIKE '%/b'"),
    "another MAC": (database) => database.exec("UPDATE records SET mac = zeroblob(32)"),
    "no MAC": (database) => database.exec("UPDATE records SET mac = x''"),
    "no body": (database) => database.exec("UPDATE records SET body = x''"),
    "a body that is too long": (database) =>
      database.exec("UPDATE records SET body = zeroblob(8388609) WHERE id LIKE '%/c'"),
    "an id that is no UTF-8": (database) =>
      database.exec("UPDATE records SET id = CAST(x'ff41' AS TEXT) WHERE id LIKE '%/c'"),
    "no records": (database) => database.exec("DELETE FROM records"),
  };

  it.each(Object.keys(alterations))("refuses %s", async (alteration) => {
    const made = await closedStore();
    await withRaw(made.path, (database) => void alterations[alteration]?.(database));
    expect(await refusal(made)).toBe("TAMPERED");
  });

  it("refuses a record that is deleted while the store is listed, though others are made meanwhile", async () => {
    const { path, store } = await makeStore();
    for (let index = 100; index < 170; index += 1) store.create(record(store, `key-${index}`));
    const code = await codeOf(async () => {
      for (const { id } of store.list()) {
        if (!id.endsWith("/key-100")) continue;
        await withRaw(path, (database) => database.exec("DELETE FROM records WHERE id LIKE '%/key-169'"));
        store.create(record(store, "z"));
      }
    });
    expect(code).toBe("TAMPERED");
  });

  it("refuses records that the file has in another order, which could go on for ever", async () => {
    const disordered: OpenDatabase = async (path, options) => {
      const database = await library(path, options);
      const all: Database["all"] = (sql, parameters) => {
        const rows = database.all(sql, parameters);
        return sql.includes("FROM records") ? rows.toReversed() : rows;
      };
      return { ...database, all };
    };
    const { store } = await makeStore(disordered);
    for (const name of ["a", "b", "c"]) store.create(record(store, name));
    const seen: string[] = [];
    const code = await codeOf(() => {
      for (const { id } of store.list()) seen.push(id);
    });
    expect([code, seen]).toEqual(["TAMPERED", []]);
  });

  it("refuses one of those by get, and still reads the others", async () => {
    const made = await closedStore();
    await withRaw(made.path, (database) => database.exec("UPDATE records SET revision = 2 WHERE id LIKE '%/b'"));
    const store = await openAgain(made);
    expect(await codeOf(() => store.get(`${store.storeId}/b`))).toBe("TAMPERED");
    expect(store.get(`${store.storeId}/a`)?.createdAt).toBe(start);
  });

  const tooLong: Readonly<Record<string, string>> = {
    "bodies and MACs":
      "UPDATE records SET body = zeroblob(8388609) WHERE id LIKE '%/c'; UPDATE records SET mac = zeroblob(33)",
    "a record's id": "UPDATE records SET id = id || printf('%09999d', 0) WHERE id LIKE '%/c'",
    "a record's id behind a zero": "UPDATE records SET id = id || char(0) || printf('%09999d', 0) WHERE id LIKE '%/c'",
    "a slot's id": "UPDATE slots SET id = printf('%09999d', 0)",
    "a slot's kind": "UPDATE slots SET kind = kind || printf('%09999d', 0)",
    "a slot's parameters": "UPDATE slots SET parameters = zeroblob(9999)",
    "the head": "UPDATE head SET body = zeroblob(9999)",
    "a table's text": `CREATE TABLE t (a /* ${"x".repeat(9999)} */)`,
    "a table's name": `CREATE TABLE ${"t".repeat(9999)} (a)`,
  };

  it.each(Object.keys(tooLong))("fetches nothing that is longer than a store writes: %s", async (altered) => {
    const made = await closedStore();
    await withRaw(made.path, (database) => database.exec(tooLong[altered] ?? ""));
    const lengths: number[] = [];
    const measured: OpenDatabase = async (path, options) => {
      const database = await library(path, options);
      const measure = (found: Row | undefined): void => {
        for (const value of Object.values(found ?? {})) {
          lengths.push(value instanceof Uint8Array || typeof value === "string" ? value.length : 0);
        }
      };
      return {
        ...database,
        all: (sql, parameters) => {
          const rows = database.all(sql, parameters);
          for (const found of rows) measure(found);
          return rows;
        },
        get: (sql, parameters) => {
          const found = database.get(sql, parameters);
          measure(found);
          return found;
        },
      };
    };
    const code = await codeOf(async () => {
      listed(closing(await openSqliteStore(made.path, made.root, { database: measured })));
    });
    expect(code).toBe("TAMPERED");
    expect(lengths.length).toBeGreaterThan(0);
    expect(lengths.filter((length) => length === 33 || length > 8192)).toEqual([]);
  });

  it("does not overwrite a record that was altered", async () => {
    const made = await makeStore();
    const { store } = made;
    store.create(record(store, "a"));
    await withRaw(made.path, (database) => database.exec("UPDATE records SET mac = zeroblob(32)"));
    expect(await codeOf(() => store.replace({ ...record(store, "a"), revision: 2 }, 1))).toBe("TAMPERED");
    expect(await withRaw(made.path, (database) => row(database, "a")["revision"])).toBe(1);
  });

  it("refuses the row of an equal key of another store", async () => {
    const [made, other] = [await closedStore(), await closedStore()];
    const foreign = await withRaw(other.path, (database) => row(database, "a"));
    await withRaw(made.path, (database) => write(database, "a", foreign));
    expect(await refusal(made)).toBe("TAMPERED");
  });
});

describe("opening a SQLite store whose head or slots were altered", () => {
  const alterations: Readonly<Record<string, string>> = {
    "no head": "DELETE FROM head",
    "two heads": "PRAGMA ignore_check_constraints = ON; INSERT INTO head SELECT 2, body, mac FROM head",
    "another head MAC": "UPDATE head SET mac = zeroblob(32)",
    "another head body": "UPDATE head SET body = CAST(replace(body, '\"records\":3', '\"records\":2') AS BLOB)",
    "a head that is too long": "UPDATE head SET body = zeroblob(5000)",
    "another slot id": "UPDATE slots SET id = '0000000000000000'",
    "a slot id that is none": "UPDATE slots SET id = 'x'",
    "a slot of an unknown kind": "UPDATE slots SET kind = 'none'",
    "a slot twice": "INSERT INTO slots SELECT '0000000000000000', kind, parameters, sealed FROM slots",
    "slot parameters that are none": "UPDATE slots SET parameters = x'7b7d'",
    "a slot that is too long": "UPDATE slots SET sealed = zeroblob(113)",
    "too many slots":
      "INSERT INTO slots SELECT printf('%016x', value), kind, parameters, sealed FROM slots, json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]')",
  };

  it.each(Object.keys(alterations))("refuses %s before it reads a record", async (alteration) => {
    const made = await closedStore();
    await withRaw(made.path, (database) => database.exec(alterations[alteration] ?? ""));
    expect(await refusal(made, () => expect.unreachable())).toBe("TAMPERED");
  });

  it("asks the root for nothing when there are too many slots", async () => {
    const made = await closedStore();
    await withRaw(made.path, (database) => database.exec(alterations["too many slots"] ?? ""));
    const slotKey = vi.fn<Root["slotKey"]>();
    expect(await refusal({ ...made, root: { ...made.root, slotKey } })).toBe("TAMPERED");
    expect(slotKey).not.toHaveBeenCalled();
  });

  it("refuses the head and slots of another store: its root opens them, and no record is of it", async () => {
    const [made, other] = [await closedStore(), await closedStore()];
    await withRaw(other.path, (database) =>
      database.exec(`ATTACH '${made.path}' AS made;
      DELETE FROM main.head; DELETE FROM main.slots;
      INSERT INTO main.head SELECT * FROM made.head; INSERT INTO main.slots SELECT * FROM made.slots`),
    );
    expect(await refusal({ ...other, root: made.root })).toBe("TAMPERED");
  });

  it("refuses an older slot put back", async () => {
    const { path, root, store } = await makeStore();
    const [slot] = await withRaw(path, (database) => database.all("SELECT * FROM slots", []));
    await store.addSlot(root, root);
    await store.removeSlot(root, String(slot?.["id"]));
    store.close();
    await withRaw(path, (database) =>
      database.run(
        "INSERT INTO slots VALUES (?, ?, ?, ?)",
        ["id", "kind", "parameters", "sealed"].map((name) => slot?.[name] ?? null),
      ),
    );
    expect(await refusal({ path, root, store })).toBe("TAMPERED");
  });

  it("notices within 10 ms of its next use that the head was altered while it was open", async () => {
    const made = await makeStore();
    await withRaw(made.path, (database) => database.exec("UPDATE head SET mac = zeroblob(32)"));
    await expect.poll(async () => codeOf(() => made.store.changeCounter())).toBe("TAMPERED");
    expect(await codeOf(() => made.store.latestTime())).toBe("TAMPERED");
    expect(await codeOf(() => made.store.create(record(made.store, "a")))).toBe("TAMPERED");
  });
});

describe("opening a damaged SQLite file", () => {
  const copied = (made: Made, bytes: Uint8Array): Made => {
    const path = join(temporaryFolder(), "copy.db");
    writeFileSync(path, bytes);
    return { ...made, path };
  };

  it("refuses what is no database, or empty", async () => {
    const made = await closedStore();
    expect(await refusal(copied(made, Buffer.alloc(20_000, 7)))).toBe("TAMPERED");
    expect(await refusal(copied(made, new Uint8Array()))).toBe("TAMPERED");
    expect(await refusal(copied(made, Buffer.from("kms")))).toBe("TAMPERED");
  });

  it("refuses a database that is no store", async () => {
    const made = await closedStore();
    const path = join(temporaryFolder(), "other.db");
    const database = await library(path, { readOnly: false });
    database.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    database.close();
    expect(await refusal({ ...made, path })).toBe("TAMPERED");
  });

  it("refuses a file that was cut off, wherever that was", async () => {
    const made = await closedStore();
    const whole = readFileSync(made.path);
    for (const length of [512, 4096, 8192, 8193, 16_384, 24_576, whole.length - 1]) {
      const cut = copied(made, whole);
      truncateSync(cut.path, length);
      expect([length, await refusal(cut)]).toEqual([length, "TAMPERED"]);
    }
  });

  it("refuses every record one byte of which was flipped", async () => {
    const made = await closedStore();
    const whole = readFileSync(made.path);
    const { body, mac } = await withRaw(made.path, (database) => row(database, "b"));
    for (const part of [body, mac]) {
      const bytes = part instanceof Uint8Array ? part : expect.unreachable();
      const at = whole.indexOf(bytes);
      expect(at).toBeGreaterThan(0);
      for (let index = 0; index < bytes.length; index += 29) {
        expect([index, await refusal(copied(made, flipped(whole, at + index)))]).toEqual([index, "TAMPERED"]);
      }
    }
  });

  it("answers what was written, or refuses, whichever byte of the file was flipped", async () => {
    const made = await closedStore();
    const whole = readFileSync(made.path);
    const offsets = Array.from({ length: 100 }, (_, index) => index);
    for (let offset = 101; offset < whole.length; offset += 331) offsets.push(offset);
    const codes = new Set<string>();
    for (const offset of offsets) {
      const copy = copied(made, flipped(whole, offset));
      codes.add(
        await codeOf(async () => {
          const store = await openAgain(copy);
          const read = listed(store);
          const bytes = read.map((id) => store.get(id)?.versions[0]?.material?.use((key) => key.join()));
          expect(read).toEqual(["a", "b", "c"].map((name) => `${made.store.storeId}/${name}`));
          expect(new Set(bytes)).toEqual(new Set([new Uint8Array(32).fill(7).join()]));
          store.close();
          store.slots();
        }),
      );
    }
    // CLOSED: all was there. The root cannot tell a flipped salt or commitment of its slot from another root's.
    expect(["CLOSED", "TAMPERED", "WRONG_ROOT_KEY"]).toEqual(expect.arrayContaining([...codes]));
    expect(codes.has("TAMPERED")).toBe(true);
  }, 60_000);
});
