import { describe, expect, it } from "vitest";
import type { KmsDriver } from "../../src/driver.ts";
import { describeCiphertext } from "../../src/index.ts";
import { data, given, sealer } from "./given.ts";
import { curvePair, keyedDriver, signingDriver, version, type KeyedDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const ecdsa = { algorithm: "ECDSA-P256-SHA256" } as const;
const minute = 60_000;

describe("the handle that a rotation answers", () => {
  const [first, second] = [curvePair("P-256"), curvePair("P-256")];
  const two = [version("1", { publicKey: first.spki }), version("2", { publicKey: second.spki })];
  const rotatable = (more: Partial<KmsDriver<never, never>>): KeyedDriver =>
    signingDriver([first, second], { record: { currentVersion: "1", versions: two.slice(0, 1) }, driver: more });

  it("signs with the version it made where the provider still shows the old one as current", async () => {
    const driver: KeyedDriver = rotatable({ rotate: async () => ({ record: driver.record, version: "2" }) });
    const { kms } = given(driver, { sealer });
    const key = await kms.generateKey("it", ecdsa);
    driver.record = { ...driver.record, currentVersion: "1", versions: two };
    const rotated = await kms.openHandle(await kms.sealHandle(await kms.rotateKey(key)), ecdsa);
    expect((await kms.sign(rotated, data)).keyVersion).toBe("2");
  });

  it("signs with the version it promoted where the promotion answers what was before", async () => {
    const driver: KeyedDriver = rotatable({
      rotate: async () => ({ record: driver.record, version: "2" }),
      promote: async () => ({ ...driver.record, currentVersion: "1", versions: two.slice(0, 1) }),
    });
    const { kms } = given(driver);
    const key = await kms.generateKey("it", ecdsa);
    driver.record = { ...driver.record, currentVersion: "1", versions: two };
    expect((await kms.sign(await kms.rotateKey(key), data)).keyVersion).toBe("2");
  });

  it("encrypts under the version it made where the provider still shows the old one as current", async () => {
    const driver: KeyedDriver = keyedDriver({
      row: { operations: ["encrypt", "rotateKey"] },
      driver: { rotate: async () => ({ record: driver.record, version: "2" }) },
    });
    const { kms, clock } = given(driver);
    const key = await kms.generateKey("it", aes);
    driver.record = { ...driver.record, currentVersion: "1", versions: [version("1"), version("2")] };
    const rotated = await kms.rotateKey(key);
    for (const handle of [rotated, key]) {
      expect(describeCiphertext(await kms.encrypt(handle, data)).keyVersion).toBe("2");
    }
    clock.advance(minute + 1);
    driver.record = { ...driver.record, currentVersion: "2" };
    expect(describeCiphertext(await kms.encrypt(rotated, data)).keyVersion).toBe("2");
  });

  it("signs with what somebody else's rotation made meanwhile", async () => {
    const third = version("3", { publicKey: second.spki });
    const driver: KeyedDriver = signingDriver([first, second, second], {
      record: { currentVersion: "1", versions: two.slice(0, 1) },
      driver: { rotate: async () => ({ record: driver.record, version: "2" }) },
    });
    const { kms } = given(driver);
    const key = await kms.generateKey("it", ecdsa);
    driver.record = { ...driver.record, currentVersion: "3", versions: [...two, third] };
    expect((await kms.sign(await kms.rotateKey(key), data)).keyVersion).toBe("3");
  });
});
