import { KeyManagementServiceClient } from "@google-cloud/kms";
import { startGcpEmulator, type GcpEmulatorOptions } from "@kms/emulators/gcp";
import { expect, test } from "vitest";
import { gcpKms } from "../src/index.ts";
import { liveAccount } from "./live-account.ts";
import { call, complete, endWithTest, placeOf, target } from "./setup.ts";

/** A live run's account, at an emulator; its clean-up closes its client, so a second one looks at what is left. */
async function account(options: GcpEmulatorOptions = {}) {
  const emulator = await startGcpEmulator(options);
  endWithTest(() => emulator.close());
  const looking = new KeyManagementServiceClient(emulator.clientConfiguration);
  endWithTest(() => looking.close());
  const client = new KeyManagementServiceClient(emulator.clientConfiguration);
  const live = liveAccount(placeOf(emulator).parent, "1", client);
  const driver = complete(gcpKms({ client, keyRing: live.keyRing, createKeyRing: true }));
  const states = async (name: string) =>
    (await looking.listCryptoKeyVersions({ parent: name }))[0].map(({ state }) => state);
  return { ...live, emulator, driver, looking, states };
}

test("a live run leaves no version that costs money and no key that rotates by itself", async () => {
  const { driver, cleanUp, looking, states } = await account();
  const aes = await driver.createKey({ algorithm: "AES-256-GCM", name: "a", rotateEveryDays: 30 }, call());
  const mac = target(await driver.createKey({ algorithm: "HMAC-SHA256", name: "m" }, call()), "HMAC-SHA256");
  await driver.rotate(mac, call());
  await driver.setEnabled(mac, "1", false, call());
  const gone = await driver.createKey({ algorithm: "HMAC-SHA256", name: "g" }, call());
  await driver.scheduleDestruction(target(gone, "HMAC-SHA256"), undefined, undefined, call());
  expect(await cleanUp()).toEqual({ keys: 3, failures: [] });
  expect(await states(aes.id)).toEqual(["DESTROY_SCHEDULED"]);
  expect(await states(mac.id)).toEqual(["DESTROY_SCHEDULED", "DESTROY_SCHEDULED"]);
  expect((await looking.getCryptoKey({ name: aes.id }))[0].rotationPeriod ?? undefined).toBeUndefined();
});

test("a live run that made nothing has nothing to clean up", async () => {
  expect(await (await account()).cleanUp()).toEqual({ keys: 0, failures: [] });
});

test("a live run says what it could not clean up, and goes on with the rest", async () => {
  const { driver, cleanUp, emulator, states } = await account({ generationDelayMs: 1_000 });
  const mac = await driver.createKey({ algorithm: "HMAC-SHA256", name: "a" }, call());
  await driver.createKey({ algorithm: "ECDSA-P256-SHA256", name: "b" }, call());
  await driver.createKey({ algorithm: "HMAC-SHA256", name: "c" }, call());
  emulator.faults.next({ error: "PERMISSION_DENIED" }, "DestroyCryptoKeyVersion");
  const { keys, failures } = await cleanUp();
  expect(keys).toBe(3);
  expect(failures.map((failure) => failure.slice(failure.indexOf("cryptoKeys/"), failure.indexOf(": ")))).toEqual([
    "cryptoKeys/a/cryptoKeyVersions/1",
    "cryptoKeys/b/cryptoKeyVersions/1",
  ]);
  expect(await states(mac.id)).toEqual(["ENABLED"]);
  expect(await states(mac.id.replace(/a$/, "c"))).toEqual(["DESTROY_SCHEDULED"]);
});
