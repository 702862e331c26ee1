import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { isSelfManagedAlgorithm, selfManagedAlgorithms } from "../src/algorithms.ts";
import { memoryStore, type KeyStore } from "../src/index.ts";
import { associated, call, codeOf, driverOver, failure, makeKey, type Driver } from "./fixture.ts";

const none = associated();
const drain = async (list: AsyncIterable<unknown>): Promise<void> => {
  for await (const entry of list) expect(entry).toBeDefined();
};

/** The same store as one that answers later, and lets `between` happen before it writes. */
function slow(store: KeyStore, between: () => Promise<unknown> = async () => {}): KeyStore {
  const later = async <T>(value: () => T): Promise<T> => {
    await new Promise((resolve) => setImmediate(resolve));
    return value();
  };
  return {
    ...store,
    create: (record) => later(() => store.create(record) as boolean),
    get: (id) => later(() => store.get(id) as Awaited<ReturnType<KeyStore["get"]>>),
    replace: async (record, revision) => {
      await between();
      return store.replace(record, revision);
    },
  };
}

describe("the driver", () => {
  it("claims exactly the algorithms that it makes keys for, and a member for each native operation", async () => {
    const driver = await driverOver();
    for (const origin of ["generated", "imported"]) {
      const rows = driver.capabilities.rows.filter((row) => row.origin === origin);
      expect(rows.map((row) => row.algorithm)).toEqual(driver.algorithms);
    }
    expect(selfManagedAlgorithms).toHaveLength(25);
    const members: Readonly<Record<string, keyof Driver>> = {
      generateKey: "createKey",
      getKey: "describeKey",
      refreshHandle: "describeKey",
      rotateKey: "rotate",
      replaceKey: "createKey",
      importKey: "completeImport",
      disableKey: "setEnabled",
      enableKey: "setEnabled",
      revokeKey: "revoke",
      getDestructionReceipt: "completeDestruction",
    };
    for (const row of driver.capabilities.rows) {
      for (const [operation, how] of Object.entries(row.operations)) {
        if (how === "native") expect(driver[members[operation] ?? (operation as keyof Driver)]).toBeTypeOf("function");
      }
      const { generateKey, importKey, exportKey } = row.operations;
      const comes = row.origin === "imported" ? [undefined, "native", ["plain"]] : ["native", undefined, []];
      expect([generateKey, importKey, row.importForms]).toEqual(comes);
      expect([exportKey, row.version]).toEqual(["native", "caller"]);
    }
    expect([driver.verify, driver.promote, driver.continueImport]).toEqual([undefined, undefined, undefined]);
  });

  it("says of verification, RSA encryption and RSA data keys that they run locally, of all else that the keys do it", async () => {
    const { capabilities } = await driverOver();
    const local = capabilities.rows.flatMap((row) =>
      Object.entries(row.operations)
        .filter(([, how]) => how !== "native")
        .map(([operation, how]) => `${row.native.split("-")[0]} ${operation} ${how}`),
    );
    expect([...new Set(local)].toSorted()).toEqual([
      "ECDSA verify local",
      "Ed25519 verify local",
      "RSA encrypt local",
      "RSA generateDataKey local",
      "RSA verify local",
      "RSA wrapDataKey local",
    ]);
  });

  it("does not take inherited names for algorithms", () => {
    expect(["toString", "__proto__", "constructor"].map((name) => isSelfManagedAlgorithm(name as never))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("closed, answers CLOSED to everything and leaves the store to its owner", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const key = await makeKey(driver, "AES-256-GCM");
    await driver.encrypt(key, new Uint8Array(1), none, call());
    await driver.close();
    await driver.close();
    const actions: readonly (() => unknown)[] = [
      () => driver.encrypt(key, new Uint8Array(1), none, call()),
      () => driver.decrypt(key, new Uint8Array(80), none, call()),
      () => makeKey(driver, "AES-256-GCM"),
      () => driver.describeKey(key.id, call()),
      () => driver.getPublicKey(key, call()),
      () => driver.generateRandom(1, call()),
      () => driver.rotate(key, call()),
      () => driver.setEnabled(key, undefined, false, call()),
      () => driver.scheduleDestruction(key, undefined, 7, call()),
      () => driver.completeDestruction(key, undefined, call()),
      () => driver.health(call()),
      () => drain(driver.listKeys(call())),
    ];
    for (const action of actions) expect(await codeOf(action)).toBe("CLOSED");
    const other = await driverOver(store);
    await other.encrypt(key, new Uint8Array(1), none, call());
  });

  it("closed while an RSA key is generated, stores nothing", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const making = makeKey(driver, "RSA-PSS-2048-SHA256");
    await driver.close();
    expect(await codeOf(() => making)).toBe("CLOSED");
    expect([...(store.list() as Iterable<unknown>)]).toEqual([]);
  });

  it("waits for the promises of a store from another realm, such as a test runner's", async () => {
    const foreign = runInNewContext("(value) => Promise.resolve(value)") as <T>(value: T) => T;
    const store = memoryStore();
    const driver = await driverOver({ ...store, get: (id) => foreign(store.get(id)) });
    const key = await makeKey(driver, "AES-256-GCM");
    const { bytes } = await driver.encrypt(key, new Uint8Array([1, 2, 3]), none, call());
    const opened = await driver.decrypt(key, bytes, none, call());
    expect([...opened.bytes]).toEqual([1, 2, 3]);
  });

  it("maps what it does not know to UNKNOWN, and says of a mutation that it may have happened", async () => {
    const { classify } = await driverOver();
    expect(classify(new Error("disk on fire"), "generateKey")).toEqual({ code: "UNKNOWN", outcome: "unknown" });
  });
});

describe("over a store that answers later", () => {
  it("promises first, answers at once when the key is loaded, and reads again once anything has changed", async () => {
    const store = memoryStore();
    const driver = await driverOver(slow(store));
    const other = await driverOver(store);
    const key = await makeKey(driver, "AES-256-GCM");
    const first = driver.encrypt(key, new Uint8Array(1), none, call());
    expect(first).toBeInstanceOf(Promise);
    await first;
    expect(driver.encrypt(key, new Uint8Array(1), none, call())).not.toBeInstanceOf(Promise);
    await makeKey(other, "AES-256-GCM");
    const again = driver.encrypt(key, new Uint8Array(1), none, call());
    expect(again).toBeInstanceOf(Promise);
    await again;
    await other.setEnabled(key, undefined, false, call());
    expect(await codeOf(() => driver.encrypt(key, new Uint8Array(1), none, call()))).toBe("INVALID_STATE");
  });

  it("a transition that loses against another is CONFLICT, outcome none, and wrote nothing", async () => {
    const store = memoryStore();
    const other = await driverOver(store);
    const key = await makeKey(other, "AES-256-GCM");
    const slower = await driverOver(slow(store, () => other.rotate(key, call())));
    const error = await failure(() => slower.setEnabled(key, undefined, false, call()));
    expect([error.code, error.outcome, error.keyId, error.retryable]).toEqual(["CONFLICT", "none", key.id, false]);
    const { versions } = await other.describeKey(key.id, call());
    expect(versions.map(({ native }) => native)).toEqual(["enabled", "enabled"]);
    expect(await codeOf(() => slower.rotate(key, call()))).toBe("CONFLICT");
  });
});
