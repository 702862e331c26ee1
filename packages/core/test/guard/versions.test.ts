import { describe, expect, it } from "vitest";
import { KmsError, type KeyRecord, type NativeState } from "../../src/driver.ts";
import { code, data, failure, given, sealer, settle, vendor } from "./given.ts";
import { changingDriver } from "./changing-driver.ts";
import { curvePair, keyedDriver, signingDriver, version, type KeyedDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const pair = { algorithm: "ECDSA-P256-SHA256" } as const;

/** Puts a record of these versions into a driver; the last of them is current. */
const listed = (driver: KeyedDriver, ...versions: readonly (readonly [name: string, native: NativeState])[]): void => {
  driver.record = {
    ...driver.record,
    currentVersion: versions.at(-1)?.[0],
    versions: versions.map(([name, native]) => version(name, { native })),
  };
};

describe("under the name of a key stands another one, none of whose versions the handle pins", () => {
  it("nothing is protected under it, nothing exported of it, and it is not replaced: TAMPERED", async () => {
    const operations = ["encrypt", "decrypt", "generateKey", "replaceKey"] as const;
    const driver = keyedDriver({ row: { operations } });
    const { kms } = given(driver, { maxStateAgeMs: 0 });
    const key = await kms.generateKey("it", aes);
    await kms.encrypt(key, data);
    listed(driver, ["9", "enabled"]);
    expect(await code(kms.encrypt(key, data))).toBe("TAMPERED");
    expect(await code(kms.replaceKey(key))).toBe("TAMPERED");
    driver.record = { ...driver.record, versionsComplete: false };
    expect(await kms.encrypt(key, data)).toBeInstanceOf(Uint8Array); // a list that is not whole proves nothing
  });
});

describe("a newer handle of a key", () => {
  it("protects under the version that it knows to be newer, whatever an older handle left in memory", async () => {
    const driver = keyedDriver();
    const { kms } = given(driver, { sealer, maxStateAgeMs: 3_600_000 });
    const old = await kms.sealHandle(await kms.generateKey("it", aes));
    listed(driver, ["1", "enabled"], ["2", "enabled"]);
    const fresh = await kms.sealHandle(await kms.getKey("it", "store/key", aes));
    const used: (string | undefined)[] = [];
    const { encrypt = () => expect.unreachable() } = driver;
    Object.assign(driver, {
      encrypt: (...[key, ...rest]: Parameters<typeof encrypt>) => (used.push(key.version), encrypt(key, ...rest)),
      describeKey: async () => Promise.reject(vendor("PERMISSION_DENIED")),
    });
    const { kms: user } = given(driver, { sealer, maxStateAgeMs: 3_600_000 });
    await user.encrypt(await user.openHandle(old), data);
    const newer = await user.openHandle(fresh);
    await user.encrypt(newer, data);
    await user.encrypt(newer, data);
    expect(used).toEqual(["1", "2", "2"]);
  });
});

describe("rotateKey", () => {
  it.each(["disabled", "destruction-scheduled"] as const)(
    "is INVALID_STATE, outcome done, where the new version is %s by the time that it is read",
    async (native) => {
      const pairs = [curvePair("P-256"), curvePair("P-256")];
      const driver = signingDriver(pairs.slice(0, 1));
      const [first = expect.unreachable(), second = expect.unreachable()] = pairs.map(({ spki }, at) =>
        version(String(at + 1), { publicKey: spki, native: at === 1 ? native : "enabled" }),
      );
      Object.assign(driver, {
        rotate: async () => {
          driver.record = { ...driver.record, versions: [first, second] };
          return { record: driver.record, version: "2" };
        },
      });
      const { kms } = given(driver);
      const key = await kms.generateKey("it", pair);
      expect(await failure(kms.rotateKey(key))).toMatchObject({ code: "INVALID_STATE", outcome: "done" });
    },
  );

  it("says that another version is made by repeating it, where what was made could not be read", async () => {
    const driver = signingDriver([curvePair("P-256")]);
    const { kms } = given(driver, { retries: 0 });
    const key = await kms.generateKey("it", pair);
    Object.assign(driver, {
      rotate: async () => {
        Object.assign(driver, { describeKey: async () => Promise.reject(vendor("PERMISSION_DENIED")) });
        return { record: driver.record, version: "2" };
      },
    });
    const error = await failure(kms.rotateKey(key));
    expect(error).toMatchObject({ code: "PERMISSION_DENIED", outcome: "done" });
    expect(error.message).toContain("Rotating again makes another");
  });
});

describe("a key that has no version yet because it is still being made", () => {
  const pending: Partial<KeyRecord<never>> = { state: "pending", currentVersion: undefined, versions: [] };

  it("is waited for when it is made, and NOT_READY when it is adopted", async () => {
    const driver = keyedDriver({ record: pending });
    const { kms, clock } = given(driver);
    expect(await code(kms.getKey("it", "store/key", aes))).toBe("NOT_READY");
    const made = kms.generateKey("it", aes);
    await settle();
    driver.record = { ...driver.record, state: "enabled", currentVersion: "1", versions: [version("1")] };
    expect(await kms.encrypt(await clock.drain(made), data)).toBeInstanceOf(Uint8Array);
  });
});

describe("getDestructionReceipt", () => {
  it("proves nothing of a version that neither the key nor the handle knows", async () => {
    const driver = keyedDriver({ row: { operations: ["encrypt", "decrypt", "getDestructionReceipt"] } });
    const unit = { disable: "version", revoke: "version", destroy: "version" };
    Object.assign(driver, { capabilities: { ...driver.capabilities, unit } });
    const { kms } = given(driver, { sealer });
    const key = await kms.generateKey("it", aes);
    const receipt = (keyVersion: string) => kms.getDestructionReceipt(key, { keyVersion });
    expect(await code(receipt("99"))).toBe("NOT_FOUND");
    expect(await code(receipt("1"))).toBe("NOT_READY");
    listed(driver, ["2", "enabled"]);
    expect(await receipt("1")).toMatchObject({ keyId: "store/key", level: "provider-reported" }); // the handle pins it
  });
});

describe("cancelDestruction of a whole key whose versions are scheduled one by one", () => {
  it("waits until none of them reads scheduled, though another version keeps the key alive", async () => {
    let reads = 0;
    const driver = changingDriver({
      cancelDestruction: async () => ({ record: driver.record, unfinished: [] }),
    });
    const unit = { disable: "version", revoke: "version", destroy: "version" };
    Object.assign(driver, { capabilities: { ...driver.capabilities, unit } });
    const { kms, clock } = given(driver);
    const key = await kms.generateKey("it", aes);
    listed(driver, ["1", "destruction-scheduled"], ["2", "enabled"]);
    const { describeKey } = driver;
    Object.assign(driver, {
      describeKey: async (...given: Parameters<typeof describeKey>) => {
        reads += 1;
        if (reads === 4) listed(driver, ["1", "disabled"], ["2", "enabled"]);
        return describeKey(...given);
      },
    });
    expect(await clock.drain(kms.cancelDestruction(key))).toMatchObject({ state: "active" });
    expect(reads).toBe(4);
  });
});

it("decryptNative refuses to be told a version where the provider finds it", async () => {
  const driver = keyedDriver({ row: { version: "provider" } });
  const { kms } = given(driver);
  const key = await kms.generateKey("it", aes);
  expect(await code(kms.decryptNative(key, data, {}, { keyVersion: "1" }))).toBe("UNSUPPORTED");
  expect(KmsError.isInstance(await kms.decryptNative(key, data).catch((error: unknown) => error))).toBe(false);
});
