import { describe, expect, it } from "vitest";
import { failure, given, vendor } from "./given.ts";
import type { KeyRecord, NativeState } from "../../src/driver.ts";
import { changed, changingDriver } from "./changing-driver.ts";
import { version } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
describe("cancelDestruction", () => {
  it("asks again while the provider is not ready and nothing has changed, within the call's time", async () => {
    let asked = 0;
    const driver = changingDriver({
      cancelDestruction: async () => {
        asked += 1;
        if (asked < 3) throw vendor("NOT_READY");
        changed(driver, "disabled");
        return { record: driver.record, unfinished: [] };
      },
    });
    const { kms, clock } = given(driver);
    const key = await kms.generateKey("it", aes);
    expect(await clock.drain(kms.cancelDestruction(key))).toMatchObject({ state: "suspended" });
    expect(asked).toBe(3);
    asked = -1_000;
    expect(await clock.drain(failure(kms.cancelDestruction(key, { timeoutMs: 1_000 })))).toMatchObject({
      code: "NOT_READY",
      keyId: key.keyId,
    });
  });

  it("says that it may have happened when the time is over while it is under way", async () => {
    const { kms, clock } = given(
      changingDriver({ cancelDestruction: async () => new Promise<never>(() => undefined) }),
    );
    const key = await kms.generateKey("it", aes);
    expect(await clock.drain(failure(kms.cancelDestruction(key, { timeoutMs: 1_000 })))).toMatchObject({
      code: "DEADLINE_EXCEEDED",
      outcome: "unknown",
    });
  });

  it("is not asked twice when it may have happened", async () => {
    let asked = 0;
    const driver = changingDriver({
      cancelDestruction: async () => {
        asked += 1;
        throw vendor("NOT_READY", "unknown");
      },
    });
    const { kms } = given(driver);
    const refused = await failure(kms.cancelDestruction(await kms.generateKey("it", aes)));
    expect([refused.outcome, asked]).toEqual(["unknown", 1]);
  });

  it("disables what the provider gives back enabled", async () => {
    const driver = changingDriver();
    const { kms } = given(driver);
    const key = await kms.generateKey("it", aes);
    await kms.scheduleDestruction(key);
    driver.calls.length = 0;
    expect(await kms.cancelDestruction(key)).toMatchObject({ state: "suspended" });
    expect(driver.calls).toEqual(["cancel", "disable"]);
  });

  it("disables no version but those that were scheduled, where versions are scheduled one by one", async () => {
    const asked: (string | undefined)[] = [];
    const states = (...natives: readonly NativeState[]): { record: KeyRecord<never>; unfinished: [] } => {
      const versions = natives.map((native, at) => version(String(at + 1), { native }));
      driver.record = { ...driver.record, state: "enabled", currentVersion: "3", versions };
      return { record: driver.record, unfinished: [] };
    };
    const driver = changingDriver({
      cancelDestruction: async () => states("enabled", "enabled", "enabled"),
      setEnabled: async (_key, one) => {
        asked.push(one);
        return states(...driver.record.versions.map((found) => (found.version === one ? "disabled" : found.native)));
      },
    });
    const unit = { disable: "version", revoke: "version", destroy: "version" };
    Object.assign(driver, { capabilities: { ...driver.capabilities, unit } });
    const { kms } = given(driver);
    const key = await kms.generateKey("it", aes);
    states("destruction-scheduled", "destruction-scheduled", "enabled");
    expect(await kms.cancelDestruction(key)).toMatchObject({ state: "active", unfinished: [] });
    expect(asked).toEqual(["1", "2"]);
    states("enabled", "destruction-scheduled", "enabled");
    expect(await kms.cancelDestruction(key, { keyVersion: "2" })).toMatchObject({ state: "suspended" });
    expect(asked).toEqual(["1", "2", "2"]);
  });

  it("waits for a provider that shows it only after a while", async () => {
    let reads = 0;
    const driver = changingDriver({ cancelDestruction: async () => ({ record: driver.record, unfinished: [] }) });
    const { kms, clock } = given(driver);
    const key = await kms.generateKey("it", aes);
    await kms.scheduleDestruction(key);
    Object.assign(driver, {
      describeKey: async () => {
        reads += 1;
        if (reads === 3) changed(driver, "disabled");
        return driver.record;
      },
    });
    driver.calls.length = 0;
    expect(await clock.drain(kms.cancelDestruction(key))).toMatchObject({ state: "suspended" });
    expect(reads).toBe(3);
    expect(driver.calls).toEqual([]);
  });

  it("leaves what came back disabled as it is", async () => {
    const driver = changingDriver({
      cancelDestruction: async () => {
        changed(driver, "disabled");
        return { record: driver.record, unfinished: [] };
      },
    });
    const { kms } = given(driver);
    const key = await kms.generateKey("it", aes);
    await kms.scheduleDestruction(key);
    driver.calls.length = 0;
    await kms.cancelDestruction(key);
    expect(driver.calls).toEqual([]);
  });

  it("says that it was done when disabling afterwards fails", async () => {
    const driver = changingDriver({ setEnabled: async () => Promise.reject(vendor("PERMISSION_DENIED")) });
    const { kms } = given(driver);
    const key = await kms.generateKey("it", aes);
    await kms.scheduleDestruction(key);
    expect(await failure(kms.cancelDestruction(key))).toMatchObject({
      code: "PERMISSION_DENIED",
      outcome: "done",
      keyId: "store/key",
    });
  });
});
