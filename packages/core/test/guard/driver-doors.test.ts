import { describe, expect, it } from "vitest";
import { changeWith, useCachedDataKey, type ChangeAt } from "../../src/driver.ts";
import { memoryAuditSink } from "../../src/index.ts";
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

  it("is audited as the use it is, with its associated data, and asks the provider nothing", async () => {
    const audit = memoryAuditSink();
    const driver = keyedDriver({ row: { operations } });
    const { kms } = given(driver, { audit });
    const key = await kms.generateKey("it", aes);
    driver.calls.length = 0;
    for (const use of ["generateDataKey", "wrapDataKey", "unwrapDataKey"] as const) {
      expect(await useCachedDataKey(kms, { ...cached, key, use })).toBeUndefined();
      expect(audit.events().slice(-2)).toMatchObject([
        { phase: "intent", operation: use, keyId: "store/key", associatedData: { tenant: "42" } },
        { phase: "outcome", operation: use, outcome: "done" },
      ]);
    }
    expect(driver.calls).toEqual([]);
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
    await useCachedDataKey(kms, { ...cached, key });
    expect(await code(useCachedDataKey(kms, { ...cached, key: reading }))).toBe("POLICY_VIOLATION");
    allowed = false;
    expect(await code(useCachedDataKey(kms, { ...cached, key }))).toBe("PERMISSION_DENIED");
  });

  it("goes by the policy of today, not of the day when the data key was made", async () => {
    const driver = keyedDriver({ row: { operations } });
    const { kms } = given(driver, { sealer });
    const token = await kms.sealHandle(await kms.generateKey("it", aes));
    const strict = given(driver, { sealer, policy: { allowedAlgorithms: ["HMAC-SHA256"] } }).kms;
    expect(await code(useCachedDataKey(strict, { ...cached, key: await strict.openHandle(token) }))).toBe(
      "POLICY_VIOLATION",
    );
  });

  it("is UNSUPPORTED where it is not claimed, and where the provider judges states in this process", async () => {
    const unclaimed = given(keyedDriver({ row: { operations: ["generateKey", "encrypt"] } })).kms;
    expect(await code(useCachedDataKey(unclaimed, { ...cached, key: await unclaimed.generateKey("it", aes) }))).toBe(
      "UNSUPPORTED",
    );
    const local = given(keyedDriver({ row: { operations }, claims: { disableVisibleWithinMs: 0 } })).kms;
    expect(await code(useCachedDataKey(local, { ...cached, key: await local.generateKey("it", aes) }))).toBe(
      "UNSUPPORTED",
    );
  });

  it("refuses associated data that a data key cannot have", async () => {
    const { kms } = given(keyedDriver({ row: { operations } }));
    const key = await kms.generateKey("it", aes);
    expect(await code(useCachedDataKey(kms, { ...cached, key, associatedData: { "kms-x": "1" } }))).toBe(
      "INVALID_ARGUMENT",
    );
  });
});
