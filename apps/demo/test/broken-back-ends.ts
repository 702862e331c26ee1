import { KmsError, type KmsDriver } from "@kms/core";
import { keyFileRoot, memoryStore, selfManagedKms, type SqliteStore, type StoredKey } from "@kms/self-managed";
import { fileOf, type Backend, type StoreFile } from "../src/backends/backend.ts";
import { ownKeys } from "../src/backends/own-keys.ts";
import { essentialRoles } from "../src/roles.ts";
import { restart } from "../src/steps/restart.ts";

const isEssential = (algorithm: string): boolean => essentialRoles.some((role) => role.algorithm === algorithm);

/** Own keys for the essential algorithms alone (making RSA keys takes its time), with some behaviour exchanged. */
export const changedOwnKeys = (
  change: (driver: KmsDriver) => Partial<KmsDriver>,
  has: (algorithm: string) => boolean = isEssential,
): Backend => ({
  name: "changed",
  title: "own keys, changed for a test",
  open: async (clock) => {
    const store = memoryStore();
    return {
      driver: async () => {
        const driver: KmsDriver = await selfManagedKms({ store });
        const fewer = { ...driver, ...only(driver, has) };
        return { ...fewer, ...change(fewer) };
      },
      secondProcess: { staysBecause: "a memory store ends with its process" },
      advance: clock.advance,
      close: async () => store.close(),
    };
  },
});

/** The keys of some algorithms alone. */
function only(driver: KmsDriver, has: (algorithm: string) => boolean): Pick<KmsDriver, "capabilities" | "checkConf"> {
  const rows = driver.capabilities.rows.filter(({ algorithm }) => has(algorithm));
  return {
    capabilities: { ...driver.capabilities, rows },
    checkConf: (conf) => {
      if (has(conf.algorithm)) return driver.checkConf(conf);
      throw new KmsError("UNSUPPORTED", `No keys for ${conf.algorithm} in this test.`);
    },
  };
}

/** Nothing is exchanged. */
export const healthy: Backend = changedOwnKeys(() => ({}));

const asymmetric: ReadonlySet<string> = new Set(["RSA-OAEP-2048-SHA256", "ECDSA-P256-SHA256"]);

/** Has neither AES-256-GCM nor MACs, and says nothing of that beforehand. */
export const asymmetricAlone: Backend = changedOwnKeys(
  () => ({}),
  (algorithm) => asymmetric.has(algorithm),
);

/** The same, said beforehand: RSA encrypts, and there are no MACs. */
export const saidAsymmetric: Backend = {
  ...asymmetricAlone,
  instead: { encryption: "RSA-OAEP-2048-SHA256", spare: "RSA-OAEP-2048-SHA256", mac: undefined },
};

/** Decrypts what the current version and the one before it encrypted, and nothing older. */
export const forgetsVersions: Backend = changedOwnKeys((driver) => {
  let current = 1;
  return {
    rotate: async (key, call) => {
      const rotated = await driver.rotate?.(key, call);
      if (rotated === undefined) throw new Error("no rotate");
      current = Math.max(current, Number(rotated.record.currentVersion));
      return rotated;
    },
    decrypt: async (key, ciphertext, associatedData, call) => {
      if (Number(key.version) < current - 1) throw new KmsError("DECRYPTION_FAILED", "Too old for this test.");
      const answer = await driver.decrypt?.(key, ciphertext, associatedData, call);
      if (answer === undefined) throw new Error("no decrypt");
      return answer;
    },
  };
});

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

/** Unwraps data keys to other bytes. */
export const unwrapsWrongly: Backend = changedOwnKeys((driver) => ({
  unwrapDataKey: async (key, encrypted, associatedData, call) => {
    const answer = await driver.unwrapDataKey?.(key, encrypted, associatedData, call);
    if (answer === undefined) throw new Error("no unwrapDataKey");
    return { ...answer, bytes: answer.bytes.map((byte) => byte ^ 1) };
  },
}));

/** Cannot be opened at all. */
export const doesNotOpen: Backend = {
  ...healthy,
  open: () => Promise.reject(new Error("the port is taken")),
};

/** Own keys in a file, for the essential algorithms alone, with something exchanged in what opens the file. */
export const changedFile = (change: (file: StoreFile) => Partial<StoreFile>): Backend => ({
  ...ownKeys,
  open: async (clock, ground) => {
    const place = await ownKeys.open(clock, ground);
    const file = fileOf(place);
    const driver = async (): Promise<KmsDriver> => {
      const whole = await place.driver();
      return { ...whole, ...only(whole, isEssential) };
    };
    const secondProcess = { staysBecause: "the command's own test starts one" };
    return { ...place, driver, secondProcess, file: { ...file, ...change(file) } };
  },
});

/** Nothing is exchanged. */
export const healthyFile: Backend = changedFile(() => ({}));

/** The same, without the steps after the restart: opening through passphrases takes its time. */
const restarting = (change: (file: StoreFile) => Partial<StoreFile>): Backend => ({
  ...changedFile(change),
  ownSteps: [restart],
});

/** Nothing is exchanged. */
export const healthyRestart: Backend = restarting(() => ({}));

/** Takes whatever file and root it is given for the right ones. */
export const opensEveryStore: Backend = changedFile(({ path, keyFile, open }) => {
  const openOriginal = (): Promise<SqliteStore> => open(path, keyFileRoot(keyFile));
  return { open: openOriginal, create: openOriginal };
});

/** After a restart nothing is known of a key that was destroyed: its name is given away. */
export const forgetsKeys: Backend = restarting(({ open }) => ({
  open: async (path, root) => {
    const store = await open(path, root);
    const made = new Map<string, StoredKey>();
    return {
      ...store,
      get: (id) => made.get(id) ?? (id.endsWith("/demo-spare") ? undefined : store.get(id)),
      create: (record) => made.set(record.id, record).has(record.id),
    };
  },
}));

/** After a restart a destroyed key is back: another key's record stands in its place. */
export const revivesKeys: Backend = restarting(({ open }) => ({
  open: async (path, root) => {
    const store = await open(path, root);
    const get: SqliteStore["get"] = (id) => {
      const record = store.get(id.replace("spare", "encryption"));
      return record === undefined ? undefined : { ...record, id };
    };
    return { ...store, get };
  },
}));
