import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createSqliteStore, keyRoot, newRootKey, openSqliteStore, type KeyStore } from "../../src/index.ts";
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
  withRaw,
} from "./sqlite-fixture.ts";
import { record } from "./store-suite.ts";

/** Longer than what is known of other connections' changes may be old. */
const untilSeen = (): Promise<void> => setTimeout(15);

/** The change that every test makes after `a`. */
const makeB = (store: KeyStore): unknown => store.create(record(store, "b"));

// A header as SQLite writes it over a file of 4 pages of 8 KiB, no pages, and behind them the name of a file that SQLite
// deletes once it has played this one back (https://www.sqlite.org/tempfiles.html §2.3).
function journalNaming(victim: string): Buffer {
  const header = Buffer.alloc(512);
  const magic = Buffer.from("d9d505f920a163d7", "hex");
  magic.copy(header);
  for (const [at, value] of [
    [8, 0],
    [12, 1],
    [16, 4],
    [20, 512],
    [24, 8192],
  ] as const) {
    header.writeUInt32BE(value, at);
  }
  const name = Buffer.from(victim);
  const tail = Buffer.alloc(16);
  tail.writeUInt32BE(name.length);
  tail.writeUInt32BE(
    name.reduce((sum, byte) => sum + byte, 0),
    4,
  );
  magic.copy(tail, 8);
  const lockPage = Buffer.alloc(4);
  lockPage.writeUInt32BE(0x40000000 / 8192 + 1);
  return Buffer.concat([header, lockPage, name, tail]);
}

describe.skipIf(platform() === "win32")("a file that is no longer under its name", () => {
  it.each([
    ["deleted", (path: string) => unlinkSync(path)],
    ["replaced", (path: string) => renameSync(`${path}.copy`, path)],
  ] as const)("takes no change once it was %s: nobody would find it again", async (_, remove) => {
    const { store, path } = await makeStore();
    store.create(record(store, "a"));
    copyFileSync(path, `${path}.copy`);
    remove(path);
    expect(await failure(() => makeB(store))).toMatchObject({ code: "UNAVAILABLE", outcome: "none" });
    expect(listed(store)).toEqual([`${store.storeId}/a`]);
  });

  it("is not gone on with: what others change stands in the new one", async () => {
    const { store, path } = await makeStore();
    copyFileSync(path, `${path}.copy`);
    renameSync(`${path}.copy`, path);
    await untilSeen();
    expect(await codeOf(() => store.changeCounter())).toBe("UNAVAILABLE");
    expect(await codeOf(() => store.latestTime())).toBe("UNAVAILABLE");
  });
});

describe("a file that is set back to an earlier copy", () => {
  it("is refused by whoever has seen a later one", async () => {
    const { store, path } = await makeStore();
    store.create(record(store, "a"));
    const before = await withRaw(path, (raw) => raw.get("SELECT body, mac FROM head", []));
    makeB(store);
    await withRaw(path, (raw) => {
      raw.run("UPDATE head SET body = ?, mac = ?", [before?.["body"] ?? null, before?.["mac"] ?? null]);
      raw.run("DELETE FROM records WHERE id = ?", [`${store.storeId}/b`]);
    });
    await untilSeen();
    expect(await codeOf(() => store.changeCounter())).toBe("TAMPERED");
    expect(await codeOf(() => makeB(store))).toBe("TAMPERED");
    expect(await codeOf(() => listed(store))).toBe("TAMPERED");
  });
});

describe("a commit of which nobody knows whether it happened", () => {
  it("moves the change counter, so that nothing known from before is used", async () => {
    let isArmed = false;
    const committing = watched(() => undefined);
    const { store } = await makeStore(async (path, options) => {
      const database = await committing(path, options);
      return {
        ...database,
        exec: (sql) => {
          database.exec(sql);
          if (!isArmed || sql !== "COMMIT") return;
          isArmed = false;
          throw sqliteError(1034);
        },
      };
    });
    const counter = store.changeCounter();
    isArmed = true;
    expect(await failure(() => store.create(record(store, "a", { createdAt: 7 })))).toMatchObject({
      outcome: "unknown",
    });
    expect(store.changeCounter()).not.toBe(counter);
    expect(store.latestTime()).toBe(7);
  });
});

describe("what lies beside a file", () => {
  it("is not played back: a rollback journal could have any file deleted", async () => {
    const folder = temporaryFolder();
    const [path, victim] = [join(folder, "keys.db"), join(folder, "victim")];
    const root = keyRoot(newRootKey());
    writeFileSync(victim, "precious");
    // Made by another process: libsql keeps a file of its own open for a while.
    const made = await createSqliteStore(join(folder, "made.db"), root, { database: library });
    made.close();
    copyFileSync(join(folder, "made.db"), path);
    writeFileSync(`${path}-journal`, journalNaming(victim));
    expect(await codeOf(() => openSqliteStore(path, root, { database: library }))).toBe("TAMPERED");
    expect(existsSync(victim)).toBe(true);
  });

  it.skipIf(platform() === "win32").each(["-journal", "-wal", "-shm"])(
    "is refused where %s is a pipe, which would be waited for",
    async (suffix) => {
      const { store, path, root } = await makeStore();
      store.close();
      copyFileSync(path, `${path}.copy`);
      execFileSync("mkfifo", [`${path}.copy${suffix}`]);
      expect(await codeOf(() => openAgain({ path: `${path}.copy`, root }))).toBe("TAMPERED");
    },
  );

  it("is looked for where the file lies, not beside a link to it", async () => {
    const { store, path, root } = await makeStore();
    store.close();
    const folder = temporaryFolder();
    copyFileSync(path, join(folder, "keys.db"));
    mkdirSync(join(folder, "links"));
    const link = join(folder, "links", "keys.db");
    symlinkSync(join(folder, "keys.db"), link);
    closing(await openSqliteStore(link, root, { database: library })).close();
    writeFileSync(join(folder, "keys.db-journal"), "");
    expect(await codeOf(() => openSqliteStore(link, root, { database: library }))).toBe("TAMPERED");
  });

  it("is never a rollback journal: a new file says that it keeps a log before it is in place", async () => {
    let found: readonly number[] = [];
    const folder = temporaryFolder();
    const path = join(folder, "keys.db");
    const seeing = watched((sql) => {
      if (sql.startsWith("PRAGMA busy_timeout") && existsSync(path)) found = [...readFileSync(path).subarray(18, 20)];
    });
    closing(await createSqliteStore(path, keyRoot(newRootKey()), { database: seeing }));
    expect(found).toEqual([2, 2]);
  });
});
