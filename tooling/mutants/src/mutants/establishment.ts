import { KmsError, type EncryptedDataKey, type KmsDriver } from "@kms/core/driver";
import { member, toHex } from "../member.ts";
import type { Mutant } from "../mutant.ts";

/** What is broken in data keys, wrapped keys and key agreement. */
export const establishmentMutants: readonly Mutant[] = [
  {
    name: "data keys ignore associated data",
    base: "self-managed",
    breaks: (driver) => {
      const none = { map: {}, bytes: new Uint8Array() };
      return {
        ...driver,
        generateDataKey: (key, length, _, call) => member(driver, "generateDataKey")(key, length, none, call),
        wrapDataKey: (key, plaintext, _, call) => member(driver, "wrapDataKey")(key, plaintext, none, call),
        unwrapDataKey: (key, encrypted, _, call) => member(driver, "unwrapDataKey")(key, encrypted, none, call),
      };
    },
    fails: ["data-keys/associated-data", "data-keys/long-associated-data", "data-keys/wrapped-associated-data"],
  },
  {
    name: "unwrapDataKey takes whatever key the data key names",
    base: "self-managed",
    breaks: takingForeignDataKeys,
    fails: ["data-keys/foreign"],
  },
  {
    name: "unwrapDataKey does not look at the provider's name",
    base: "self-managed",
    breaks: (driver) => {
      let providerId = "";
      return {
        ...driver,
        generateDataKey: async (key, length, associatedData, call) => {
          const answer = await member(driver, "generateDataKey")(key, length, associatedData, call);
          ({ providerId } = answer.encrypted);
          return answer;
        },
        unwrapDataKey: (key, encrypted, associatedData, call) =>
          member(driver, "unwrapDataKey")(
            key,
            { ...encrypted, providerId: providerId || encrypted.providerId },
            associatedData,
            call,
          ),
      };
    },
    fails: ["data-keys/renamed"],
  },
  {
    name: "unwrapKey answers nothing instead of refusing",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      unwrapKey: async (key, wrapped, call) => {
        try {
          return await member(driver, "unwrapKey")(key, wrapped, call);
        } catch (error) {
          if (!KmsError.isInstance(error) || error.code !== "DECRYPTION_FAILED") throw error;
          return { id: key.id, version: key.version, bytes: new Uint8Array() };
        }
      },
    }),
    fails: [
      "wrapping/every-byte-flipped",
      "wrapping/wrong-length",
      "wrapping/long-material",
      "rotation/material-apart",
    ],
  },
  {
    name: "deriveSharedSecret answers the same secret for every peer",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      deriveSharedSecret: async (key, peer, call) => ({
        ...(await member(driver, "deriveSharedSecret")(key, peer, call)),
        bytes: new Uint8Array(32).fill(1),
      }),
    }),
    fails: ["agreement/independent", "agreement/separation", "importing/does-the-same", "importing/copied"],
  },
];

function takingForeignDataKeys(driver: KmsDriver): KmsDriver {
  const makers = new Map<string, string>();
  const nameOf = ({ providerInfo }: EncryptedDataKey): string => toHex(providerInfo);
  return {
    ...driver,
    generateDataKey: async (key, length, associatedData, call) => {
      const answer = await member(driver, "generateDataKey")(key, length, associatedData, call);
      makers.set(nameOf(answer.encrypted), key.id);
      return answer;
    },
    unwrapDataKey: async (key, encrypted, associatedData, call) => {
      const id = makers.get(nameOf(encrypted)) ?? key.id;
      return {
        ...(await member(driver, "unwrapDataKey")({ ...key, id }, encrypted, associatedData, call)),
        id: key.id,
      };
    },
  };
}
