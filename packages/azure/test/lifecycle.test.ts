import { describe, expect, test } from "vitest";
import { azureKms } from "../src/index.ts";
import {
  bytes,
  call,
  context,
  dayMs,
  freshName,
  keyOf,
  nameIn,
  refusal,
  rejection,
  stand,
  told,
  versionOf,
} from "./setup.ts";

const ec = "ECDSA-P256-SHA256";
const states = ({ versions }: { readonly versions: readonly { readonly native: string }[] }): readonly string[] =>
  versions.map(({ native }) => native);
const digest = { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) } as const;

describe("rotation", () => {
  test.each(["standard", "premium", "managed-hsm"] as const)(
    "in %s makes a version like the one before, which protects at once, and the old one still works",
    async (flavour) => {
      const here = await stand({ flavour });
      const record = await here.driver.createKey({ algorithm: ec, name: freshName(), labels: { app: "x" } }, call());
      const key = versionOf(record, ec);
      here.emulator.clock.advance(1_000);
      const rotated = await here.driver.rotate(key, call());
      expect(rotated.record).toMatchObject({
        currentVersion: rotated.version,
        labels: { app: "x" },
        protection: record.protection,
        algorithms: record.algorithms,
      });
      expect(rotated.record.versions).toHaveLength(2);
      for (const version of [key.version, rotated.version ?? ""]) {
        expect(await here.driver.sign({ ...key, version }, digest, call())).toMatchObject({ version });
      }
    },
  );

  test.each([true, false])("keeps the key's tags whether the service copies them or not: %s", async (copies) => {
    const here = await stand({ rotateCopiesTags: copies });
    const record = await here.driver.createKey({ algorithm: ec, name: freshName(), labels: { app: "x" } }, call());
    here.emulator.requests.clear();
    await here.driver.rotate(versionOf(record, ec), call());
    expect((await here.keys.getKey(nameIn(record.id))).properties.tags).toMatchObject({ app: "x" });
    expect(here.emulator.requests.count("UpdateKey")).toBe(copies ? 0 : 1);
  });

  test("on a Managed HSM is asked for as such where the key rotates by itself, and made by hand where not", async () => {
    const here = await stand({ flavour: "managed-hsm" });
    const [plain, self] = [
      await here.driver.createKey({ algorithm: "AES-256-GCM", name: freshName() }, call()),
      await here.driver.createKey({ algorithm: "AES-256-GCM", name: freshName(), rotateEveryDays: 28 }, call()),
    ];
    here.emulator.requests.clear();
    await here.driver.rotate(versionOf(plain, "AES-256-GCM"), call());
    expect([here.emulator.requests.count("CreateKey"), here.emulator.requests.count("RotateKey")]).toEqual([1, 0]);
    await here.driver.rotate(versionOf(self, "AES-256-GCM"), call());
    expect([here.emulator.requests.count("CreateKey"), here.emulator.requests.count("RotateKey")]).toEqual([1, 1]);
  });

  test("does not bring back a key that is suspended, expired, not yet valid or to be destroyed", async () => {
    const here = await stand();
    const refused = async (key: ReturnType<typeof versionOf>, state: string): Promise<void> => {
      here.emulator.requests.clear();
      expect(await refusal(here.driver.rotate(key, call()))).toMatchObject({
        code: "INVALID_STATE",
        state,
        outcome: "none",
      });
      expect(here.emulator.requests.count("RotateKey")).toBe(0);
    };
    const later = { algorithm: ec, name: freshName(), activateAt: new Date(Date.now() + dayMs) } as const;
    await refused(versionOf(await here.driver.createKey(later, call()), ec), "pre-activation");
    const over = { algorithm: ec, name: freshName(), deactivateAt: new Date(Date.now() - dayMs) } as const;
    await refused(versionOf(await here.driver.createKey(over, call()), ec), "deactivated");
    const key = await keyOf(here, ec);
    await here.driver.setEnabled(key, undefined, false, call());
    await refused(key, "suspended");
    await here.driver.scheduleDestruction(key, undefined, undefined, call());
    await refused(key, "suspended");
  });

  test("of a key that another one of the same name replaced meanwhile is TAMPERED, and done", async () => {
    const here = await stand({ flavour: "managed-hsm" });
    const key = await keyOf(here, ec);
    const name = nameIn(key.id);
    here.emulator.others.before("CreateKey", () => {
      here.emulator.others.deleteKey(name);
      here.emulator.others.purgeKey(name);
    });
    expect(await refusal(here.driver.rotate(key, call()))).toMatchObject({ code: "TAMPERED", outcome: "done" });
  });
});

