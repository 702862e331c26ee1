import { KmsError, type KmsDriver } from "@kms/core";
import { memoryStore, selfManagedKms } from "@kms/self-managed";
import type { Backend } from "../src/backends/backend.ts";
import { essentialRoles } from "../src/roles.ts";

/** Own keys for the essential algorithms alone (making RSA keys takes its time), with some behaviour exchanged. */
export const changedOwnKeys = (change: (driver: KmsDriver) => Partial<KmsDriver>): Backend => ({
  name: "changed",
  title: "own keys, changed for a test",
  open: async (clock) => {
    const store = memoryStore();
    return {
      driver: async () => {
        const driver: KmsDriver = await selfManagedKms({ store });
        const essential = { ...driver, ...essentialAlone(driver) };
        return { ...essential, ...change(essential) };
      },
      secondProcess: { staysBecause: "a memory store ends with its process" },
      advance: clock.advance,
      close: async () => store.close(),
    };
  },
});

function essentialAlone(driver: KmsDriver): Pick<KmsDriver, "capabilities" | "checkConf"> {
  const isEssential = (algorithm: string): boolean => essentialRoles.some((role) => role.algorithm === algorithm);
  const rows = driver.capabilities.rows.filter(({ algorithm }) => isEssential(algorithm));
  return {
    capabilities: { ...driver.capabilities, rows },
    checkConf: (conf) => {
      if (isEssential(conf.algorithm)) return driver.checkConf(conf);
      throw new KmsError("UNSUPPORTED", `No keys for ${conf.algorithm} in this test.`);
    },
  };
}

/** Nothing is exchanged. */
export const healthy: Backend = changedOwnKeys(() => ({}));

/** Opens whatever it is given, with whatever associated data: what it encrypted last comes out. */
export const opensEverything: Backend = changedOwnKeys((driver) => {
  let kept: Uint8Array = new Uint8Array(0);
  return {
    encrypt: (key, plaintext, associatedData, call) => {
      kept = plaintext.slice();
      return driver.encrypt?.(key, plaintext, associatedData, call) ?? Promise.reject(new Error("no encrypt"));
    },
    decrypt: async (key, ciphertext, associatedData, call) => {
      try {
        const answer = await driver.decrypt?.(key, ciphertext, associatedData, call);
        if (answer !== undefined) return answer;
      } catch {
        // The fault under test: a failed tag is passed over.
      }
      return { bytes: kept.slice(), id: key.id, version: key.version };
    },
  };
});

/** Every MAC holds. */
export const everyMacHolds: Backend = changedOwnKeys(() => ({
  verifyMac: (key) => ({ valid: true, id: key.id, version: key.version }),
}));

/** A disabled key is still used. */
export const disablesNothing: Backend = changedOwnKeys((driver) => ({
  setEnabled: async (key, _version, _enabled, call) => ({
    record: await driver.describeKey(key.id, call),
    unfinished: [],
  }),
}));

/** Decrypts to other bytes. */
export const decryptsWrongly: Backend = changedOwnKeys((driver) => ({
  decrypt: async (key, ciphertext, associatedData, call) => {
    const answer = await driver.decrypt?.(key, ciphertext, associatedData, call);
    if (answer === undefined) throw new Error("no decrypt");
    return { ...answer, bytes: answer.bytes.map((byte) => byte ^ 1) };
  },
}));

/** Cannot be opened at all. */
export const doesNotOpen: Backend = {
  ...healthy,
  open: () => Promise.reject(new Error("the port is taken")),
};
