import type { VersionReference } from "@kms/core/driver";
import { describe, expect, it } from "vitest";
import { memoryStore, type KeyStore } from "../../src/index.ts";
import { LoadedKeys } from "../../src/records/loaded-keys.ts";
import { call, codeOf, dayMs, driverOver, makeKey, revocation, start } from "../fixture.ts";

/** A store that counts how often a record is read. */
function counting(store: KeyStore): { readonly store: KeyStore; readonly reads: () => number } {
  let reads = 0;
  const get: KeyStore["get"] = (id) => {
    reads += 1;
    return store.get(id);
  };
  return { store: { ...store, get }, reads: () => reads };
}

describe("loaded keys", () => {
  it("are read from the store once, and again only after something in it has changed", async () => {
    const inner = memoryStore();
    const driver = await driverOver(inner);
    const [key, other] = [await makeKey(driver, "AES-256-GCM"), await makeKey(driver, "AES-256-GCM")];
    const { store, reads } = counting(inner);
    const keys = new LoadedKeys(store);
    const use = (): unknown => keys.protect(key, call(), ({ secret }) => secret);
    const first = use();
    for (let count = 0; count < 100; count += 1) expect(use()).toBe(first);
    expect(reads()).toBe(1);
    await driver.setEnabled(other, undefined, false, call());
    for (let count = 0; count < 2; count += 1) expect(use()).toBe(first);
    expect(reads()).toBe(2);
  });

  it("beyond the most that stay are let go, oldest first, and loaded again", async () => {
    const inner = memoryStore();
    const driver = await driverOver(inner);
    const [one, two, three] = [
      await makeKey(driver, "AES-256-GCM"),
      await makeKey(driver, "AES-256-GCM"),
      await makeKey(driver, "AES-256-GCM"),
    ];
    const { store, reads } = counting(inner);
    const keys = new LoadedKeys(store, 2);
    for (const key of [one, two, two, one, three, two, three]) await keys.protect(key, call(), () => undefined);
    expect(reads()).toBe(3);
    await keys.protect(one, call(), ({ id }) => expect(id).toBe(one.id));
    expect(reads()).toBe(4);
  });

  it("find a version that was made elsewhere before the change counter shows it, and ask each time for one that is not", async () => {
    const inner = memoryStore();
    const driver = await driverOver(inner);
    const key = await makeKey(driver, "AES-256-GCM");
    const { store, reads } = counting({ ...inner, changeCounter: () => 0 });
    const keys = new LoadedKeys(store);
    await keys.protect(key, call(), () => undefined);
    await driver.rotate(key, call());
    await keys.protect({ ...key, version: "2" }, call(), ({ version }) => expect(version).toBe("2"));
    expect(reads()).toBe(2);
    expect(await codeOf(() => keys.open({ ...key, version: "3" }, call(), () => undefined))).toBe("DECRYPTION_FAILED");
    expect(reads()).toBe(3);
  });

  it("are let go at every change through their own driver, whatever the change counter says", async () => {
    const { store, reads } = counting({ ...memoryStore(), changeCounter: () => 0 });
    const driver = await driverOver(store);
    const due = call({ now: start + 7 * dayMs });
    const changes: Readonly<Record<string, (key: VersionReference) => Promise<unknown>>> = {
      rotate: (key) => driver.rotate(key, call()),
      disable: (key) => driver.setEnabled(key, undefined, false, call()),
      enable: (key) => driver.setEnabled(key, undefined, true, call()),
      revoke: (key) => driver.revoke(key, undefined, revocation("key-compromise"), call()),
      schedule: (key) => driver.scheduleDestruction(key, undefined, 7, call()),
      cancel: (key) => driver.cancelDestruction(key, undefined, call()),
      destroy: (key) => driver.completeDestruction(key, undefined, due),
    };
    const paths = ["rotate", "disable", "disable enable", "revoke", "schedule", "schedule cancel", "schedule destroy"];
    for (const path of paths) {
      const key = await makeKey(driver, "HMAC-SHA256");
      for (const change of path.split(" ")) {
        // A use loads the key, or is refused by its state.
        const use = (): unknown => driver.generateMac(key, new Uint8Array(1), call());
        await Promise.resolve()
          .then(use)
          .catch(() => undefined);
        await changes[change]?.(key);
        const before = reads();
        await Promise.resolve()
          .then(use)
          .catch(() => undefined);
        expect([path, change, reads() - before]).toEqual([path, change, 1]);
      }
    }
  });

  it("are not kept where a change came while they were read", async () => {
    const inner = memoryStore();
    const driver = await driverOver(inner);
    const key = await makeKey(driver, "AES-256-GCM");
    let arrive = (): void => undefined;
    const get: KeyStore["get"] = async (id) => {
      const record = inner.get(id);
      await new Promise<void>((resolve) => (arrive = resolve));
      return record;
    };
    let counter = 0;
    const { store, reads } = counting({ ...inner, get, changeCounter: () => counter });
    const keys = new LoadedKeys(store);
    const use = keys.protect(key, call(), ({ version }) => version);
    await driver.setEnabled(key, undefined, false, call());
    counter = 1;
    keys.release(key.id);
    arrive();
    expect(await use).toBe("1");
    counter = 0;
    const later = keys.protect(key, call(), () => undefined);
    arrive();
    expect(await codeOf(() => later)).toBe("INVALID_STATE");
    expect(reads()).toBe(2);
  });
});