describe("suspension", () => {
  test("takes every version that is enabled, expired ones too, and resumption every one that is disabled", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    here.emulator.others.createVersion(nameIn(key.id), { expires: Math.floor(Date.now() / 1000) - 60 });
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
    const key = await keyOf(here, ec);
    const { version = "" } = await here.driver.rotate(key, call());
    const { record } = await here.driver.setEnabled(key, key.version, false, call());
    expect(record).toMatchObject({ state: "enabled", currentVersion: version });
    const cause = await rejection(here.driver.sign(key, digest, call()));
    expect(told(here, cause, "sign")).toMatchObject({ code: "INVALID_STATE", state: "disabled" });
    expect((await here.driver.sign({ ...key, version }, digest, call())).version).toBe(version);
    const missing = "0".repeat(32);
    expect(await refusal(here.driver.setEnabled(key, missing, false, call()))).toMatchObject({ code: "NOT_FOUND" });
  });

  test("is not ended for a key that is Deactivated, and not disabled", async () => {
    const here = await stand();
    const key = await keyOf(here, ec, { deactivateAt: new Date(Date.now() - dayMs) });
    expect(await refusal(here.driver.setEnabled(key, undefined, true, call()))).toMatchObject({
      code: "INVALID_STATE",
      state: "deactivated",
    });
  });

  test("that is so already changes nothing, and asks for no change", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    await here.driver.setEnabled(key, undefined, false, call());
    here.emulator.requests.clear();
    expect((await here.driver.setEnabled(key, undefined, false, call())).record.state).toBe("disabled");
    expect(here.emulator.requests.count("UpdateKey")).toBe(0);
  });

  test("of which a version fails says which, and repeating it goes on with that", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    await here.driver.rotate(key, call());
    here.emulator.faults.next("throttle", "UpdateKey");
    const half = await here.driver.setEnabled(key, undefined, false, call());
    expect(half.unfinished).toMatchObject([{ version: key.version }]);
    expect([...states(half.record)].toSorted()).toEqual(["disabled", "enabled"]);
    const rest = await here.driver.setEnabled(key, undefined, false, call());
    expect([states(rest.record), rest.unfinished]).toEqual([["disabled", "disabled"], []]);
  });
});

describe("revocation", () => {
  test("has a version expire now, after which it reads and does not protect", async () => {
    const here = await stand({ flavour: "managed-hsm" });
    const key = await keyOf(here, "AES-256-GCM");
    const { bytes: ciphertext } = await here.driver.encrypt(key, bytes("x"), context(), call());
    const at = new Date();
    const revocation = { reason: "cessation-of-operation", revokedAt: at, occurredAt: at } as const;
    const { record } = await here.driver.revoke(key, undefined, revocation, call());
    expect(record.versions[0]?.notAfter?.getTime()).toBe(Math.floor(at.getTime() / 1000) * 1000);
    const cause = await rejection(here.driver.encrypt(key, bytes("x"), context(), call()));
    expect(told(here, cause, "encrypt")).toMatchObject({ code: "INVALID_STATE", state: "process-only" });
    expect((await here.driver.decrypt(key, ciphertext, context(), call())).bytes).toHaveLength(1);
    expect((await here.keys.getKey(nameIn(key.id))).keyOperations).toEqual(["encrypt", "decrypt"]);
  });

  test.each(["served", "refused"] as const)(
    "as superseded narrows the operations that are there to reading, also of a disabled version (%s)",
    async (disabledGet) => {
      const here = await stand({ disabledGet });
      const key = await keyOf(here, "RSA-OAEP-2048-SHA256");
      const name = nameIn(key.id);
      here.emulator.others.updateVersion(name, { keyOps: ["encrypt", "decrypt", "sign"] });
      await here.driver.setEnabled(key, undefined, false, call());
      const at = new Date();
      const revocation = { reason: "superseded", revokedAt: at, occurredAt: at } as const;
      const { record } = await here.driver.revoke(key, undefined, revocation, call());
      expect(record.state).toBe("process-only");
      const { keyOperations, properties } = await here.keys.getKey(name);
      expect(keyOperations).toEqual(disabledGet === "served" ? ["decrypt"] : ["decrypt", "unwrapKey"]);
      expect(properties.enabled).toBe(true);
    },
  );

  test("keeps an earlier end, and for a compromise is UNSUPPORTED before any call", async () => {
    const here = await stand();
    const end = new Date(Math.floor(Date.now() / 1000) * 1000 - dayMs);
    const made = await here.driver.createKey({ algorithm: ec, name: freshName(), deactivateAt: end }, call());
    const at = new Date();
    const revoked = (reason: "superseded" | "key-compromise") =>
      here.driver.revoke(versionOf(made, ec), undefined, { reason, revokedAt: at, occurredAt: at }, call());
    expect((await revoked("superseded")).record.versions[0]?.notAfter).toEqual(end);
    here.emulator.requests.clear();
    expect(await refusal(revoked("key-compromise"))).toMatchObject({ code: "UNSUPPORTED" });
    expect(here.emulator.requests.count()).toBe(0);
  });
});

