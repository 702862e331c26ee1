import { describe, expect, test } from "vitest";
import { bytes, call, context, dayMs, refusal, rejection, stand, target, type Stand } from "./setup.ts";

const algorithm = "AES-256-GCM";
const keyOf = async ({ driver }: Stand) => target(await driver.createKey({ algorithm }, call()), algorithm);
const use = ({ driver }: Stand, key: Awaited<ReturnType<typeof keyOf>>) =>
  driver.encrypt(key, bytes("x"), context(), call());

describe("disable and enable", () => {
  test("a disabled key reads as disabled and refuses use; enabled again it works", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const disabled = await here.driver.setEnabled(key, undefined, false, call());
    expect(disabled).toMatchObject({ record: { id: key.id, state: "disabled" }, unfinished: [] });
    expect(disabled.record.versions).toMatchObject([{ native: "disabled" }]);
    const cause = await rejection(use(here, key));
    expect(here.driver.classify(cause, "encrypt")).toMatchObject({
      code: "INVALID_STATE",
      state: "disabled",
      outcome: "none",
    });
    expect((await here.driver.setEnabled(key, undefined, true, call())).record.state).toBe("enabled");
    await use(here, key);
  });

  test("a single version is refused, since AWS knows whole keys", async () => {
    const here = await stand();
    const key = await keyOf(here);
    here.emulator.requests.clear();
    for (const attempt of [
      () => here.driver.setEnabled(key, "1", false, call()),
      () => here.driver.scheduleDestruction(key, "1", 7, call()),
      () => here.driver.cancelDestruction(key, "1", call()),
    ]) {
      expect((await refusal(attempt())).code).toBe("UNSUPPORTED");
    }
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("says that the change was made when the key cannot be read afterwards", async () => {
    const here = await stand();
    const key = await keyOf(here);
    here.emulator.permissions.deny("kms:ListResourceTags");
    const error = await refusal(here.driver.setEnabled(key, undefined, false, call()));
    expect(error).toMatchObject({
      code: "PERMISSION_DENIED",
      permission: "kms:ListResourceTags",
      outcome: "done",
      operation: "disableKey",
      keyId: key.id,
    });
    here.emulator.permissions.reset();
    expect((await here.driver.describeKey(key.id, call())).state).toBe("disabled");
  });
});

describe("destruction", () => {
  test.each([
    [7, 7],
    [30, 30],
    [undefined, 30],
  ])("scheduled with %s days ends after %d", async (windowDays, days) => {
    const here = await stand();
    const key = await keyOf(here);
    const before = Date.now();
    const { record } = await here.driver.scheduleDestruction(key, undefined, windowDays, call());
    expect(record.state).toBe("destruction-scheduled");
    const destroyAt = record.destroyAt?.getTime() ?? 0;
    expect(Math.round((destroyAt - before) / dayMs)).toBe(days);
    here.emulator.clock.advance(days * dayMs + 1000);
    const cause = await rejection(here.driver.describeKey(key.id, call()));
    expect(here.driver.classify(cause, "describeKey").code).toBe("NOT_FOUND");
  });

  test.each([6, 31, 7.5, Number.NaN])("refuses a window of %d days without a call", async (days) => {
    const here = await stand();
    const key = await keyOf(here);
    here.emulator.requests.clear();
    expect(await refusal(here.driver.scheduleDestruction(key, undefined, days, call()))).toMatchObject({
      code: "INVALID_ARGUMENT",
      keyId: key.id,
    });
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("cancelled, it leaves the key disabled", async () => {
    const here = await stand();
    const key = await keyOf(here);
    await here.driver.scheduleDestruction(key, undefined, 7, call());
    const { record } = await here.driver.cancelDestruction(key, undefined, call());
    expect(record).toMatchObject({ state: "disabled", destroyAt: undefined });
  });

  test("a key that waits for its end refuses use, and to be disabled, with that state", async () => {
    const here = await stand();
    const key = await keyOf(here);
    await here.driver.scheduleDestruction(key, undefined, 7, call());
    for (const attempt of [() => use(here, key), () => here.driver.setEnabled(key, undefined, false, call())]) {
      const said = here.driver.classify(await rejection(attempt()), "encrypt");
      expect(said).toMatchObject({ code: "INVALID_STATE", state: "destruction-scheduled" });
    }
  });

  test.each([
    ["active", true],
    ["suspended", false],
  ])("cancelling what is not scheduled is INVALID_STATE, naming the state: %s", async (state, enabled) => {
    const here = await stand();
    const key = await keyOf(here);
    await here.driver.setEnabled(key, undefined, enabled, call());
    const error = await refusal(here.driver.cancelDestruction(key, undefined, call()));
    expect(error).toMatchObject({ code: "INVALID_STATE", state, keyId: key.id, outcome: "none" });
  });

  test("cancelling what is not scheduled keeps AWS's refusal where the state may not be read", async () => {
    const here = await stand();
    const key = await keyOf(here);
    here.emulator.permissions.deny("kms:DescribeKey");
    const cause = await rejection(here.driver.cancelDestruction(key, undefined, call()));
    expect(here.driver.classify(cause, "cancelDestruction")).toMatchObject({ code: "INVALID_STATE", state: undefined });
  });
});

describe("rotate", () => {
  test("names the new version where AWS shows it at once", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const before = await here.driver.describeKey(key.id, call());
    const { record, version } = await here.driver.rotate(key, call());
    expect(version).toBe(record.currentVersion);
    expect(version).not.toBe(before.currentVersion);
    expect(record.versions.map((found) => found.version)).toEqual([before.currentVersion, version]);
  });

  test("names none while the rotation is under way; the record then still has the version before", async () => {
    const here = await stand({ rotationDelayMs: 60_000 });
    const key = await keyOf(here);
    const before = await here.driver.describeKey(key.id, call());
    const { record, version } = await here.driver.rotate(key, call());
    expect(version).toBeUndefined();
    expect(record.currentVersion).toBe(before.currentVersion);
    here.emulator.clock.advance(61_000);
    expect((await here.driver.describeKey(key.id, call())).currentVersion).not.toBe(before.currentVersion);
  });

  test("is QUOTA_EXCEEDED after 25 times, not throttling", async () => {
    const here = await stand();
    const key = await keyOf(here);
    for (let count = 0; count < 25; count += 1) await here.driver.rotate(key, call());
    const cause = await rejection(here.driver.rotate(key, call()));
    expect(here.driver.classify(cause, "rotateKey")).toMatchObject({ code: "QUOTA_EXCEEDED", outcome: "none" });
  });

  test("is INVALID_STATE on a disabled key and changes nothing", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const { record } = await here.driver.setEnabled(key, undefined, false, call());
    const cause = await rejection(here.driver.rotate(key, call()));
    expect(here.driver.classify(cause, "rotateKey")).toMatchObject({ code: "INVALID_STATE", state: "disabled" });
    expect(await here.driver.describeKey(key.id, call())).toEqual(record);
  });
});
