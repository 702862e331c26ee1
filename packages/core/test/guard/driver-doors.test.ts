import { describe, expect, it } from "vitest";
import { changeWith, useCachedDataKey, type ChangeAt } from "../../src/driver.ts";
import { memoryAuditSink, type AuditEvent, type AuditSink } from "../../src/index.ts";
import { code, failure, given, sealer, vendor } from "./given.ts";
import { keyedDriver, version, type KeyedDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

describe("changeWith", () => {
  const purge: ChangeAt = async (key, driver) => ({
    record: {
      ...(driver as KeyedDriver).record,
      id: key.id,
      state: "destroyed",
      versions: [version("1", { native: "destroyed" })],
    },
    unfinished: [],
  });

  it("is given key and driver, answers where it led, and is audited as what it names", async () => {
    const audit = memoryAuditSink();
    const driver = keyedDriver();
    const { kms } = given(driver, { audit, actor: "ops" });
    const key = await kms.generateKey("it", aes);
    const seen: unknown[] = [];
    const at: ChangeAt = (...asked) => {
      seen.push(asked.slice(0, 2));
      return purge(...asked);
    };
    const operation = "scheduleDestruction";
    expect(await changeWith(kms, { key, operation }, at, { reason: "left the cloud" })).toMatchObject({
      state: "destroyed",
    });
    expect(seen).toEqual([[expect.objectContaining({ id: "store/key" }), driver]]);
    expect(audit.events().slice(-2)).toMatchObject([
      { phase: "intent", operation, actor: "ops", keyId: "store/key", reason: "left the cloud" },
      { phase: "outcome", operation, outcome: "done" },
    ]);
  });

  it("is refused before it is begun: unclaimed, denied, restricted, of another instance", async () => {
    const begun: unknown[] = [];
    const at: ChangeAt = (...asked) => {
      begun.push(asked);
      return purge(...asked);
    };
    const bare = given(keyedDriver({ row: { operations: ["encrypt", "generateKey"] } })).kms;
    const { kms } = given(keyedDriver());
    const denying = given(keyedDriver(), {
      authorize: ({ operation }) => {
        if (operation === "scheduleDestruction") throw new Error("not you");
      },
    }).kms;
    const operation = "scheduleDestruction";
    const key = await kms.generateKey("it", aes);
    const restricted = kms.restrictKey(key, { operations: ["encrypt"] });
    const deniedKey = await denying.generateKey("it", aes);
    expect(await code(changeWith(bare, { key: await bare.generateKey("it", aes), operation }, at))).toBe("UNSUPPORTED");
    expect(await code(changeWith(denying, { key: deniedKey, operation }, at))).toBe("PERMISSION_DENIED");
    expect(await code(changeWith(kms, { key: restricted, operation }, at))).toBe("POLICY_VIOLATION");
    expect(await code(changeWith(kms, { key: deniedKey, operation }, at))).toBe("INVALID_ARGUMENT");
    expect(begun).toEqual([]);
  });

  it("is never repeated, and is TAMPERED when another key answers", async () => {
    const { kms } = given(keyedDriver());
    const key = await kms.generateKey("it", aes);
    let asked = 0;
    const failing: ChangeAt = async () => {
      asked += 1;
      throw vendor("UNAVAILABLE", "unknown");
    };
    const change = { key, operation: "scheduleDestruction" } as const;
    expect(await failure(changeWith(kms, change, failing))).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
    expect(asked).toBe(1);
    const another: ChangeAt = (reference, ...rest) => purge({ ...reference, id: "store/other" }, ...rest);
    expect(await failure(changeWith(kms, change, another))).toMatchObject({ code: "TAMPERED", outcome: "unknown" });
  });
});

describe("useCachedDataKey", () => {
  const operations = ["generateKey", "generateDataKey", "wrapDataKey", "unwrapDataKey"] as const;
  const cached = { use: "generateDataKey", associatedData: { tenant: "42" } } as const;
  const use = async (...given: Parameters<typeof useCachedDataKey>): Promise<void> => useCachedDataKey(...given);

  it("is audited as the use it is, with its associated data, and asks the provider nothing", async () => {
    const audit = memoryAuditSink();
    const driver = keyedDriver({ row: { operations } });
    const { kms } = given(driver, { audit });
    const key = await kms.generateKey("it", aes);
    driver.calls.length = 0;
    for (const as of ["generateDataKey", "wrapDataKey", "unwrapDataKey"] as const) {
      expect(await use(kms, { ...cached, key, use: as })).toBeUndefined();
      expect(audit.events().slice(-2)).toMatchObject([
        { phase: "intent", operation: as, keyId: "store/key", associatedData: { tenant: "42" } },
        { phase: "outcome", operation: as, outcome: "done" },
      ]);
    }
    expect(driver.calls).toEqual([]);
  });

  it("is refused for protecting once the key is older than policy allows, not for opening", async () => {
    const driver = keyedDriver({
      row: { operations },
      record: { versions: [version("1", { createdAt: new Date("2026-06-01T00:00:00Z") })] },
    });
    const { kms, clock } = given(driver, { policy: { maximumProtectAgeDays: { encryption: 90 } } });
    const key = await kms.generateKey("it", aes);
    await use(kms, { ...cached, key });
    clock.advance(90 * 86_400_000);
    expect(await code(use(kms, { ...cached, key }))).toBe("POLICY_VIOLATION");
    expect(await code(use(kms, { ...cached, key, use: "wrapDataKey" }))).toBe("POLICY_VIOLATION");
    expect(await use(kms, { ...cached, key, use: "unwrapDataKey" })).toBeUndefined();
  });

  it("answers or throws at once where nobody who is asked waits, and waits for a sink that does", async () => {
    let waits = false;
    const events: AuditEvent[] = [];
    const audit: AuditSink = {
      write: (event) => {
        events.push(event);
        return waits ? Promise.resolve() : undefined;
      },
      close: async () => undefined,
    };
    const { kms } = given(keyedDriver({ row: { operations } }), { audit });
    const key = await kms.generateKey("it", aes);
    expect(useCachedDataKey(kms, { ...cached, key })).toBeUndefined();
    expect(events.slice(-2)).toMatchObject([{ phase: "intent" }, { phase: "outcome", outcome: "done" }]);
    expect(() => useCachedDataKey(kms, { ...cached, key, associatedData: { "kms-x": "1" } })).toThrow("kms-");
    waits = true;
    const later = useCachedDataKey(kms, { ...cached, key });
    expect(later).toBeInstanceOf(Promise);
    expect(events.at(-1)).toMatchObject({ phase: "intent" });
    await later;
    expect(events.at(-1)).toMatchObject({ phase: "outcome" });
  });

  it("asks authorize each time, and the restriction of the handle", async () => {
    let allowed = true;
    const { kms } = given(keyedDriver({ row: { operations } }), {
      authorize: () => {
        if (!allowed) throw new Error("not any more");
      },
    });
    const key = await kms.generateKey("it", aes);
    const reading = kms.restrictKey(key, { operations: ["unwrapDataKey"] });
    await use(kms, { ...cached, key });
    expect(await code(use(kms, { ...cached, key: reading }))).toBe("POLICY_VIOLATION");
    allowed = false;
    expect(await code(use(kms, { ...cached, key }))).toBe("PERMISSION_DENIED");
  });

  it("goes by the policy of today, not of the day when the data key was made", async () => {
    const driver = keyedDriver({ row: { operations } });
    const { kms } = given(driver, { sealer });
    const token = await kms.sealHandle(await kms.generateKey("it", aes));
    const strict = given(driver, { sealer, policy: { allowedAlgorithms: ["HMAC-SHA256"] } }).kms;
    expect(await code(use(strict, { ...cached, key: await strict.openHandle(token) }))).toBe("POLICY_VIOLATION");
  });

  it("is UNSUPPORTED where it is not claimed, and where the provider judges states in this process", async () => {
    const unclaimed = given(keyedDriver({ row: { operations: ["generateKey", "encrypt"] } })).kms;
    expect(await code(use(unclaimed, { ...cached, key: await unclaimed.generateKey("it", aes) }))).toBe("UNSUPPORTED");
    const local = given(keyedDriver({ row: { operations }, claims: { disableVisibleWithinMs: 0 } })).kms;
    expect(await code(use(local, { ...cached, key: await local.generateKey("it", aes) }))).toBe("UNSUPPORTED");
  });

  it("sees what changed in associated data since the use before, by a getter of a frozen map too", async () => {
    const audit = memoryAuditSink();
    const { kms } = given(keyedDriver({ row: { operations } }), { audit });
    const key = await kms.generateKey("it", aes);
    const recorded = (): unknown => audit.events().at(-1)?.associatedData;
    let tenant = "1";
    const changing: Record<string, string> = { tenant };
    const getting = Object.freeze(Object.defineProperty({}, "tenant", { enumerable: true, get: () => tenant }));
    const constant = Object.freeze({ tenant: "always" });
    for (const now of ["2", "3"]) {
      changing["tenant"] = tenant = now;
      await use(kms, { ...cached, key, associatedData: changing });
      expect(recorded()).toEqual({ tenant: now });
      await use(kms, { ...cached, key, associatedData: getting });
      expect(recorded()).toEqual({ tenant: now });
      await use(kms, { ...cached, key, associatedData: constant });
      expect(recorded()).toEqual({ tenant: "always" });
    }
  });

  it("refuses associated data that a data key cannot have", async () => {
    const { kms } = given(keyedDriver({ row: { operations } }));
    const key = await kms.generateKey("it", aes);
    expect(await code(use(kms, { ...cached, key, associatedData: { "kms-x": "1" } }))).toBe("INVALID_ARGUMENT");
  });
});
