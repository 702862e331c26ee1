import { describe, expect, test } from "vitest";
import {
  bytes,
  call,
  context,
  dayMs,
  freshName,
  keyOf,
  refusal,
  rejection,
  stand,
  target,
  told,
  withVersion,
} from "./setup.ts";

const states = ({ versions }: { readonly versions: readonly { readonly native: string }[] }): readonly string[] =>
  versions.map(({ native }) => native);

describe("rotation", () => {
  test("makes a version, which does not protect before it is promoted", async () => {
    const here = await stand();
    const key = await keyOf(here, "AES-256-GCM");
    const { record, version } = await here.driver.rotate(key, call());
    expect(version).toBe("2");
    expect(record).toMatchObject({ currentVersion: "1" });
    expect(states(record)).toEqual(["enabled", "enabled"]);
    expect(await here.driver.encrypt(key, bytes("x"), context(), call())).toMatchObject({ version: "1" });
    expect(await here.driver.promote({ ...key, version: "2" }, call())).toMatchObject({ currentVersion: "2" });
    expect(await here.driver.encrypt(key, bytes("x"), context(), call())).toMatchObject({ version: "2" });
  });

  test("of asymmetric and MAC keys has no primary version: the newest that is enabled is current", async () => {
    const here = await stand();
    for (const algorithm of ["ECDSA-P256-SHA256", "HMAC-SHA256"] as const) {
      const key = await keyOf(here, algorithm);
      await here.driver.rotate(key, call());
      here.emulator.requests.clear();
      expect(await here.driver.promote({ ...key, version: "2" }, call())).toMatchObject({ currentVersion: "2" });
      expect(here.emulator.requests.count("UpdateCryptoKeyPrimaryVersion")).toBe(0);
      const { record } = await here.driver.setEnabled(key, "2", false, call());
      expect(record).toMatchObject({ currentVersion: "1", state: "enabled" });
    }
  });

  test("answers a version that is still being generated as pending", async () => {
    const here = await stand({ generationDelayMs: 1_000 });
    const made = await here.driver.createKey({ algorithm: "ECDSA-P256-SHA256", name: freshName() }, call());
    here.emulator.clock.advance(1_000);
    const key = target(await here.driver.describeKey(made.id, call()), "ECDSA-P256-SHA256");
    const { record } = await here.driver.rotate(key, call());
    expect(states(record)).toEqual(["enabled", "pending"]);
    expect(record.currentVersion).toBe("1");
  });

  test("does not bring back a key that is suspended, scheduled for destruction or destroyed", async () => {
    const here = await stand();
    const key = await keyOf(here, "AES-256-GCM");
    const refused = async (state: string): Promise<void> => {
      here.emulator.requests.clear();
      expect(await refusal(here.driver.rotate(key, call()))).toMatchObject({
        code: "INVALID_STATE",
        state,
        outcome: "none",
      });
      expect(here.emulator.requests.count("CreateCryptoKeyVersion")).toBe(0);
    };
    await here.driver.setEnabled(key, undefined, false, call());
    await refused("suspended");
    await here.driver.scheduleDestruction(key, undefined, undefined, call());
    await refused("suspended");
    here.emulator.clock.advance(31 * dayMs);
    await refused("destroyed");
  });

  test("of a key whose first version is still being made is NOT_READY", async () => {
    const here = await stand({ generationDelayMs: 1_000 });
    const made = await here.driver.createKey({ algorithm: "ECDSA-P256-SHA256", name: freshName() }, call());
    const key = target(await here.driver.describeKey(made.id, call()), "ECDSA-P256-SHA256");
    expect(await refusal(here.driver.rotate(key, call()))).toMatchObject({ code: "NOT_READY" });
    expect(await refusal(here.driver.setEnabled(key, undefined, false, call()))).toMatchObject({ code: "NOT_READY" });
    expect(await refusal(here.driver.scheduleDestruction(key, undefined, undefined, call()))).toMatchObject({
      code: "NOT_READY",
    });
  });

  test("never moves the primary version back to an older one", async () => {
    const here = await stand();
    const key = await keyOf(here, "AES-256-GCM");
    const [older, newer] = [await here.driver.rotate(key, call()), await here.driver.rotate(key, call())];
    expect([older.version, newer.version]).toEqual(["2", "3"]);
    await here.driver.promote({ ...key, version: "3" }, call());
    expect(await here.driver.promote({ ...key, version: "2" }, call())).toMatchObject({ currentVersion: "3" });
    expect(await here.driver.encrypt(key, bytes("x"), context(), call())).toMatchObject({ version: "3" });
  });

  test("does not make a version primary that somebody disabled meanwhile: the older one goes on protecting", async () => {
    const here = await stand();
    const key = await keyOf(here, "AES-256-GCM");
    await here.driver.rotate(key, call());
    await here.driver.setEnabled(key, "2", false, call());
    const refused = { code: "INVALID_STATE", state: "suspended" };
    expect(await refusal(here.driver.promote({ ...key, version: "2" }, call()))).toMatchObject(refused);
    expect(await here.driver.encrypt(key, bytes("x"), context(), call())).toMatchObject({ version: "1" });
    // One that was made after it, and is enabled, takes its place.
    await here.driver.rotate(key, call());
    expect(await here.driver.promote({ ...key, version: "2" }, call())).toMatchObject({ currentVersion: "3" });
    const pair = await keyOf(here, "ECDSA-P256-SHA256");
    await here.driver.rotate(pair, call());
    await here.driver.setEnabled(pair, "2", false, call());
    expect(await refusal(here.driver.promote({ ...pair, version: "2" }, call()))).toMatchObject(refused);
  });

  test("makes nothing where the key's template asks for another algorithm by now", async () => {
    const here = await stand();
    const key = await keyOf(here, "RSA-PSS-2048-SHA256");
    const asFor = (algorithm: "RSA_SIGN_PSS_2048_SHA256" | "RSA_SIGN_PKCS1_2048_SHA256") =>
      here.client.updateCryptoKey({
        cryptoKey: { name: key.id, versionTemplate: { algorithm } },
        updateMask: { paths: ["version_template.algorithm"] },
      });
    await asFor("RSA_SIGN_PKCS1_2048_SHA256");
    here.emulator.requests.clear();
    expect(await refusal(here.driver.rotate(key, call()))).toMatchObject({ code: "TAMPERED", outcome: "none" });
    expect(here.emulator.requests.count("CreateCryptoKeyVersion")).toBe(0);
    await asFor("RSA_SIGN_PSS_2048_SHA256");
    expect(await here.driver.rotate(key, call())).toMatchObject({ version: "2" });
  });

  test("happens by itself where that was asked for", async () => {
    const here = await stand();
    const conf = { algorithm: "AES-256-GCM", name: freshName(), rotateEveryDays: 10 } as const;
    const key = target(await here.driver.createKey(conf, call()), "AES-256-GCM");
    here.emulator.clock.advance(10 * dayMs + 1_000);
    expect(await here.driver.encrypt(key, bytes("x"), context(), call())).toMatchObject({ version: "2" });
  });
});

