import type { KeyClient } from "@azure/keyvault-keys";
import { expect, test } from "vitest";
import { guarded, kmsOver, type Guarded } from "../guarded.ts";
import { call, nameIn, refusal } from "../setup.ts";

const algorithm = "ECDSA-P256-SHA256";

/** A `Kms` over the same clients, with methods of the `KeyClient` in other hands. */
function tampered(here: Guarded, methods: Partial<KeyClient>) {
  const keys = new Proxy(here.client.keys, {
    get: (client, name) => {
      const found: unknown = Reflect.get(methods, name) ?? Reflect.get(client, name);
      return typeof found === "function" && !(name in methods) ? (found.bind(client) as unknown) : found;
    },
  });
  return kmsOver({ client: { ...here.client, keys }, tier: here.tier });
}
const elsewhere = <K extends { readonly id?: string | undefined }>(key: K): K => ({
  ...key,
  id: `${key.id}`.replace("/keys/", "/keys/x"),
});

test("A change of all versions says unknown where one of them may have been changed, whatever failed before it", async () => {
  const here = await guarded();
  const first = await here.kms.generateKey("azure", { algorithm });
  here.emulator.clock.advance(2_000);
  const key = await here.kms.rotateKey(first);
  let asked = 0;
  const kms = tampered(here, {
    updateKeyProperties: async (...given: unknown[]) => {
      asked += 1;
      if (asked === 1) throw Object.assign(new Error("no"), { name: "RestError", statusCode: 403, code: "Forbidden" });
      await (here.client.keys.updateKeyProperties as (...given: unknown[]) => Promise<unknown>)(...given);
      throw Object.assign(new Error("read ECONNRESET"), { name: "RestError", code: "ECONNRESET" });
    },
  });
  const error = await refusal(kms.disableKey(await kms.openHandle(await here.kms.sealHandle(key), { algorithm })));
  expect(error.outcome).toBe("unknown");
  const { versions } = await here.driver.describeKey(key.keyId, call());
  expect(versions.map(({ native }) => native)).toEqual(["enabled", "disabled"]);
});

test("A rotation, a new key and a change that another key seems to have answered are TAMPERED, outcome unknown", async () => {
  const here = await guarded();
  const key = await here.kms.generateKey("azure", { algorithm });
  const { keys } = here.client;
  const kms = tampered(here, {
    rotateKey: async (...given) => elsewhere(await keys.rotateKey(...given)),
    createKey: async (...given) => elsewhere(await keys.createKey(...given)),
  });
  const handle = await kms.openHandle(await here.kms.sealHandle(key), { algorithm });
  const unknown = { code: "TAMPERED", outcome: "unknown" };
  expect(await refusal(kms.rotateKey(handle))).toMatchObject(unknown);
  expect(await refusal(kms.generateKey("azure", { algorithm, name: "made-anyway" }))).toMatchObject(unknown);
  expect((await keys.getKey("made-anyway")).name).toBe("made-anyway");
  const odd = tampered(here, {
    updateKeyProperties: async (...given: unknown[]) => {
      const changed = await (keys.updateKeyProperties as (...given: unknown[]) => ReturnType<KeyClient["getKey"]>)(
        ...given,
      );
      return { ...changed, key: { ...changed.key, x: new Uint8Array(32).fill(9) } };
    },
  });
  expect(
    await refusal(odd.disableKey(await odd.openHandle(await here.kms.sealHandle(key), { algorithm }))),
  ).toMatchObject(unknown);
  expect((await keys.getKey(nameIn(key.keyId))).properties.enabled).toBe(false);
});
