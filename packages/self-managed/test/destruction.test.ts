import { describe, expect, it } from "vitest";
import { memoryStore } from "../src/index.ts";
import { associated, at, call, codeOf, dayMs, driverOver, failure, makeKey, start } from "./fixture.ts";

const none = associated();

describe("destruction", () => {
  it("waits as many days as the call says, else the key's configuration, else 30", async () => {
    const driver = await driverOver();
    const days = async (conf: number | undefined, given: number | undefined): Promise<number> => {
      const key = await makeKey(driver, "AES-256-GCM", { destructionWindowDays: conf });
      const { record } = await driver.scheduleDestruction(key, undefined, given, call());
      expect(record.versions[0]?.destroyAt).toEqual(record.destroyAt);
      return ((record.destroyAt?.getTime() ?? 0) - start) / dayMs;
    };
    expect([
      await days(undefined, undefined),
      await days(14, undefined),
      await days(14, 7),
      await days(undefined, 120),
    ]).toEqual([30, 14, 7, 120]);
  });

  it.each([6, 0, -1, 121, 7.5, Number.NaN, Number.POSITIVE_INFINITY])(
    "of %d days' window is refused and nothing is scheduled",
    async (days) => {
      const driver = await driverOver();
      const key = await makeKey(driver, "AES-256-GCM");
      expect(await codeOf(() => driver.scheduleDestruction(key, undefined, days, call()))).toBe("INVALID_ARGUMENT");
      expect((await driver.describeKey(key.id, call())).state).toBe("enabled");
    },
  );

  it("is NOT_READY one millisecond before it is due; then the material is gone and the tombstone stays", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const key = await makeKey(driver, "RSA-PSS-2048-SHA256", { labels: { app: "orders" } });
    const material = (await store.get(key.id))?.versions[0]?.material;
    const raw = material?.use((bytes) => bytes) ?? new Uint8Array();
    expect(raw.some((byte) => byte !== 0)).toBe(true);
    await driver.scheduleDestruction(key, undefined, 7, call());
    const early = await failure(() => driver.completeDestruction(key, undefined, call({ now: start + 7 * dayMs - 1 })));
    expect([early.code, early.outcome]).toEqual(["NOT_READY", "none"]);
    const due = call({ now: start + 7 * dayMs });
    const { record, level, mayRemain } = await driver.completeDestruction(key, undefined, due);
    expect([record.state, level]).toEqual(["destroyed", "removed"]);
    expect(mayRemain).toEqual(driver.capabilities.destructionWindow.mayRemain);
    expect(mayRemain.length).toBeGreaterThan(0);
    expect(raw.every((byte) => byte === 0)).toBe(true);
    expect((await failure(() => material?.use((bytes) => bytes))).code).toBe("INVALID_STATE");
    const tombstone = await driver.describeKey(key.id, call());
    expect(tombstone).toMatchObject({
      labels: { app: "orders" },
      algorithms: ["RSA-PSS-2048-SHA256"],
      currentVersion: "1",
    });
    expect(tombstone.versions[0]?.publicKey).toBeDefined();
  });

  it("asked for again answers the same", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    await driver.scheduleDestruction(key, undefined, 7, call());
    const due = { now: start + 7 * dayMs };
    const first = await driver.completeDestruction(key, undefined, call(due));
    expect(await driver.completeDestruction(key, undefined, call({ now: start + 9 * dayMs }))).toEqual(first);
  });

  it("of a key never scheduled is NOT_READY, and erases nothing", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    expect(await codeOf(() => driver.completeDestruction(key, undefined, call()))).toBe("NOT_READY");
    await driver.encrypt(key, new Uint8Array(1), none, call());
  });

  it("of one version leaves the others, and the key's receipt waits for all of them", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    const { bytes } = await driver.encrypt(key, new Uint8Array(1), none, call());
    await driver.rotate(key, call());
    await driver.scheduleDestruction(key, "1", 7, call());
    const due = { now: start + 7 * dayMs };
    expect(await codeOf(() => driver.completeDestruction(key, undefined, call(due)))).toBe("NOT_READY");
    await driver.completeDestruction(key, "1", call(due));
    expect((await failure(() => driver.decrypt(key, bytes, none, call(due)))).state).toBe("destroyed");
    await driver.encrypt(at(key, "2"), new Uint8Array(1), none, call(due));
    expect((await driver.rotate(key, call(due))).version).toBe("3");
  });

  it("can be cancelled until it is due, and not from then on", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    await driver.scheduleDestruction(key, undefined, 7, call());
    const { record } = await driver.cancelDestruction(key, undefined, call({ now: start + 7 * dayMs - 1 }));
    expect([record.state, record.destroyAt, record.versions[0]?.destroyAt]).toEqual(["disabled", undefined, undefined]);
    await driver.scheduleDestruction(key, undefined, 7, call());
    const late = await failure(() => driver.cancelDestruction(key, undefined, call({ now: start + 14 * dayMs })));
    expect([late.code, late.state]).toEqual(["INVALID_STATE", "suspended"]);
  });

  it("keeps the name taken for ever", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM", { name: "orders" });
    await driver.scheduleDestruction(key, undefined, 7, call());
    await driver.completeDestruction(key, undefined, call({ now: start + 7 * dayMs }));
    expect(await codeOf(() => makeKey(driver, "AES-256-GCM", { name: "orders" }))).toBe("ALREADY_EXISTS");
  });

  it("of a key that another driver has loaded stops that driver at its next use", async () => {
    const store = memoryStore();
    const [one, other] = [await driverOver(store), await driverOver(store)];
    const key = await makeKey(one, "AES-256-GCM");
    const { bytes } = await other.encrypt(key, new Uint8Array(1), none, call());
    await one.scheduleDestruction(key, undefined, 7, call());
    await one.completeDestruction(key, undefined, call({ now: start + 7 * dayMs }));
    expect((await failure(() => other.decrypt(key, bytes, none, call()))).state).toBe("destroyed");
  });
});
