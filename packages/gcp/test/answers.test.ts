import type { KeyManagementServiceClient } from "@google-cloud/kms";
import { describe, expect, test } from "vitest";
import { gcpKms } from "../src/index.ts";
import { guarded, kmsOver } from "./guarded.ts";
import { bytes, call, complete, context, freshName, keyOf, refusal, stand } from "./setup.ts";

type Method =
  | ("createCryptoKey" | "createCryptoKeyVersion" | "updateCryptoKeyPrimaryVersion" | "updateCryptoKeyVersion")
  | ("getCryptoKey" | "destroyCryptoKeyVersion" | "restoreCryptoKeyVersion")
  | ("encrypt" | "asymmetricSign" | "macSign" | "macVerify");

/** The client, but one method answers under another name: of a server that does something else than it was asked. */
function misnaming(client: KeyManagementServiceClient, method: Method, rename: (name: string) => string) {
  const ask = Reflect.get(client, method) as (...given: unknown[]) => Promise<{ name: string }[]>;
  return Object.assign(Object.create(client) as KeyManagementServiceClient, {
    [method]: async (...given: unknown[]) => {
      const [answer, ...rest] = await ask.apply(client, given);
      return [{ ...answer, name: rename(String(answer?.name)) }, ...rest];
    },
  });
}

const ofAnotherKey = (name: string): string => name.replace("keyRings/tests", "keyRings/others");
const another = (name: string): string => name.replace(/[0-9]+$/, (number) => (number === "1" ? "2" : "1"));

describe("a change that is answered under another name is TAMPERED, and may have happened", () => {
  test.each([
    ["createCryptoKeyVersion", ofAnotherKey],
    ["createCryptoKeyVersion", another], // a version that was there before
    ["updateCryptoKeyPrimaryVersion", ofAnotherKey],
    ["updateCryptoKeyVersion", ofAnotherKey],
    ["updateCryptoKeyVersion", another],
    ["destroyCryptoKeyVersion", another],
    ["restoreCryptoKeyVersion", another],
  ] as const)("%s (case %#)", async (method, rename) => {
    const here = await stand();
    const key = await keyOf(here, "AES-256-GCM");
    await here.driver.rotate(key, call());
    if (method === "restoreCryptoKeyVersion") await here.driver.scheduleDestruction(key, "1", undefined, call());
    const { keyRing } = here;
    const driver = complete(gcpKms({ client: misnaming(here.client, method, rename), keyRing }));
    const work = {
      createCryptoKeyVersion: () => driver.rotate(key, call()),
      updateCryptoKeyPrimaryVersion: () => driver.promote({ ...key, version: "2" }, call()),
      updateCryptoKeyVersion: () => driver.setEnabled(key, "1", false, call()),
      destroyCryptoKeyVersion: () => driver.scheduleDestruction(key, "1", undefined, call()),
      restoreCryptoKeyVersion: () => driver.cancelDestruction(key, "1", call()),
    };
    expect(await refusal(work[method]())).toMatchObject({ code: "TAMPERED", outcome: "unknown", keyId: key.id });
  });

  test("but nothing has happened where it was the reading before", async () => {
    const { client, keyRing, ...here } = await stand();
    const key = await keyOf({ client, keyRing, ...here }, "HMAC-SHA256");
    const driver = complete(gcpKms({ client: misnaming(client, "getCryptoKey", ofAnotherKey), keyRing }));
    for (const work of [() => driver.rotate(key, call()), () => driver.setEnabled(key, undefined, false, call())]) {
      expect(await refusal(work())).toMatchObject({ code: "TAMPERED", outcome: "none" });
    }
  });

  test("createCryptoKey", async () => {
    const { client, keyRing } = await stand();
    const { createKey } = gcpKms({ client: misnaming(client, "createCryptoKey", ofAnotherKey), keyRing });
    for (const algorithm of ["AES-256-GCM", "HMAC-SHA256"] as const) {
      const made = createKey({ algorithm, name: freshName() }, call());
      expect(await refusal(made)).toMatchObject({ code: "TAMPERED", outcome: "unknown" });
    }
  });
});

test("a rotation after which another version is primary, or none, is TAMPERED, and may have happened", async () => {
  const here = await stand();
  const key = await keyOf(here, "AES-256-GCM");
  await here.driver.rotate(key, call());
  for (const primary of [{ name: `${key.id}/cryptoKeyVersions/1` }, null]) {
    const client = Object.assign(Object.create(here.client) as KeyManagementServiceClient, {
      updateCryptoKeyPrimaryVersion: async () => [{ name: key.id, primary }],
    });
    const driver = complete(gcpKms({ client, keyRing: here.keyRing }));
    const promoted = driver.promote({ ...key, version: "2" }, call());
    expect(await refusal(promoted)).toMatchObject({ code: "TAMPERED", outcome: "unknown", keyId: key.id });
  }
});

test("a use that another key answered is TAMPERED, and so is another version where one was named", async () => {
  const here = await guarded();
  const [aes, pair, mac] = [
    await here.kms.generateKey("gcp", { algorithm: "AES-256-GCM" }),
    await here.kms.generateKey("gcp", { algorithm: "ECDSA-P256-SHA256" }),
    await here.kms.generateKey("gcp", { algorithm: "HMAC-SHA256" }),
  ];
  const made = await here.kms.generateMac(mac, bytes("m"));
  const over = (method: Method, rename: (name: string) => string) =>
    kmsOver({ ...here, client: misnaming(here.client, method, rename) });
  const open = async (kms: typeof here.kms, key: typeof mac) => kms.openHandle(await here.kms.sealHandle(key));
  for (const [method, key, use] of [
    ["encrypt", aes, (kms, handle) => kms.encrypt(handle, bytes("m"))],
    ["encrypt", aes, (kms, handle) => kms.generateDataKey(handle, 32)],
    ["asymmetricSign", pair, (kms, handle) => kms.sign(handle, bytes("m"))],
    ["macSign", mac, (kms, handle) => kms.generateMac(handle, bytes("m"))],
    ["macVerify", mac, (kms, handle) => kms.verifyMac(handle, bytes("m"), made)],
  ] as readonly (readonly [Method, typeof mac, (kms: typeof here.kms, handle: never) => Promise<unknown>])[]) {
    for (const rename of method === "encrypt" ? [ofAnotherKey] : [ofAnotherKey, another]) {
      const kms = over(method, rename);
      const handle = await open(kms, key);
      expect(await refusal(use(kms, handle as never)), method).toMatchObject({ code: "TAMPERED", outcome: "none" });
    }
  }
});

test("an answer that names no key version at all is TAMPERED", async () => {
  const here = await stand();
  const key = await keyOf(here, "AES-256-GCM");
  for (const rename of [() => key.id, () => "x", () => `${key.id}/cryptoKeyVersions/0`]) {
    const driver = complete(gcpKms({ client: misnaming(here.client, "encrypt", rename), keyRing: here.keyRing }));
    expect(await refusal(driver.encrypt(key, bytes("x"), context(), call()))).toMatchObject({ code: "TAMPERED" });
  }
});

test("random bytes of another number than was asked for are not handed out", async () => {
  const { client, keyRing } = await stand();
  const more = Object.assign(Object.create(client) as KeyManagementServiceClient, {
    generateRandomBytes: (request: { readonly lengthBytes: number }, options: object) =>
      client.generateRandomBytes({ ...request, lengthBytes: request.lengthBytes + 1 }, options),
  });
  const { generateRandom } = complete(gcpKms({ client: more, keyRing }));
  expect(await refusal((async () => generateRandom(16, call()))())).toMatchObject({ code: "UNKNOWN" });
});