describe("suspension", () => {
  test("takes every version that is enabled, and resumption every one that is disabled", async () => {
    const here = await stand();
    const key = await keyOf(here, "HMAC-SHA256");
    await here.driver.rotate(key, call());
    await here.driver.rotate(key, call());
    const disabled = await here.driver.setEnabled(key, undefined, false, call());
    expect(disabled).toMatchObject({ record: { state: "disabled" }, unfinished: [] });
    expect(states(disabled.record)).toEqual(["disabled", "disabled", "disabled"]);
    expect(await here.driver.describeKey(key.id, call())).toEqual(disabled.record);
    const enabled = await here.driver.setEnabled(key, undefined, true, call());
    expect(states(enabled.record)).toEqual(["enabled", "enabled", "enabled"]);
  });

  test("of one version leaves the others at work", async () => {
    const here = await stand();
    const key = await keyOf(here, "HMAC-SHA256");
    await here.driver.rotate(key, call());
    const { record } = await here.driver.setEnabled(key, "1", false, call());
    expect(states(record)).toEqual(["disabled", "enabled"]);
    const cause = await rejection(here.driver.generateMac(withVersion(record, "HMAC-SHA256", "1"), bytes("x"), call()));
    expect(told(here, cause, "generateMac")).toMatchObject({ code: "INVALID_STATE", state: "disabled" });
    expect((await here.driver.generateMac(withVersion(record, "HMAC-SHA256", "2"), bytes("x"), call())).version).toBe(
      "2",
    );
    expect(await refusal(here.driver.setEnabled(key, "3", false, call()))).toMatchObject({ code: "NOT_FOUND" });
  });

  test("that is so already changes nothing, and asks for no change", async () => {
    const here = await stand();
    const key = await keyOf(here, "HMAC-SHA256");
    await here.driver.setEnabled(key, undefined, false, call());
    here.emulator.requests.clear();
    expect((await here.driver.setEnabled(key, undefined, false, call())).record.state).toBe("disabled");
    expect(here.emulator.requests.count("UpdateCryptoKeyVersion")).toBe(0);
  });

  test("of a key whose destruction is scheduled is INVALID_STATE", async () => {
    const here = await stand();
    const key = await keyOf(here, "HMAC-SHA256");
    await here.driver.scheduleDestruction(key, undefined, undefined, call());
    for (const enabled of [true, false]) {
      expect(await refusal(here.driver.setEnabled(key, undefined, enabled, call()))).toMatchObject({
        code: "INVALID_STATE",
        state: "suspended",
        outcome: "none",
      });
    }
  });

  test("that fails for every version may have happened if it may for one of them", async () => {
    const here = await stand();
    const key = await keyOf(here, "HMAC-SHA256");
    await here.driver.rotate(key, call());
    here.emulator.faults.next("throttle", "UpdateCryptoKeyVersion");
    here.emulator.faults.next("answer-lost", "UpdateCryptoKeyVersion");
    const cause = await rejection(here.driver.setEnabled(key, undefined, false, call()));
    expect(told(here, cause, "disableKey")).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
    expect(states(await here.driver.describeKey(key.id, call()))).toEqual(["enabled", "disabled"]);
    here.emulator.faults.always("throttle", "UpdateCryptoKeyVersion");
    const refused = await rejection(here.driver.setEnabled(key, undefined, true, call()));
    expect(told(here, refused, "enableKey")).toMatchObject({ code: "THROTTLED", outcome: "none" });
  });

  test("says which version was still being made, and would come up enabled", async () => {
    const here = await stand({ generationDelayMs: 1_000 });
    const made = await here.driver.createKey({ algorithm: "ECDSA-P256-SHA256", name: freshName() }, call());
    here.emulator.clock.advance(1_000);
    const key = target(await here.driver.describeKey(made.id, call()), "ECDSA-P256-SHA256");
    await here.driver.rotate(key, call());
    for (let time = 0; time < 2; time += 1) {
      const { record, unfinished } = await here.driver.setEnabled(key, undefined, false, call());
      expect(states(record)).toEqual(["disabled", "pending"]);
      expect(unfinished).toMatchObject([{ version: "2", cause: { code: "NOT_READY" } }]);
    }
    here.emulator.clock.advance(1_000);
    const rest = await here.driver.setEnabled(key, undefined, false, call());
    expect([states(rest.record), rest.unfinished]).toEqual([["disabled", "disabled"], []]);
  });
});

