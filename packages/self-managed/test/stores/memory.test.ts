import { describe, expect, it } from "vitest";
import { KeyMaterial, memoryStore } from "../../src/index.ts";
import { associated, call, codeOf, driverOver, makeKey } from "../fixture.ts";
import { describeKeyStore, record } from "./store-suite.ts";

describeKeyStore("memoryStore", async () => memoryStore());

describe("memoryStore", () => {
  it("answers at once", () => {
    const store = memoryStore();
    const made = record(store, "a");
    expect([store.create(made), store.get(made.id), store.replace({ ...made, revision: 2 }, 1)]).toEqual([
      true,
      made,
      true,
    ]);
  });

  it("overwrites what is dropped, and everything when it closes", async () => {
    const store = memoryStore();
    const [dropped, kept] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const made = record(store, "a");
    const [template] = made.versions;
    if (template === undefined) return expect.unreachable();
    const versions = [dropped, kept].map((bytes, index) => ({
      ...template,
      version: `${index + 1}`,
      material: new KeyMaterial(bytes),
    }));
    await store.create({ ...made, versions });
    await store.replace({ ...made, revision: 2, versions: versions.slice(1) }, 1);
    expect([dropped.every((byte) => byte === 0), kept.every((byte) => byte === 2)]).toEqual([true, true]);
    await store.close();
    expect(kept.every((byte) => byte === 0)).toBe(true);
  });

  it("closed, ends the use of keys that drivers have loaded", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const key = await makeKey(driver, "AES-256-GCM");
    await driver.encrypt(key, new Uint8Array(1), associated(), call());
    await store.close();
    expect(await codeOf(() => driver.encrypt(key, new Uint8Array(1), associated(), call()))).toBe("CLOSED");
  });

  it("says that its keys end with the process and that nothing protects against rollback", async () => {
    const health = await (await driverOver()).health(call());
    expect(health.rollbackProtection).toBe("none");
    expect(health.notes.some((note) => note.includes("end with this process"))).toBe(true);
  });
});
