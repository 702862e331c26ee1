import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { keyRoot, newRootKey, openSqliteStore, passphraseRoot, type Root, type SqliteStore } from "../../src/index.ts";
import { codeOf } from "../fixture.ts";
import { closing, listed, makeStore, openAgain, watched, withRaw } from "./sqlite-fixture.ts";
import { record } from "./store-suite.ts";

const newRoot = (): Root => keyRoot(newRootKey());
const firstSlot = (store: SqliteStore): string => store.slots()[0]?.id ?? expect.unreachable();

describe("the roots of a SQLite store", () => {
  it("open it from any slot, a passphrase beside a key", async () => {
    const { path, root, store } = await makeStore();
    store.create(record(store, "a"));
    const passphrase = passphraseRoot("correct horse battery staple");
    expect(store.slots().map(({ kind }) => kind)).toEqual(["key"]);
    expect(firstSlot(store)).toMatch(/^[0-9a-f]{16}$/);
    const added = await store.addSlot(root, passphrase);
    expect(store.slots()).toContainEqual({ id: added.id, kind: "passphrase" });
    store.close();
    for (const each of [root, passphrase]) {
      const again = await openAgain({ path, root: each });
      expect(listed(again)).toEqual([`${store.storeId}/a`]);
      again.close();
    }
  });

  it("are refused as WRONG_ROOT_KEY before a record is read when they are others, or there is no slot of their kind", async () => {
    const { path, store } = await makeStore();
    store.create(record(store, "a"));
    const said: string[] = [];
    const database = watched((sql) => said.push(sql));
    for (const root of [newRoot(), passphraseRoot("of another kind altogether")]) {
      expect(await codeOf(() => openSqliteStore(path, root, { database }))).toBe("WRONG_ROOT_KEY");
    }
    expect(said.filter((sql) => sql.includes("FROM records"))).toEqual([]);
  });

  it("are refused as WRONG_ROOT_KEY when every slot is missing", async () => {
    const { path, root, store } = await makeStore();
    store.close();
    await withRaw(path, (database) => database.exec("DELETE FROM slots"));
    expect(await codeOf(() => openAgain({ path, root }))).toBe("WRONG_ROOT_KEY");
  });
});

describe("adding a slot", () => {
  it("needs a root that opens the store: otherwise nothing is written", async () => {
    const { store } = await makeStore();
    const before = store.slots();
    expect(await codeOf(() => store.addSlot(newRoot(), newRoot()))).toBe("WRONG_ROOT_KEY");
    expect(await codeOf(() => store.addSlot({} as Root, newRoot()))).toBe("INVALID_ARGUMENT");
    expect(store.slots()).toEqual(before);
  });

  it("writes nothing when the new slot does not open again", async () => {
    const { root, store } = await makeStore();
    const before = store.slots();
    const fickle: Root = { ...newRoot(), slotKey: async () => newRootKey() };
    expect(await codeOf(() => store.addSlot(root, fickle))).toBe("WRONG_ROOT_KEY");
    expect(store.slots()).toEqual(before);
  });

  it("leaves other connections in use, and they see it", async () => {
    const made = await makeStore();
    const other = await openAgain(made);
    await made.store.addSlot(made.root, newRoot());
    expect(other.slots()).toEqual(made.store.slots());
    expect(other.create(record(other, "a"))).toBe(true);
  });

  it("is refused above 16 slots", async () => {
    const { root, store } = await makeStore();
    for (let count = 1; count < 16; count += 1) await store.addSlot(root, newRoot());
    expect(await codeOf(() => store.addSlot(root, newRoot()))).toBe("QUOTA_EXCEEDED");
    expect(store.slots()).toHaveLength(16);
  });

  it("by two at once lets one win, and the other is told CONFLICT", async () => {
    const made = await makeStore();
    const other = await openAgain(made);
    const settled = await Promise.allSettled([made.store, other].map((store) => store.addSlot(made.root, newRoot())));
    const refused = settled.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ code: "CONFLICT", outcome: "none" });
    expect(made.store.slots()).toHaveLength(2);
  });
});

describe("removing a slot", () => {
  it("ends what its root opens, and takes the wrap out of the file and its log", async () => {
    const { path, root, store } = await makeStore();
    const other = newRoot();
    await store.addSlot(root, other);
    const [sealed] = await withRaw(path, (database) =>
      database.all("SELECT sealed FROM slots WHERE id = ?", [firstSlot(store)]),
    );
    const id = firstSlot(store);
    const [kept] = await keptRoot(store, id, [root, other]);
    const wrap = Buffer.from(sealed?.["sealed"] as Uint8Array);
    expect(wrap).toHaveLength(112);
    const holding = ["", "-wal"].filter((suffix) => readFileSync(`${path}${suffix}`).includes(wrap));
    expect(holding).toEqual([]);
    expect(store.slots().map((slot) => slot.id)).not.toContain(id);
    expect(await codeOf(() => openClosed(path, kept === root ? other : root))).toBe("WRONG_ROOT_KEY");
    expect(await codeOf(() => openClosed(path, kept ?? expect.unreachable()))).toBe("CLOSED");
  });

  it("needs a root that opens another slot", async () => {
    const { root, store } = await makeStore();
    const own = firstSlot(store);
    await store.addSlot(root, newRoot());
    expect(await codeOf(() => store.removeSlot(root, own))).toBe("WRONG_ROOT_KEY");
    expect(store.slots()).toHaveLength(2);
  });

  it("is refused for the last one, and for one that there is not", async () => {
    const { root, store } = await makeStore();
    expect(await codeOf(() => store.removeSlot(root, firstSlot(store)))).toBe("INVALID_STATE");
    expect(await codeOf(() => store.removeSlot(root, "0123456789abcdef"))).toBe("NOT_FOUND");
    expect(store.slots()).toHaveLength(1);
  });

  it("by two at once never removes both", async () => {
    const made = await makeStore();
    const own = firstSlot(made.store);
    const root = newRoot();
    const { id } = await made.store.addSlot(made.root, root);
    const other = await openAgain(made);
    const settled = await Promise.allSettled([made.store.removeSlot(made.root, id), other.removeSlot(root, own)]);
    expect(settled.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(made.store.slots()).toHaveLength(1);
  });
});

/** Opens and closes a store, and then uses it: `CLOSED` when it opened. */
async function openClosed(path: string, root: Root): Promise<unknown> {
  const store = closing(await openAgain({ path, root }));
  store.close();
  return store.slots();
}

/** Removes a slot through whichever of two roots opens the other one, which is answered. */
async function keptRoot(store: SqliteStore, id: string, roots: readonly Root[]): Promise<readonly Root[]> {
  const tried = await Promise.allSettled(roots.map(async (root) => (await store.removeSlot(root, id), root)));
  return tried.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}
