import { createHash } from "node:crypto";
import { KmsError, type Algorithm, type KmsDriver } from "@kms/core/driver";
import { member, toHex } from "../member.ts";
import type { Mutant } from "../mutant.ts";

/** What is broken in signatures, MACs, and what diagnostics show. */
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
    name: "every MAC key works with the material of the first of its algorithm",
    base: "self-managed",
    breaks: oneMacKey,
    fails: ["macs/wrong-key", "importing/copied"],
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
      "importing/does-the-same",
      "importing/copied",
      "signatures/nonces",
      "rotation/every-type",
      "states/every-type",
    ],
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
  const first = new Map<Algorithm, string>();
  return {
    ...driver,
    generateMac: async (key, message, call) => {
      const own = await member(driver, "generateMac")(key, message, call); // the key's own state still counts
      const id = first.get(key.algorithm) ?? key.id;
      first.set(key.algorithm, id);
      if (key.version !== "1") return own;
      return { ...own, bytes: (await member(driver, "generateMac")({ ...key, id }, message, call)).bytes };
    },
    verifyMac: async (key, message, mac, call) => {
      const own = await member(driver, "verifyMac")(key, message, mac, call);
      const id = first.get(key.algorithm);
      if (key.version !== "1" || id === undefined) return own;
      return { ...own, valid: (await member(driver, "verifyMac")({ ...key, id }, message, mac, call)).valid };
    },
  };
}

function toP1363(der: Uint8Array): Uint8Array {
  const rLength = der[3] ?? 0;
  const [r, s] = [der.subarray(4, 4 + rLength), der.subarray(6 + rLength)];
  const fixed = (integer: Uint8Array): Uint8Array => Buffer.concat([new Uint8Array(32), integer]).subarray(-32);
  return Buffer.concat([fixed(r), fixed(s)]);
}
