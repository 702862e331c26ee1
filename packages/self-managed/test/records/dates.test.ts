import { describe, expect, it } from "vitest";
import { memoryStore, type KeyStore } from "../../src/index.ts";
import { call, dayMs, driverOver, makeKey, revocation, start } from "../fixture.ts";
import { makeStore } from "../stores/sqlite-fixture.ts";

/** Each entry of a version's history: the day, who, what, and why. */
async function historyOf(store: KeyStore, id: string, version = 0): Promise<readonly string[]> {
  const { history = [] } = (await store.get(id))?.versions[version] ?? {};
  return history.map(
    ({ at, actor = "nobody", event, from, to, reason = "" }) =>
      `${(at - start) / dayMs} ${actor}: ${event} ${from ?? "nothing"} ${to} ${reason}`,
  );
}
const on = (day: number): ReturnType<typeof call> =>
  call({ now: start + day * dayMs, actor: "ops", reason: "ticket 63" });
const dayOf = (day: number): Date => new Date(start + day * dayMs);
const made = "0 nobody: generate nothing pre-activation ";
const atOnce = "0 nobody: activate pre-activation active ";

describe("the dates of a key", () => {
  it("of activation and of the end stand in the history with the key's next change, as nobody's, before it", async () => {
    for (const store of [memoryStore(), (await makeStore()).store]) {
      const driver = await driverOver(store);
      const key = await makeKey(driver, "AES-256-GCM", { activateAt: dayOf(2), deactivateAt: dayOf(5) });
      expect(await historyOf(store, key.id)).toEqual([made]);
      await driver.revoke(key, undefined, revocation("superseded"), on(7));
      expect(await historyOf(store, key.id)).toEqual([
        made,
        "2 nobody: activate pre-activation active ",
        "5 nobody: deactivate active deactivated ",
        "7 ops: deactivate deactivated deactivated ticket 63",
      ]);
    }
  });

  it("are recorded once, to the millisecond of their coming, and not by what changes nothing", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const key = await makeKey(driver, "AES-256-GCM", { deactivateAt: dayOf(5) });
    await driver.setEnabled(key, undefined, true, on(6)).catch(() => undefined);
    expect(await historyOf(store, key.id)).toEqual([made, atOnce]);
    await driver.scheduleDestruction(key, undefined, 7, on(5));
    await driver.cancelDestruction(key, undefined, on(6));
    expect(await historyOf(store, key.id)).toEqual([
      made,
      atOnce,
      "5 nobody: deactivate active deactivated ",
      "5 ops: schedule-destruction deactivated suspended ticket 63",
      "6 ops: cancel-destruction suspended deactivated ticket 63",
    ]);
  });

  it("that have not come are not recorded", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const key = await makeKey(driver, "AES-256-GCM", { activateAt: dayOf(2), deactivateAt: dayOf(5) });
    await driver.scheduleDestruction(key, undefined, 7, call({ now: start + 2 * dayMs - 1 }));
    expect((await historyOf(store, key.id)).map((entry) => entry.split(" ")[2])).toEqual([
      "generate",
      "schedule-destruction",
    ]);
  });

  it("are recorded of every version when one of them changes, and when the key is rotated", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const key = await makeKey(driver, "AES-256-GCM", { activateAt: dayOf(2), deactivateAt: dayOf(5) });
    await driver.rotate(key, on(3));
    const first = [made, "2 nobody: activate pre-activation active "];
    expect(await historyOf(store, key.id)).toEqual(first);
    await driver.scheduleDestruction(key, "2", 7, on(6));
    expect(await historyOf(store, key.id)).toEqual([...first, "5 nobody: deactivate active deactivated "]);
  });

  it("do not act on what is suspended: enabling it after its end leads to Deactivated, once", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const key = await makeKey(driver, "AES-256-GCM", { deactivateAt: dayOf(5) });
    await driver.setEnabled(key, undefined, false, on(1));
    await driver.setEnabled(key, undefined, true, on(6));
    await driver.revoke(key, undefined, revocation("key-compromise"), on(7));
    expect(await historyOf(store, key.id)).toEqual([
      made,
      atOnce,
      "1 ops: disable active suspended ticket 63",
      "6 ops: enable suspended deactivated ticket 63",
      "7 ops: compromise deactivated compromised ticket 63",
    ]);
  });
});
