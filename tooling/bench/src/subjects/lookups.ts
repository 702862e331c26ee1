import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createSqliteStore,
  KeyMaterial,
  keyRoot,
  openSqliteStore,
  selfManagedKms,
  type KeyStore,
  type SqliteStore,
  type StoredKey,
} from "@kms/self-managed";
import type { Call } from "@kms/core/driver";
import { durableInsert, openSqlite, type RowBytes } from "../../baselines/sqlite.ts";
import type { Place } from "../place.ts";
import type { Comparison, Side } from "../rounds.ts";
import { batched } from "./batched-database.ts";
import { cacheBytes, newStore, storePath } from "./stores.ts";
import { assertDone } from "./work.ts";

const fewKeys = 100;
const at = Date.UTC(2030, 0, 1);

/** Reading a key's record and opening its material, in a store of many keys and in one of few; any key is as likely as any other. */
export async function read(place: Place): Promise<Comparison> {
  return { ours: await readAny(place, place.scale.manyKeys), baseline: await readAny(place, fewKeys) };
}

async function readAny(place: Place, keys: number): Promise<Side> {
  const store = await filledStore(place, keys);
  // Chosen ahead, so that choosing is not measured; the same many for both sides.
  const ids = Array.from({ length: 65_536 }, () => idOf(store, Math.floor(Math.random() * keys)));
  let next = 0;
  const once = (): void => {
    next = (next + 1) % ids.length;
    const record = store.get(ids[next] ?? "");
    assertDone(record?.versions[0]?.material?.use((bytes) => bytes.length) === 32);
  };
  return { kind: "sync", once };
}

const idOf = ({ storeId }: KeyStore, number: number): string => `${storeId}/key-${number}`;

/** A store of so many AES keys: made by the first process of a row, opened by the others. */
async function filledStore({ scratch }: Place, keys: number): Promise<SqliteStore> {
  const path = join(scratch, `${keys}.db`);
  const rootPath = join(scratch, `${keys}.root`);
  if (!existsSync(path)) {
    writeFileSync(rootPath, randomBytes(32));
    await fill(path, readFileSync(rootPath), keys);
  }
  return openSqliteStore(path, keyRoot(readFileSync(rootPath)), { cacheBytes });
}

/** Writes many keys in few transactions: made to be read, they need not be on the disk one by one. */
async function fill(path: string, root: Uint8Array, keys: number): Promise<void> {
  (await createSqliteStore(path, keyRoot(root))).close();
  const store = await openSqliteStore(path, keyRoot(root), { database: batched(1000) });
  for (let number = 0; number < keys; number += 1) store.create(keyOf(idOf(store, number)));
  store.close();
}

/** A record as `generateKey` writes one. */
const keyOf = (id: string): StoredKey => ({
  id,
  revision: 1,
  algorithm: "AES-256-GCM",
  origin: "generated",
  exportable: false,
  labels: {},
  createdAt: at,
  createdBy: "12345678-1234-4234-8234-123456789abc",
  deactivateAt: undefined,
  destructionWindowDays: undefined,
  rotateEveryDays: undefined,
  currentVersion: "1",
  versions: [
    {
      version: "1",
      native: "enabled",
      createdAt: at,
      notBefore: undefined,
      notAfter: undefined,
      destroyAt: undefined,
      cancelTo: undefined,
      revocation: undefined,
      material: new KeyMaterial(new Uint8Array(randomBytes(32))),
      publicKey: undefined,
      history: [
        { ...transition, event: "generate", from: undefined, to: "pre-activation" },
        { ...transition, event: "activate", from: "pre-activation", to: "active" },
      ],
    },
  ],
});

const transition = { at, actor: "bench", revocation: undefined, reason: undefined } as const;

/** Making a key that is on the disk when the driver answers, and a bare commit of as many bytes by the same library. */
export async function create(place: Place): Promise<Comparison> {
  const driver = await selfManagedKms({ store: await newStore(place) });
  const once = async (): Promise<void> => {
    const name = randomBytes(16).toString("hex"); // as `Kms` names a key that nobody else names
    const key = await driver.createKey({ algorithm: "AES-256-GCM", name }, call);
    assertDone(key.currentVersion === "1");
  };
  await once();
  const bare = join(place.scratch, `bare-${process.pid}.db`);
  const insert = await durableInsert(bare, await rowBytes(storePath(place)), { cacheBytes });
  return { ours: { kind: "async", once }, baseline: { kind: "sync", once: () => assertDone(insert() === 1) } };
}

/** What `Kms` tells a driver of a call. */
const call: Call = {
  signal: new AbortController().signal,
  onInterrupt: () => () => undefined,
  remainingMs: () => 30_000,
  idempotencyToken: "12345678-1234-4234-8234-123456789abc",
  now: at,
  accept: undefined,
  actor: "bench",
  reason: undefined,
};

/** How long the columns of a record are in a store's file. */
async function rowBytes(path: string): Promise<RowBytes> {
  const database = await openSqlite(path);
  const row = database.get("SELECT length(id) AS id, length(body) AS body, length(mac) AS mac FROM records", []);
  database.close();
  return { id: Number(row?.["id"]), body: Number(row?.["body"]), mac: Number(row?.["mac"]) };
}
