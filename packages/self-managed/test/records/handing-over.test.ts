import { KmsError } from "@kms/core/driver";
import { describe, expect, it } from "vitest";
import { memoryStore, type KeyMaterial, type KeyStore } from "../../src/index.ts";
import { call, codeOf, driverOver, makeKey } from "../fixture.ts";
import { makeStore } from "../stores/sqlite-fixture.ts";

/** A store that notes the material of the newest version that it is given, and what else it does with it. */
function noting(
  store: KeyStore,
  changes: Partial<KeyStore> = {},
): { readonly store: KeyStore; readonly given: KeyMaterial[] } {
  const given: KeyMaterial[] = [];
  const inner: KeyStore = { ...store, ...changes };
  const note = (material: KeyMaterial | undefined): unknown => material !== undefined && given.push(material);
  const noted: KeyStore = {
    ...inner,
    create: (record) => {
      note(record.versions.at(-1)?.material);
      return inner.create(record);
    },
    replace: (record, revision) => {
      note(record.versions.at(-1)?.material);
      return inner.replace(record, revision);
    },
  };
  return { store: noted, given };
}

function isErased(material: KeyMaterial): boolean {
  try {
    return material.use(() => false);
  } catch {
    return true;
  }
}

describe("new key material", () => {
  it("is overwritten once a store has sealed a copy of it", async () => {
    const { store, given } = noting((await makeStore()).store);
    const driver = await driverOver(store);
    const key = await makeKey(driver, "AES-256-GCM");
    await driver.rotate(key, call());
    const conf = driver.checkConf({ name: "imported", algorithm: "AES-256-GCM" });
    const ticket = await driver.beginImport(conf, undefined, call());
    await driver.completeImport(ticket, conf, new Uint8Array(32).fill(3), call());
    expect(given.map(isErased)).toEqual([true, true, true]);
  });

  it("stays with a store that keeps the record itself", async () => {
    const { store, given } = noting(memoryStore());
    const driver = await driverOver(store);
    await driver.rotate(await makeKey(driver, "AES-256-GCM"), call());
    expect(given.map(isErased)).toEqual([false, false]);
  });

  it("is overwritten where the same call made the key before, whichever store has it", async () => {
    const { store, given } = noting(memoryStore());
    const driver = await driverOver(store);
    const once = { idempotencyToken: "same" };
    for (let time = 0; time < 2; time += 1) await makeKey(driver, "AES-256-GCM", { name: "one" }, once);
    expect(given.map(isErased)).toEqual([false, true]);
  });

  it("is overwritten where nothing was stored, and stays where that is not known", async () => {
    const failing = (outcome: "none" | "unknown"): Partial<KeyStore> => ({
      create: () => {
        throw new KmsError("UNAVAILABLE", "not now", { outcome });
      },
      replace: () => false,
    });
    const inner = memoryStore();
    const key = await makeKey(await driverOver(inner), "AES-256-GCM");
    const [none, unknown] = [noting(inner, failing("none")), noting(inner, failing("unknown"))];
    const [driver, other] = [await driverOver(none.store), await driverOver(unknown.store)];
    expect(await codeOf(() => makeKey(driver, "AES-256-GCM"))).toBe("UNAVAILABLE");
    expect(await codeOf(() => driver.rotate(key, call()))).toBe("CONFLICT");
    expect(await codeOf(() => makeKey(other, "AES-256-GCM"))).toBe("UNAVAILABLE");
    expect([...none.given, ...unknown.given].map(isErased)).toEqual([true, true, false]);
  });
});
