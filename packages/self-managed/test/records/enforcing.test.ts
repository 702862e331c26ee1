import { describe, expect, it } from "vitest";
import { createKms, hmacSealer, type Kms } from "@kms/core";
import { KmsError } from "@kms/core/driver";
import { memoryStore, selfManagedKms, type KeyStore } from "../../src/index.ts";
import { associated, call, codeOf, dayMs, driverOver, makeKey, start, type Driver } from "../fixture.ts";
import { makeStore, openAgain } from "../stores/sqlite-fixture.ts";

const encrypt = (driver: Driver, key: Parameters<Driver["encrypt"]>[0], now: number): Promise<unknown> =>
  codeOf(() => driver.encrypt(key, Buffer.from("x"), associated(), call({ now })));

const sealer = hmacSealer({ keys: [{ kid: "1", secret: new Uint8Array(32).fill(1) }] });

describe("a date that was enforced", () => {
  it("holds for a use after a restart with a clock that was set back, though nothing else was written", async () => {
    const made = await makeStore();
    const driver = await driverOver(made.store);
    const key = await makeKey(driver, "AES-256-GCM", { deactivateAt: new Date(start + 10 * dayMs) });
    expect(await encrypt(driver, key, start + 11 * dayMs)).toBe("INVALID_STATE");
    made.store.close();
    const again = await openAgain(made);
    expect(await encrypt(await driverOver(again), key, start + 5 * dayMs)).toBe("INVALID_STATE");
    // Not the clock, which may be wrong by more.
    expect(again.latestTime()).toBe(start + 10 * dayMs);
  });

  it("holds for a rotation and for cancelling a destruction", async () => {
    const made = await makeStore();
    const driver = await driverOver(made.store);
    const ends = { deactivateAt: new Date(start + 10 * dayMs) };
    const [expired, due] = [await makeKey(driver, "AES-256-GCM", ends), await makeKey(driver, "AES-256-GCM")];
    await driver.scheduleDestruction(due, undefined, 20, call());
    const rotate = (over: Driver, now: number): Promise<unknown> => codeOf(() => over.rotate(expired, call({ now })));
    const cancel = (over: Driver, now: number): Promise<unknown> =>
      codeOf(() => over.cancelDestruction(due, undefined, call({ now })));
    expect(await rotate(driver, start + 11 * dayMs)).toBe("INVALID_STATE");
    expect(made.store.latestTime()).toBe(start + 10 * dayMs);
    expect(await cancel(driver, start + 21 * dayMs)).toBe("INVALID_STATE");
    made.store.close();
    const again = await driverOver(await openAgain(made));
    expect([await rotate(again, start), await cancel(again, start)]).toEqual(["INVALID_STATE", "INVALID_STATE"]);
  });

  it("is refused as well where the store cannot keep it, now or later", async () => {
    const fault = new KmsError("PERMISSION_DENIED", "read-only");
    const faults: readonly KeyStore["advanceTime"][] = [
      () => {
        throw fault;
      },
      () => Promise.reject(fault),
    ];
    for (const advanceTime of faults) {
      const store = memoryStore();
      const key = await makeKey(await driverOver(store), "AES-256-GCM", { deactivateAt: new Date(start + dayMs) });
      const driver = await driverOver({ ...store, advanceTime });
      expect(await encrypt(driver, key, start + dayMs)).toBe("INVALID_STATE");
    }
  });

  it("is written once, and no date that is yet to come is", async () => {
    const store = memoryStore();
    const written: number[] = [];
    const driver = await driverOver({ ...store, advanceTime: (date) => (written.push(date), store.advanceTime(date)) });
    const key = await makeKey(driver, "AES-256-GCM", { deactivateAt: new Date(start + dayMs) });
    await driver.setEnabled(key, undefined, false, call());
    expect(await encrypt(driver, key, start)).toBe("INVALID_STATE");
    expect(written).toEqual([]);
    for (let uses = 0; uses < 3; uses += 1) expect(await encrypt(driver, key, start + 2 * dayMs)).toBe("INVALID_STATE");
    expect(written).toEqual([start + dayMs]);
  });

  it("of another clock that ran ahead erases nothing: what cannot be taken back is due by the clock of its call", async () => {
    const driver = await driverOver(memoryStore());
    const key = await makeKey(driver, "AES-256-GCM");
    await driver.scheduleDestruction(key, undefined, 7, call());
    await makeKey(driver, "AES-256-GCM", {}, { now: start + 1000 * dayMs });
    const early = call({ now: start + dayMs });
    expect(await codeOf(() => driver.completeDestruction(key, undefined, early))).toBe("NOT_READY");
    const due = await driver.completeDestruction(key, undefined, call({ now: start + 7 * dayMs }));
    expect(due.record.state).toBe("destroyed");
  });
});

describe("the age that policy lets a key protect for", () => {
  it("is over after a restart with a clock that was set back, once anything was written since", async () => {
    const made = await makeStore();
    const policy = { maximumProtectAgeDays: { encryption: 30 } };
    const over = async (store: KeyStore, now: number): Promise<Kms> => {
      const clock = { now: () => now, sleep: () => new Promise<void>(() => undefined) };
      return createKms({ providers: { own: await selfManagedKms({ store }) }, sealer, policy, clock });
    };
    const kms = await over(made.store, start);
    const token = await kms.sealHandle(await kms.generateKey("own", { algorithm: "AES-256-GCM" }));
    const later = await over(made.store, start + 31 * dayMs);
    const use = async (by: Kms): Promise<unknown> =>
      codeOf(async () => by.encrypt(await by.openHandle(token), Buffer.from("x")));
    expect(await use(later)).toBe("POLICY_VIOLATION");
    await later.generateKey("own", { algorithm: "AES-256-GCM" });
    made.store.close();
    expect(await use(await over(await openAgain(made), start + 5 * dayMs))).toBe("POLICY_VIOLATION");
  });
});