describe("destruction", () => {
  test("is scheduled for every version, cancelled into disabled, and comes", async () => {
    const now = Date.parse("2026-06-01T00:00:00Z");
    const here = await stand({ now: () => now });
    const conf = { algorithm: "HMAC-SHA256", name: freshName(), destructionWindowDays: 2 } as const;
    const key = target(await here.driver.createKey(conf, call()), "HMAC-SHA256");
    await here.driver.rotate(key, call());
    await here.driver.setEnabled(key, "1", false, call());
    const { record } = await here.driver.scheduleDestruction(key, undefined, undefined, call());
    expect(record).toMatchObject({ state: "destruction-scheduled", destroyAt: new Date(now + 2 * dayMs) });
    const cancelled = await here.driver.cancelDestruction(key, undefined, call());
    expect(states(cancelled.record)).toEqual(["disabled", "disabled"]);
    expect(cancelled.record.destroyAt).toBeUndefined();
    await here.driver.scheduleDestruction(key, undefined, undefined, call());
    here.emulator.clock.advance(2 * dayMs);
    expect(await here.driver.describeKey(key.id, call())).toMatchObject({ state: "destroyed", destroyAt: undefined });
  });

  test("of one version leaves the key as alive as the others", async () => {
    const here = await stand();
    const key = await keyOf(here, "HMAC-SHA256");
    await here.driver.rotate(key, call());
    const { record } = await here.driver.scheduleDestruction(key, "1", undefined, call());
    expect([record.state, ...states(record)]).toEqual(["enabled", "destruction-scheduled", "enabled"]);
    expect(record.destroyAt).toBeUndefined();
    here.emulator.clock.advance(31 * dayMs);
    expect(await here.driver.describeKey(key.id, call())).toMatchObject({ state: "enabled", currentVersion: "2" });
    const all = await here.driver.scheduleDestruction(key, undefined, undefined, call());
    expect(states(all.record)).toEqual(["destroyed", "destruction-scheduled"]);
  });

  test("stops automatic rotation, which would bring the key back", async () => {
    const here = await stand();
    const conf = {
      algorithm: "AES-256-GCM",
      name: freshName(),
      rotateEveryDays: 10,
      destructionWindowDays: 40,
    } as const;
    const key = target(await here.driver.createKey(conf, call()), "AES-256-GCM");
    await here.driver.scheduleDestruction(key, undefined, undefined, call());
    here.emulator.clock.advance(41 * dayMs);
    expect(await here.driver.describeKey(key.id, call())).toMatchObject({
      state: "destroyed",
      rotateEveryDays: undefined,
    });
  });

  test("that is refused leaves automatic rotation as it is", async () => {
    const here = await stand();
    const conf = { algorithm: "AES-256-GCM", name: freshName(), rotateEveryDays: 10 } as const;
    const key = target(await here.driver.createKey(conf, call()), "AES-256-GCM");
    await here.driver.scheduleDestruction(key, "1", undefined, call());
    const refused = here.driver.scheduleDestruction(key, undefined, undefined, call());
    expect(await refusal(refused)).toMatchObject({ code: "INVALID_STATE", outcome: "none" });
    expect(await here.driver.describeKey(key.id, call())).toMatchObject({ rotateEveryDays: 10 });
  });

  test("of one version leaves automatic rotation as it is, and its end is no matter of a version still being made", async () => {
    const here = await stand({ generationDelayMs: 1_000 });
    const conf = { algorithm: "AES-256-GCM", name: freshName(), rotateEveryDays: 10 } as const;
    const key = target(await here.driver.createKey(conf, call()), "AES-256-GCM");
    await here.driver.rotate(key, call());
    const { record } = await here.driver.scheduleDestruction(key, "2", undefined, call());
    expect(record.rotateEveryDays).toBe(10);
    const made = await here.driver.createKey({ algorithm: "ECDSA-P256-SHA256", name: freshName() }, call());
    here.emulator.clock.advance(1_000);
    const pair = target(await here.driver.describeKey(made.id, call()), "ECDSA-P256-SHA256");
    await here.driver.rotate(pair, call());
    await here.driver.scheduleDestruction(pair, "1", undefined, call());
    const cancelled = await here.driver.cancelDestruction(pair, undefined, call());
    expect([states(cancelled.record), cancelled.unfinished]).toEqual([["disabled", "pending"], []]);
  });

  test("of a key that does not rotate by itself changes nothing of the key's own settings", async () => {
    const here = await stand();
    const key = await keyOf(here, "AES-256-GCM");
    here.emulator.permissions.deny("cloudkms.cryptoKeys.update");
    const { record } = await here.driver.scheduleDestruction(key, undefined, undefined, call());
    expect(record.state).toBe("destruction-scheduled");
  });

  test("takes no window, and is not scheduled or cancelled twice", async () => {
    const here = await stand();
    const key = await keyOf(here, "HMAC-SHA256");
    expect(await refusal(here.driver.scheduleDestruction(key, undefined, 7, call()))).toMatchObject({
      code: "UNSUPPORTED",
    });
    expect(await refusal(here.driver.cancelDestruction(key, undefined, call()))).toMatchObject({
      code: "INVALID_STATE",
      state: "active",
    });
    await here.driver.scheduleDestruction(key, undefined, undefined, call());
    expect(await refusal(here.driver.scheduleDestruction(key, undefined, undefined, call()))).toMatchObject({
      code: "INVALID_STATE",
    });
  });
});
