import { createHash } from "node:crypto";
import { KmsError, type EncryptedDataKey, type KmsDriver } from "@kms/core/driver";
import { member, toHex } from "../member.ts";
import type { Mutant } from "../mutant.ts";

/** What is broken in signatures, MACs, data keys, wrapping and agreement. */
export const useMutants: readonly Mutant[] = [
  {
    name: "verifyMac compares the first sixteen bytes only",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      verifyMac: async (key, message, mac, call) => {
        const verdict = await member(driver, "verifyMac")(key, message, mac, call);
        if (verdict.valid || mac.length !== 32) return verdict;
        const { bytes } = await member(driver, "generateMac")(key, message, call);
        return { ...verdict, valid: mac.subarray(0, 16).every((byte, at) => byte === bytes[at]) };
      },
    }),
    fails: ["macs/every-byte-flipped"],
  },
  {
    name: "verifyMac accepts a MAC cut short",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      verifyMac: async (key, message, mac, call) => {
        const verdict = await member(driver, "verifyMac")(key, message, mac, call);
        if (verdict.valid || mac.length === 0 || mac.length >= 32) return verdict;
        const { bytes } = await member(driver, "generateMac")(key, message, call);
        return { ...verdict, valid: mac.every((byte, at) => byte === bytes[at]) };
      },
    }),
    fails: ["macs/wrong-length"],
  },
  {
    name: "every MAC key works with the material of the first",
    base: "self-managed",
    breaks: oneMacKey,
    fails: ["macs/wrong-key"],
  },
  {
    name: "sign hashes long messages before it signs them",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      sign: (key, input, call) => {
        const long = input.kind === "message" && input.bytes.length > 500;
        const bytes = long ? createHash("sha256").update(input.bytes).digest() : input.bytes;
        return member(driver, "sign")(key, { ...input, bytes }, call);
      },
    }),
    fails: ["signatures/independent", "signatures/limits"],
  },
  {
    name: "sign answers r and s one after the other instead of DER",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      sign: async (key, input, call) => {
        const { bytes, ...named } = await member(driver, "sign")(key, input, call);
        return { ...named, bytes: toP1363(bytes) };
      },
    }),
    fails: [
      "signatures/independent",
      "signatures/two-hundred-messages",
      "signatures/encoding",
      "signatures/limits",
      "rotation/old-still-reads",
      "rotation/new-version-protects",
      "rotation/new-material",
      "rotation/refresh",
      "rotation/twice",
      "states/active",
      "states/suspended",
      "states/deactivated",
      "states/compromised",
      "states/destruction-scheduled",
      "states/destroyed",
      "states/deactivation-date",
      "states/one-version",
      "destruction/cancel-ends-suspended",
      "handles/of-an-actor",
      "tokens/open-without-a-call",
      "restriction/operations",
      "restriction/not-after",
      "use-only/every-use",
      "use-only/after-a-rotation",
      "inputs/views",
      "inputs/not-mutated",
      "inputs/changed-after-the-call",
      "inputs/outputs-not-shared",
      "audit/pairs",
      "control/late-answer",
      "instance/concurrent-uses",
    ],
  },
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
    fails: ["data-keys/associated-data"],
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
    fails: ["wrapping/every-byte-flipped", "wrapping/wrong-length"],
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
    fails: ["agreement/independent", "agreement/separation"],
  },
  {
    name: "generateMac shows the message in the error about its length",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      generateMac: (key, message, call) => {
        if (message.length > 2_000_000) throw new KmsError("TOO_LARGE", `Too long: ${toHex(message.subarray(0, 64))}…`);
        return member(driver, "generateMac")(key, message, call);
      },
    }),
    fails: ["leakage/errors"],
  },
  {
    name: "decrypt shows the last plaintext in the diagnostic of a refusal",
    base: "minimal",
    breaks: (driver) => {
      let last = new Uint8Array();
      return {
        ...driver,
        encrypt: (key, plaintext, associatedData, call) => {
          last = Uint8Array.from(plaintext);
          return member(driver, "encrypt")(key, plaintext, associatedData, call);
        },
        decrypt: (key, ciphertext, associatedData, call) => {
          try {
            return member(driver, "decrypt")(key, ciphertext, associatedData, call);
          } catch {
            throw new KmsError("DECRYPTION_FAILED", `The tag does not match; the last plaintext was ${toHex(last)}.`);
          }
        },
      };
    },
    fails: ["leakage/audit"],
  },
];

function oneMacKey(driver: KmsDriver): KmsDriver {
  let first: string | undefined;
  return {
    ...driver,
    generateMac: async (key, message, call) => {
      const own = await member(driver, "generateMac")(key, message, call); // the key's own state still counts
      first ??= key.id;
      if (key.version !== "1") return own;
      return { ...own, bytes: (await member(driver, "generateMac")({ ...key, id: first }, message, call)).bytes };
    },
    verifyMac: async (key, message, mac, call) => {
      const own = await member(driver, "verifyMac")(key, message, mac, call);
      if (key.version !== "1" || first === undefined) return own;
      return { ...own, valid: (await member(driver, "verifyMac")({ ...key, id: first }, message, mac, call)).valid };
    },
  };
}

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

function toP1363(der: Uint8Array): Uint8Array {
  const rLength = der[3] ?? 0;
  const [r, s] = [der.subarray(4, 4 + rLength), der.subarray(6 + rLength)];
  const fixed = (integer: Uint8Array): Uint8Array => Buffer.concat([new Uint8Array(32), integer]).subarray(-32);
  return Buffer.concat([fixed(r), fixed(s)]);
}
