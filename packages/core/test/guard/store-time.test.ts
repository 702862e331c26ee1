import { describe, expect, it } from "vitest";
import { memoryAuditSink } from "../../src/index.ts";
import { code, data, dayMs, given } from "./given.ts";
import { keyedDriver, version, type KeyedDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const start = Date.parse("2026-06-01T00:00:00Z");

/** A driver whose store has a time on record, which a test moves; undefined: the store fails. */
function keeping(record: Parameters<typeof version>[1] = {}): Keeping {
  const driver: Keeping = {
    ...keyedDriver({ record: { versions: [version("1", record)] } }),
    latest: 0,
    latestTime: () => {
      if (driver.latest === undefined) throw new Error("the store fails");
      return driver.latest;
    },
  };
  return driver;
}
type Keeping = KeyedDriver & { latest: number | undefined };

describe("where the store of the keys has a later time on record than the clock", () => {
  it("a version's age is judged by it", async () => {
    const driver = keeping();
    const { kms } = given(driver, { policy: { maximumProtectAgeDays: { encryption: 90 } } });
    const key = await kms.generateKey("it", aes);
    const ciphertext = await kms.encrypt(key, data);
    driver.latest = start + 90 * dayMs;
    expect(await code(kms.encrypt(key, data))).toBe("POLICY_VIOLATION");
    expect(await kms.decrypt(key, ciphertext)).toEqual(data);
  });

  it("a version that was made at that time is not one of the future", async () => {
    const driver = keeping({ createdAt: new Date(start + 900 * dayMs) });
    driver.latest = start + 900 * dayMs;
    const { kms } = given(driver, { policy: { maximumProtectAgeDays: { encryption: 90 } } });
    expect(await kms.encrypt(await kms.generateKey("it", aes), data)).toBeInstanceOf(Uint8Array);
  });

  it("dates of a key and of a restriction have passed by it", async () => {
    const driver = keeping({ notAfter: new Date(start + 10 * dayMs) });
    const { kms } = given(driver);
    const key = await kms.generateKey("it", aes);
    const restricted = kms.restrictKey(key, { notAfter: new Date(start + 5 * dayMs) });
    await kms.encrypt(restricted, data);
    expect(await kms.describeKey(key)).toMatchObject({ state: "active", asOf: new Date(start) });
    driver.latest = start + 11 * dayMs;
    expect(await kms.describeKey(key)).toMatchObject({ state: "deactivated", asOf: new Date(driver.latest) });
    expect(await code(kms.encrypt(restricted, data))).toBe("POLICY_VIOLATION");
  });

  it("the record still tells the time of the clock, and a driver is told it: what cannot be undone goes by that", async () => {
    const audit = memoryAuditSink();
    const driver = keeping();
    const told: number[] = [];
    const { describeKey } = driver;
    Object.assign(driver, {
      describeKey: (...[reference, call]: Parameters<typeof describeKey>) => {
        told.push(call.now);
        return describeKey(reference, call);
      },
    });
    driver.latest = start + 900 * dayMs;
    const { kms } = given(driver, { audit });
    await kms.describeKey(await kms.generateKey("it", aes));
    expect(new Set(told)).toEqual(new Set([start]));
    expect(audit.events().map(({ at }) => at.getTime())).toEqual(audit.events().map(() => start));
  });

  it("and the clock alone counts where the store cannot say: the operation itself tells what is wrong", async () => {
    const driver = keeping();
    const { kms } = given(driver, { policy: { maximumProtectAgeDays: { encryption: 90 } } });
    const key = await kms.generateKey("it", aes);
    for (const latest of [undefined, Number.NaN]) {
      driver.latest = latest;
      await kms.encrypt(key, data);
      expect(await kms.describeKey(key)).toMatchObject({ asOf: new Date(start) });
    }
  });
});
