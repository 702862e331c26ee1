import { createHash } from "node:crypto";
import type { AssociatedData } from "@kms/core/driver";
import { member } from "../member.ts";
import type { Mutant } from "../mutant.ts";

const coveredBytes = 64;
const wholeBytes = { encrypted: 32 + coveredBytes + 16, wrapped: coveredBytes + 8 };

/** What is broken past the first bytes of long inputs. */
export const longInputMutants: readonly Mutant[] = [
  {
    name: "decrypt authenticates the first 64 bytes of a plaintext only",
    base: "minimal",
    breaks: (driver) => ({
      ...driver,
      encrypt: async (key, plaintext, associatedData, call) => {
        const head = plaintext.subarray(0, coveredBytes);
        const answer = await member(driver, "encrypt")(key, head, associatedData, call);
        const tail = masked(plaintext.subarray(coveredBytes), answer.bytes);
        return { ...answer, bytes: Buffer.concat([answer.bytes, tail]) };
      },
      decrypt: async (key, ciphertext, associatedData, call) => {
        const head = ciphertext.subarray(0, wholeBytes.encrypted);
        const answer = await member(driver, "decrypt")(key, head, associatedData, call);
        const tail = masked(ciphertext.subarray(wholeBytes.encrypted), head);
        return { ...answer, bytes: Buffer.concat([answer.bytes, tail]) };
      },
    }),
    fails: ["encryption/long"],
  },
  {
    name: "associated data is bound up to its 256th byte only",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      encrypt: (key, plaintext, entries, call) => member(driver, "encrypt")(key, plaintext, cut(entries), call),
      decrypt: (key, ciphertext, entries, call) => member(driver, "decrypt")(key, ciphertext, cut(entries), call),
      generateDataKey: (key, length, entries, call) =>
        member(driver, "generateDataKey")(key, length, cut(entries), call),
      wrapDataKey: (key, plaintext, entries, call) => member(driver, "wrapDataKey")(key, plaintext, cut(entries), call),
      unwrapDataKey: (key, encrypted, entries, call) =>
        member(driver, "unwrapDataKey")(key, encrypted, cut(entries), call),
    }),
    fails: ["associated-data/long", "data-keys/long-associated-data"],
  },
  {
    name: "generateMac and verifyMac look at the first hundred bytes of a message only",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      generateMac: (key, message, call) => member(driver, "generateMac")(key, message.subarray(0, 100), call),
      verifyMac: (key, message, mac, call) => member(driver, "verifyMac")(key, message.subarray(0, 100), mac, call),
    }),
    fails: ["macs/long-message"],
  },
  {
    name: "unwrapKey authenticates the first 64 bytes of the material only",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      wrapKey: async (key, material, call) => {
        const answer = await member(driver, "wrapKey")(key, material.subarray(0, coveredBytes), call);
        const tail = masked(material.subarray(coveredBytes), answer.bytes);
        return { ...answer, bytes: Buffer.concat([answer.bytes, tail]) };
      },
      unwrapKey: async (key, wrapped, call) => {
        const head = wrapped.subarray(0, wholeBytes.wrapped);
        const answer = await member(driver, "unwrapKey")(key, head, call);
        const tail = masked(wrapped.subarray(wholeBytes.wrapped), head);
        return { ...answer, bytes: Buffer.concat([answer.bytes, tail]) };
      },
    }),
    fails: ["wrapping/long-material"],
  },
];

const cut = ({ map, bytes }: AssociatedData): AssociatedData => ({ map, bytes: bytes.subarray(0, 256) });

/** The bytes under a mask that depends on what stands before them, which nothing authenticates. */
function masked(bytes: Uint8Array, before: Uint8Array): Uint8Array {
  const mask = createHash("sha256").update(before).digest();
  return bytes.map((byte, at) => byte ^ (mask[at % mask.length] ?? 0));
}
