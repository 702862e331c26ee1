import { describe, expect, it } from "vitest";
import { memoryAuditSink } from "../../src/index.ts";
import { codeOf } from "../codes.ts";
import { code, data, dayMs, failure, given, sealer, vendor } from "./given.ts";
import { changed, changingDriver } from "./changing-driver.ts";
import { keyedDriver, version, type KeyedDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
describe("transitions", () => {
  it("answer where they led", async () => {
    const { kms } = given(changingDriver());
    const key = await kms.generateKey("it", aes);
    expect(await kms.disableKey(key)).toEqual({ state: "suspended", destroyAt: undefined, unfinished: [] });
    expect(await kms.enableKey(key)).toMatchObject({ state: "active" });
    expect(await kms.scheduleDestruction(key)).toMatchObject({ state: "suspended" });
    expect(Object.isFrozen(await kms.cancelDestruction(key))).toBe(true);
  });

  it("name what is unfinished by code, never by the vendor's error", async () => {
    const driver = changingDriver({
      setEnabled: async () => ({ record: driver.record, unfinished: [{ version: "1", cause: vendor("THROTTLED") }] }),
    });
    const { kms } = given(driver);
    const { unfinished } = await kms.disableKey(await kms.generateKey("it", aes));
    expect(unfinished).toEqual([{ keyVersion: "1", code: "THROTTLED" }]);
  });

  it("are TAMPERED, with outcome unknown, when another key answers", async () => {
    const driver = changingDriver({
      setEnabled: async () => ({ record: { ...driver.record, id: "store/other" }, unfinished: [] }),
    });
    const { kms } = given(driver);
    expect(await failure(kms.disableKey(await kms.generateKey("it", aes)))).toMatchObject({
      code: "TAMPERED",
      outcome: "unknown",
    });
  });

  it("say the state that refused, read where the provider does not tell it, and only then", async () => {
    const driver = changingDriver({ setEnabled: async () => Promise.reject(vendor("INVALID_STATE")) });
    const { kms } = given(driver);
    const key = await kms.generateKey("it", aes);
    changed(driver, "destruction-scheduled");
    expect(await failure(kms.enableKey(key))).toMatchObject({
      code: "INVALID_STATE",
      state: "suspended",
      outcome: "none",
    });
    Object.assign(driver, { describeKey: async () => Promise.reject(vendor("PERMISSION_DENIED")) });
    expect(await failure(kms.enableKey(key))).toMatchObject({ code: "INVALID_STATE", state: undefined });
  });

  it("of one version are UNSUPPORTED where the whole key is the unit, before the provider is asked", async () => {
    const driver = changingDriver();
    const { kms } = given(driver);
    const key = await kms.generateKey("it", aes);
    driver.calls.length = 0;
    expect(await code(kms.disableKey(key, { keyVersion: "1" }))).toBe("UNSUPPORTED");
    expect(await code(kms.disableKey(key, { keyVersion: "../1" }))).toBe("INVALID_ARGUMENT");
    expect(await code(kms.revokeKey(key, "superseded"))).toBe("UNSUPPORTED");
    expect(await code(kms.revokeKey(key, "lost" as never))).toBe("INVALID_ARGUMENT");
    expect(driver.calls).toEqual([]);
  });

  it("are not done through a restricted handle", async () => {
    const driver = changingDriver();
    const { kms } = given(driver);
    const key = kms.restrictKey(await kms.generateKey("it", aes), { operations: ["encrypt"] });
    driver.calls.length = 0;
    const refused = [kms.disableKey(key), kms.scheduleDestruction(key), kms.replaceKey(key)].map(async (one) =>
      code(one),
    );
    expect(await Promise.all(refused)).toEqual(["POLICY_VIOLATION", "POLICY_VIOLATION", "POLICY_VIOLATION"]);
    expect(driver.calls).toEqual([]);
    expect((await kms.describeKey(key)).keyId).toBe("store/key");
  });
});

describe("revokeKey", () => {
  const { states } = keyedDriver().capabilities;
  const revocable = (more: object = {}, lacking: object = {}): KeyedDriver & { readonly given: unknown[] } => {
    const seen: unknown[] = [];
    const driver: KeyedDriver = keyedDriver({
      row: { operations: ["encrypt", "decrypt", "revokeKey"] },
      claims: { states: { ...states, compromised: "native", deactivated: "native", ...lacking } },
      record: more,
      driver: {
        revoke: async (_key, name, revocation) => {
          seen.push([name, revocation]);
          return { record: driver.record, unfinished: [] };
        },
      },
    });
    return Object.assign(driver, { given: seen });
  };

  it("stands in the record with its reason", async () => {
    const audit = memoryAuditSink();
    const { kms } = given(revocable(), { audit });
    await kms.revokeKey(await kms.generateKey("it", aes), "key-compromise");
    const revoked = { operation: "revokeKey", reason: "key-compromise" };
    expect(audit.events().slice(-2)).toMatchObject([
      { phase: "intent", ...revoked },
      { phase: "outcome", ...revoked },
    ]);
  });

  it("tells when, and since when: by default since the key was made", async () => {
    const driver = revocable({ versions: [version("1", { createdAt: new Date("2026-05-01T00:00:00Z") })] });
    const { kms, clock } = given(driver);
    const key = await kms.generateKey("it", aes);
    await kms.revokeKey(key, "key-compromise");
    const occurredAt = new Date("2026-05-20T00:00:00Z");
    await kms.revokeKey(key, "superseded", { occurredAt });
    const revokedAt = new Date(clock.now());
    expect(driver.given).toEqual([
      [undefined, { reason: "key-compromise", revokedAt, occurredAt: new Date("2026-05-01T00:00:00Z") }],
      [undefined, { reason: "superseded", revokedAt, occurredAt }],
    ]);
    expect(await code(kms.revokeKey(key, "superseded", { occurredAt: new Date(clock.now() + 1) }))).toBe(
      "INVALID_ARGUMENT",
    );
  });

  it("does not depend on whose clock runs ahead", async () => {
    const driver = revocable({ versions: [version("1", { createdAt: new Date("2026-06-01T00:00:05Z") })] });
    const { kms } = given(driver);
    const key = await kms.generateKey("it", aes);
    expect(await kms.revokeKey(key, "key-compromise")).toMatchObject({ state: "active" });
  });

  it.each([
    ["compromised", "key-compromise"],
    ["deactivated", "superseded"],
  ] as const)("is UNSUPPORTED before any call where the provider has no state %s", async (state, reason) => {
    const driver = revocable({}, { [state]: "unsupported" });
    const { kms } = given(driver);
    const key = await kms.generateKey("it", aes);
    const refused = await failure(kms.revokeKey(key, reason));
    expect(refused).toMatchObject({ code: "UNSUPPORTED", operation: "revokeKey" });
    expect(refused.message).toContain(state);
    expect(driver.given).toEqual([]);
    await kms.revokeKey(key, state === "compromised" ? "superseded" : "key-compromise");
    expect(driver.given).toHaveLength(1);
  });
});

describe("scheduleDestruction", () => {
  it("takes the window of the call, else that of the configuration, within what the provider has", async () => {
    const driver = changingDriver();
    const { kms } = given(driver);
    const key = await kms.generateKey("it", aes);
    driver.record = { ...driver.record, destructionWindowDays: 14 };
    const another = await kms.generateKey("it", { ...aes, destructionWindowDays: 14 });
    driver.calls.length = 0;
    await kms.scheduleDestruction(key);
    await kms.scheduleDestruction(another);
    await kms.scheduleDestruction(another, { windowDays: 7 });
    expect(driver.calls).toEqual(["schedule undefined", "schedule 14", "schedule 7"]);
    for (const windowDays of [6, 31, 7.5, -1, "7"]) {
      expect(await code(kms.scheduleDestruction(key, { windowDays: windowDays as number }))).toBe("INVALID_ARGUMENT");
    }
  });

  it.each(["per-key", "by-provider"] as const)("refuses a window where the provider chooses it %s", async (chosen) => {
    const destructionWindow = { chosen, minimumDays: 7, maximumDays: 30, mayRemain: [] };
    const { kms } = given(keyedDriver({ claims: { destructionWindow } }));
    expect(await code(kms.scheduleDestruction(await kms.generateKey("it", aes), { windowDays: 7 }))).toBe(
      "UNSUPPORTED",
    );
  });
});

describe("a change that fails with DECRYPTION_FAILED", () => {
  it("says what became of it and of which key, though nothing of the cause", async () => {
    const driver = changingDriver();
    const { kms } = given(driver);
    const key = await kms.generateKey("it", aes);
    Object.assign(driver, { setEnabled: async () => Promise.reject(vendor("DECRYPTION_FAILED", "unknown")) });
    const error = await failure(kms.disableKey(key));
    expect(error).toMatchObject({ provider: "it", keyId: "store/key", outcome: "unknown" });
    expect(error.cause).toBeUndefined();
  });
});

describe("getDestructionReceipt", () => {
  it("is NOT_READY while the provider still has the key", async () => {
    const driver = changingDriver();
    const { kms } = given(driver, { sealer });
    const key = await kms.generateKey("it", aes);
    changed(driver, "destruction-scheduled");
    expect(await failure(kms.getDestructionReceipt(key))).toMatchObject({ code: "NOT_READY", keyId: "store/key" });
  });

  it.each(["destroyed", "unknown to the provider"])(
    "says what the provider reports when the key is %s",
    async (how) => {
      const driver = changingDriver();
      const { kms, clock } = given(driver, { sealer, audience: "billing" });
      const key = await kms.generateKey("it", aes);
      if (how === "destroyed") changed(driver, "destroyed");
      else Object.assign(driver, { describeKey: async () => Promise.reject(vendor("NOT_FOUND")) });
      clock.advance(7 * dayMs); // the shortest wait that this provider knows
      const { token, ...receipt } = await kms.getDestructionReceipt(key);
      const confirmedAt = new Date(clock.now());
      expect(receipt).toEqual({ keyId: "store/key", level: "provider-reported", mayRemain: ["backups"], confirmedAt });
      expect({ ...(sealer.open("destruction-receipt", token) as object) }).toEqual({
        kind: "fake",
        scope: "store",
        keyId: "store/key",
        level: "provider-reported",
        mayRemain: ["backups"],
        confirmedAt: confirmedAt.toISOString(),
        aud: "billing",
      });
      expect(codeOf(() => sealer.open("key-handle", token))).toBe("TAMPERED");
    },
  );

  it("does not take absence for an end sooner after the handle was made than any destruction takes", async () => {
    const driver = changingDriver();
    const { kms, clock } = given(driver, { sealer });
    const key = await kms.generateKey("it", aes);
    Object.assign(driver, { describeKey: async () => Promise.reject(vendor("NOT_FOUND")) });
    expect(await code(kms.getDestructionReceipt(key))).toBe("NOT_READY");
    clock.advance(7 * dayMs - 1);
    expect(await code(kms.getDestructionReceipt(key))).toBe("NOT_READY");
    clock.advance(1);
    expect(await kms.getDestructionReceipt(key)).toMatchObject({ level: "provider-reported" });
  });

  it("does not take a denied read for absence", async () => {
    const driver = changingDriver();
    const { kms } = given(driver, { sealer });
    const key = await kms.generateKey("it", aes);
    Object.assign(driver, { describeKey: async () => Promise.reject(vendor("PERMISSION_DENIED")) });
    expect(await code(kms.getDestructionReceipt(key))).toBe("PERMISSION_DENIED");
  });

  it("is refused without a sealer before anything is erased", async () => {
    let erased = 0;
    const driver = changingDriver({ completeDestruction: async () => Promise.reject(new Error(`${(erased += 1)}`)) });
    const { kms } = given(driver);
    expect(await code(kms.getDestructionReceipt(await kms.generateKey("it", aes)))).toBe("INVALID_ARGUMENT");
    expect(erased).toBe(0);
  });

  it("erases what is due where the driver does that, and says the driver's level", async () => {
    const driver = changingDriver({
      completeDestruction: async () => {
        changed(driver, "destroyed");
        return { record: driver.record, level: "generation-retired", mayRemain: ["backups of the store"] };
      },
    });
    const { kms } = given(driver, { sealer });
    const receipt = await kms.getDestructionReceipt(await kms.generateKey("it", aes));
    expect(receipt).toMatchObject({ level: "generation-retired", mayRemain: ["backups of the store"] });
  });

  it("is not given for another key, or for one that is still there", async () => {
    const complete = (change: object): KeyedDriver => {
      const driver = changingDriver({
        completeDestruction: async () => ({
          record: { ...driver.record, state: "destroyed", ...change },
          level: "removed",
          mayRemain: [],
        }),
      });
      return driver;
    };
    const { kms } = given(complete({ id: "store/other" }), { sealer });
    expect(await code(kms.getDestructionReceipt(await kms.generateKey("it", aes)))).toBe("TAMPERED");
    const { kms: lazy } = given(complete({ state: "destruction-scheduled" }), { sealer });
    expect(await code(lazy.getDestructionReceipt(await lazy.generateKey("it", aes)))).toBe("NOT_READY");
  });

  it("says that it is done when only the receipt could not be sealed", async () => {
    const broken = { ...sealer, seal: async () => Promise.reject(vendor("UNAVAILABLE")) };
    const driver = changingDriver({
      completeDestruction: async () => {
        changed(driver, "destroyed");
        return { record: driver.record, level: "removed", mayRemain: [] };
      },
    });
    const { kms } = given(driver, { sealer: broken });
    const key = await kms.generateKey("it", aes);
    expect(await failure(kms.getDestructionReceipt(key))).toMatchObject({ outcome: "done", keyId: "store/key" });
  });
});

describe("describeKey", () => {
  it("tells dates by the guard's clock, and what differs from the handle", async () => {
    const driver = changingDriver();
    const { kms, clock } = given(driver);
    const key = await kms.generateKey("it", aes);
    const now = clock.now();
    const versions = [
      version("1", { notAfter: new Date(now) }),
      version("2", { notBefore: new Date(now + dayMs) }),
      version("3"),
    ];
    driver.record = { ...driver.record, versions, currentVersion: "3", protection: "hsm", exportable: true };
    const description = await kms.describeKey(key);
    expect(description.versions.map(({ state }) => state)).toEqual(["deactivated", "pre-activation", "active"]);
    expect(description).toMatchObject({
      state: "active",
      currentVersion: "3",
      stateSource: "native",
      asOf: new Date(now),
    });
    expect(description.findings.map(({ what }) => what)).toEqual(["protection", "exportable"]);
    clock.advance(dayMs);
    expect((await kms.describeKey(key)).versions.map(({ state }) => state)[1]).toBe("active");
  });

  it("is TAMPERED when another key answers", async () => {
    const driver = changingDriver();
    const { kms } = given(driver);
    const key = await kms.generateKey("it", aes);
    driver.record = { ...driver.record, id: "store/other" };
    expect(await code(kms.describeKey(key))).toBe("TAMPERED");
    expect(await kms.encrypt(key, data)).toBeInstanceOf(Uint8Array);
  });
});