describe("destruction", () => {
  test("disables every version, deletes the key, and is cancelled into disabled", async () => {
    for (const recoverKeepsEnabled of [true, false]) {
      const now = Date.parse("2026-06-01T00:00:00Z");
      const here = await stand({ now: () => now, retentionDays: 7, recoverKeepsEnabled });
      const key = await keyOf(here, ec);
      await here.driver.rotate(key, call({ now }));
      const { record } = await here.driver.scheduleDestruction(key, undefined, undefined, call({ now }));
      expect(record).toMatchObject({ state: "destruction-scheduled", destroyAt: new Date(now + 7 * dayMs) });
      expect(here.emulator.requests.count("UpdateKey")).toBe(3);
      const described = await here.driver.describeKey(key.id, call({ now }));
      expect(described).toMatchObject({ state: "destruction-scheduled", versionsComplete: false });
      const cancelled = await here.driver.cancelDestruction(key, undefined, call({ now }));
      expect(cancelled.record.destroyAt).toBeUndefined();
      expect(states(cancelled.record)).toEqual(
        recoverKeepsEnabled ? ["disabled", "disabled"] : ["enabled", "enabled"], // the guard disables these
      );
    }
  });

  test("ends with the key gone, after the vault's days", async () => {
    const here = await stand({ retentionDays: 7 });
    const key = await keyOf(here, ec);
    await here.driver.scheduleDestruction(key, undefined, undefined, call());
    here.emulator.clock.advance(7 * dayMs);
    const cause = await rejection(here.driver.describeKey(key.id, call({ now: Date.now() + 7 * dayMs })));
    expect(told(here, cause, "describeKey").code).toBe("NOT_FOUND");
  });

  test("leaves a key of which a version could not be disabled", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    await here.driver.rotate(key, call());
    here.emulator.faults.next("throttle", "UpdateKey");
    const { record, unfinished } = await here.driver.scheduleDestruction(key, undefined, undefined, call());
    expect(unfinished).toHaveLength(1);
    expect(record.state).toBe("enabled");
    expect(here.emulator.requests.count("DeleteKey")).toBe(0);
    await here.driver.scheduleDestruction(key, undefined, undefined, call());
    expect(here.emulator.requests.count("DeleteKey")).toBe(1);
  });

  test("that fails after versions were disabled says that these are", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    here.emulator.faults.next("unavailable", "DeleteKey");
    const error = await refusal(here.driver.scheduleDestruction(key, undefined, undefined, call()));
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "done", keyId: key.id });
    expect((await here.driver.describeKey(key.id, call())).state).toBe("disabled");
  });

  test("that is refused where no version was to be disabled is what Azure said, and nothing was done", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    await here.driver.setEnabled(key, undefined, false, call());
    here.emulator.permissions.deny("Microsoft.KeyVault/vaults/keys/delete");
    const cause = await rejection(here.driver.scheduleDestruction(key, undefined, undefined, call()));
    expect(told(here, cause, "scheduleDestruction")).toMatchObject({ code: "PERMISSION_DENIED", outcome: "none" });
  });

  test("is shown to whoever asks by an older version, though Azure lists none of a deleted key", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    await here.driver.rotate(key, call());
    await here.driver.scheduleDestruction(key, undefined, undefined, call());
    const record = await here.driver.describeKey(`${key.id}/${key.version}`, call());
    expect(record).toMatchObject({ state: "destruction-scheduled", versionsComplete: false });
  });

  test("is begun though the SDK's question after it fails", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    here.emulator.faults.next("unavailable", "GetDeletedKey");
    const { record } = await here.driver.scheduleDestruction(key, undefined, undefined, call());
    expect(record.state).toBe("destruction-scheduled");
    expect(record.destroyAt).toBeInstanceOf(Date);
  });

  test("takes no window and no version, is not scheduled or cancelled twice, and not where there is no way back", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    for (const [version, window] of [
      [undefined, 7],
      [key.version, undefined],
    ] as const) {
      expect(
        await refusal((async () => here.driver.scheduleDestruction(key, version, window, call()))()),
      ).toMatchObject({ code: "UNSUPPORTED" });
    }
    expect(await refusal(here.driver.cancelDestruction(key, undefined, call()))).toMatchObject({
      code: "INVALID_STATE",
      state: "active",
    });
    await here.driver.scheduleDestruction(key, undefined, undefined, call());
    expect(await refusal(here.driver.scheduleDestruction(key, undefined, undefined, call()))).toMatchObject({
      code: "INVALID_STATE",
      state: "suspended",
    });
    const without = await stand({ retentionDays: 0 });
    const forever = await keyOf(without, ec);
    without.emulator.requests.clear();
    expect(await refusal(without.driver.scheduleDestruction(forever, undefined, undefined, call()))).toMatchObject({
      code: "UNSUPPORTED",
    });
    expect([without.emulator.requests.count("DeleteKey"), without.emulator.requests.count("UpdateKey")]).toEqual([
      0, 0,
    ]);
  });
});

