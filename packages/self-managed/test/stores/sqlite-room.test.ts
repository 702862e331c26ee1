import type { VersionReference } from "@kms/core/driver";
import { describe, expect, it } from "vitest";
import { KeyMaterial, type StoredKey, type StoredTransition } from "../../src/index.ts";
import { maximumBodyBytes, maximumEntries, maximumProtectingBytes } from "../../src/sealed/record-body.ts";
import { sealRecord } from "../../src/sealed/records.ts";
import { call, dayMs, driverOver, failure, revocation, start, type Driver } from "../fixture.ts";
import { keysOf } from "../sealed/fixture.ts";
import { makeStore, withRaw } from "./sqlite-fixture.ts";
import { record } from "./store-suite.ts";

const entry = (reason: string): StoredTransition => ({
  at: start,
  actor: "ops",
  event: "disable",
  from: "active",
  to: "suspended",
  revocation: undefined,
  reason,
});

/** A record of a key of so many versions whose body has exactly so many bytes, by the history of its first version. */
function filled(made: StoredKey, count: number, bodyBytes: number): StoredKey {
  const [first] = made.versions;
  const withHistory = (reasons: readonly string[]): StoredKey => ({
    ...made,
    currentVersion: String(count),
    versions: Array.from({ length: count }, (_, index) => ({
      ...(first ?? expect.unreachable()),
      version: String(index + 1),
      material: new KeyMaterial(new Uint8Array(32).fill(7)),
      history: index === 0 ? reasons.map(entry) : [entry("made")],
    })),
  });
  const keys = keysOf({ storeId: made.id.slice(0, 32) });
  const bytesOf = (reasons: readonly string[]): number => sealRecord(keys, withHistory(reasons)).body.length;
  const [one, two] = [bytesOf(["x".repeat(1000)]), bytesOf(["x".repeat(1000), "x".repeat(1000)])];
  const more = Math.floor((bodyBytes - one) / (two - one));
  const reasons = Array.from({ length: more + 1 }, () => "x".repeat(1000));
  let left = bodyBytes - one - more * (two - one);
  // A character each: an entry has room for 24 more.
  const spread = reasons.map((reason) => {
    const extra = Math.min(24, left);
    left -= extra;
    return reason + "x".repeat(extra);
  });
  return withHistory(spread);
}

interface Full {
  readonly driver: Driver;
  readonly key: VersionReference;
  readonly bodyBytes: () => Promise<number>;
}

/** A driver over a store with a key whose record is as long as one in which a version begins to protect. */
const fullKey = (count: number): Promise<Full> => keyAs((made) => filled(made, count, maximumProtectingBytes(count)));

/** A driver over a store with a key whose one version has so many entries in its history. */
const agedKey = (entries: number): Promise<Full> =>
  keyAs((made) => ({
    ...made,
    versions: made.versions.map((one) => ({
      ...one,
      history: Array.from({ length: entries }, () => ({ ...entry(""), actor: undefined, reason: undefined })),
    })),
  }));

async function keyAs(change: (made: StoredKey) => StoredKey): Promise<Full> {
  const { store, path } = await makeStore();
  const made = change(record(store, "full"));
  store.create(made);
  const bodyBytes = async (): Promise<number> => {
    const found = await withRaw(path, (raw) => raw.get("SELECT length(body) AS bytes FROM records", []));
    return Number(found?.["bytes"]);
  };
  const algorithm = made.algorithm;
  const key: VersionReference = {
    id: made.id,
    algorithm,
    native: algorithm,
    protection: "software",
    origin: "generated",
    version: "1",
  };
  return { driver: await driverOver(store), key, bodyBytes };
}

/** Takes back all that a key has, each entry with an actor and a reason of 300 characters together. */
async function takenBack({ driver, key, bodyBytes }: Full): Promise<void> {
  const who = { actor: "a".repeat(60), reason: "r".repeat(240) };
  await driver.setEnabled(key, undefined, false, call(who));
  await driver.revoke(key, undefined, revocation("key-compromise"), call(who));
  await driver.scheduleDestruction(key, undefined, 7, call(who));
  await driver.cancelDestruction(key, "1", call(who));
  await driver.scheduleDestruction(key, "1", 7, call(who));
  const { record: gone } = await driver.completeDestruction(key, undefined, call({ ...who, now: start + 7 * dayMs }));
  expect(new Set(gone.versions.map(({ native }) => native))).toEqual(new Set(["destroyed"]));
  expect(gone.revocation?.reason).toBe("key-compromise");
  expect(await bodyBytes()).toBeLessThanOrEqual(maximumBodyBytes);
}

describe("a key whose record is full", () => {
  it("of its history is not rotated or enabled any more; it is disabled, revoked, scheduled, cancelled and destroyed", async () => {
    const full = await fullKey(1);
    const { driver, key, bodyBytes } = full;
    expect(await bodyBytes()).toBe(maximumProtectingBytes(1));
    expect(await failure(() => driver.rotate(key, call()))).toMatchObject({ code: "TOO_LARGE", outcome: "none" });
    await driver.setEnabled(key, undefined, false, call());
    const enabling = await failure(() => driver.setEnabled(key, undefined, true, call()));
    expect(enabling).toMatchObject({ code: "TOO_LARGE", outcome: "none", keyId: key.id });
    expect((await driver.describeKey(key.id, call())).state).toBe("disabled");
    await takenBack(full);
  }, 60_000);

  it("of entries in a version's history is not enabled any more; all else that takes it back still fits", async () => {
    const full = await agedKey(maximumEntries.protecting - 2);
    const { driver, key } = full;
    await driver.setEnabled(key, undefined, false, call());
    await driver.setEnabled(key, undefined, true, call());
    await driver.setEnabled(key, undefined, false, call());
    const enabling = await failure(() => driver.setEnabled(key, undefined, true, call()));
    expect(enabling).toMatchObject({ code: "TOO_LARGE", outcome: "none", keyId: key.id });
    await takenBack(full);
  }, 60_000);

  it("of cancelled destructions is scheduled once more, and destroyed; that one is not cancelled", async () => {
    const full = await agedKey(maximumEntries.cancelled - 2);
    const { driver, key } = full;
    await driver.scheduleDestruction(key, undefined, 7, call());
    await driver.cancelDestruction(key, undefined, call());
    await driver.revoke(key, undefined, revocation("key-compromise"), call());
    await driver.scheduleDestruction(key, undefined, 7, call());
    const cancelling = await failure(() => driver.cancelDestruction(key, undefined, call()));
    expect(cancelling).toMatchObject({ code: "TOO_LARGE", outcome: "none", keyId: key.id });
    await driver.completeDestruction(key, undefined, call({ now: start + 7 * dayMs }));
    expect((await driver.describeKey(key.id, call())).state).toBe("destroyed");
  }, 60_000);

  it("of its versions is disabled, revoked, scheduled, cancelled and destroyed as a whole", async () => {
    const full = await fullKey(2800);
    expect(await full.bodyBytes()).toBe(maximumProtectingBytes(2800));
    await takenBack(full);
  }, 60_000);
});
