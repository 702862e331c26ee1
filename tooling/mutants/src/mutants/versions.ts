import { KmsError, type AssociatedData, type KmsDriver } from "@kms/core/driver";
import { member, toHex } from "../member.ts";
import type { Mutant } from "../mutant.ts";

const none: AssociatedData = { map: {}, bytes: new Uint8Array() };

/** What is broken in telling versions of a key apart, and in data keys that the caller brings. */
export const versionMutants: readonly Mutant[] = [
  {
    name: "rotate gives AES keys a new version of the old material",
    base: "self-managed",
    breaks: oldMaterial,
    fails: ["rotation/material-apart"],
  },
  {
    name: "unwrapKey opens what any version of the key wrapped",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      unwrapKey: async (key, wrapped, call) => {
        const unwrap = member(driver, "unwrapKey");
        const answer = await firstOf(["1", "2", key.version], (version) => unwrap({ ...key, version }, wrapped, call));
        return { ...(answer ?? (await unwrap(key, wrapped, call))), version: key.version };
      },
    }),
    fails: ["rotation/material-apart", "wrapping/every-byte-flipped"],
  },
  {
    name: "unwrapDataKey takes the name of any version of the key",
    base: "self-managed",
    breaks: anyVersionsName,
    fails: ["rotation/data-key-versions"],
  },
  {
    name: "verifyMac accepts a MAC of any version of the key",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      verifyMac: async (key, message, mac, call) => {
        const own = await member(driver, "verifyMac")(key, message, mac, call);
        if (own.valid) return own;
        const { versions } = await driver.describeKey(key.id, call);
        const valid = await firstOf(versions, async ({ version }) => {
          const found = await member(driver, "verifyMac")({ ...key, version }, message, mac, call);
          return found.valid || undefined;
        });
        return { ...own, valid: valid ?? false };
      },
    }),
    fails: ["rotation/proof-versions"],
  },
  {
    name: "wrapDataKey does not bind associated data",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      wrapDataKey: (key, plaintext, _, call) => member(driver, "wrapDataKey")(key, plaintext, none, call),
      unwrapDataKey: async (key, encrypted, associatedData, call) => {
        const unwrap = member(driver, "unwrapDataKey");
        const bare = await firstOf([none], (entries) => unwrap(key, encrypted, entries, call));
        return bare ?? unwrap(key, encrypted, associatedData, call);
      },
    }),
    fails: ["data-keys/wrapped-associated-data"],
  },
];

/** The first answer that there is; `undefined` where every one is refused. */
async function firstOf<I, T>(items: readonly I[], ask: (item: I) => T | undefined | Promise<T | undefined>) {
  for (const item of items) {
    try {
      const found = await ask(item);
      if (found !== undefined) return found;
    } catch {
      // the next one
    }
  }
  return undefined;
}

/** Every version encrypts with the material of the first, as far as that one may still be used. */
function oldMaterial(driver: KmsDriver): KmsDriver {
  return {
    ...driver,
    encrypt: async (key, plaintext, associatedData, call) => {
      const own = await member(driver, "encrypt")(key, plaintext, associatedData, call); // the version's own state counts
      const first = { ...key, version: "1" };
      const old = await firstOf([first], (target) =>
        member(driver, "encrypt")(target, plaintext, associatedData, call),
      );
      return { ...own, bytes: (old ?? own).bytes };
    },
    decrypt: async (key, ciphertext, associatedData, call) => {
      const decrypt = member(driver, "decrypt");
      try {
        return await decrypt(key, ciphertext, associatedData, call);
      } catch (error) {
        if (!KmsError.isInstance(error) || error.code !== "DECRYPTION_FAILED") throw error;
        const reading = { ...call, accept: "suspended" } as const;
        const first = { ...key, version: "1" };
        const old = await firstOf([first], (target) => decrypt(target, ciphertext, associatedData, reading));
        if (old === undefined) throw error;
        return { ...old, version: key.version };
      }
    },
  };
}

/** Names that the driver gave to data keys of a key stand for each other. */
function anyVersionsName(driver: KmsDriver): KmsDriver {
  const names = new Map<string, Map<string, Uint8Array>>();
  const note = (id: string, name: Uint8Array): void => {
    names.set(id, (names.get(id) ?? new Map<string, Uint8Array>()).set(toHex(name), name));
  };
  return {
    ...driver,
    generateDataKey: async (key, length, associatedData, call) => {
      const answer = await member(driver, "generateDataKey")(key, length, associatedData, call);
      note(key.id, answer.encrypted.providerInfo);
      return answer;
    },
    unwrapDataKey: async (key, encrypted, associatedData, call) => {
      const known = names.get(key.id);
      const unwrap = member(driver, "unwrapDataKey");
      const others = known?.has(toHex(encrypted.providerInfo)) === true ? [...known.values()] : [];
      const found = await firstOf(others, (providerInfo) =>
        unwrap(key, { ...encrypted, providerInfo }, associatedData, call),
      );
      return found ?? unwrap(key, encrypted, associatedData, call);
    },
  };
}