describe("a deletion that takes its time", () => {
  test("shows the key as scheduled meanwhile, and cannot be cancelled before it is done", async () => {
    const here = await stand({ deletionDelayMs: 5_000 });
    const key = await keyOf(here, ec);
    const { record } = await here.driver.scheduleDestruction(key, undefined, undefined, call());
    expect(await here.driver.describeKey(key.id, call())).toEqual(record);
    expect(await refusal(here.driver.cancelDestruction(key, undefined, call()))).toMatchObject({
      code: "NOT_READY",
      outcome: "none",
    });
    here.emulator.clock.advance(5_000);
    expect((await here.driver.cancelDestruction(key, undefined, call())).record.state).toBe("disabled");
  });

  test("and a recovery that does shows it as scheduled until it is back", async () => {
    const here = await stand({ recoveryDelayMs: 5_000 });
    const key = await keyOf(here, ec);
    await here.driver.scheduleDestruction(key, undefined, undefined, call());
    const { record } = await here.driver.cancelDestruction(key, undefined, call());
    expect(record.state).toBe("destruction-scheduled");
    expect((await here.driver.describeKey(key.id, call())).state).toBe("destruction-scheduled");
    here.emulator.clock.advance(5_000);
    expect((await here.driver.describeKey(key.id, call())).state).toBe("disabled");
  });

  test("is NOT_FOUND to a driver that did not begin it, which cannot tell it from the end", async () => {
    const here = await stand({ deletionDelayMs: 5_000 });
    const key = await keyOf(here, ec);
    await here.driver.scheduleDestruction(key, undefined, undefined, call());
    const another = azureKms({ client: here.client, tier: here.tier });
    const cause = await rejection(another.describeKey(key.id, call()));
    expect(told(here, cause, "describeKey").code).toBe("NOT_FOUND");
  });
});

test("the use of a key that is to be destroyed is refused for that, though the service says only that it is not there", async () => {
  const here = await stand();
  const key = await keyOf(here, ec);
  await here.driver.scheduleDestruction(key, undefined, undefined, call());
  expect(await refusal(here.driver.sign(key, digest, call()))).toMatchObject({
    code: "INVALID_STATE",
    state: "suspended",
  });
  here.emulator.permissions.deny("Microsoft.KeyVault/vaults/keys/read");
  const cause = await rejection(here.driver.sign(key, digest, call()));
  expect(told(here, cause, "sign").code).toBe("NOT_FOUND");
});
