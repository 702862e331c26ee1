import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { KmsError, type AssociatedData } from "@kms/core/driver";
import { withFixedNonce } from "../fixed-nonce.ts";
import { member } from "../member.ts";
import type { Mutant } from "../mutant.ts";

const nonceBytes = 12;
const tagBytes = 16;

/** What is broken in nonces. */
export const nonceMutants: readonly Mutant[] = [
  {
    name: "sign uses one nonce for every ECDSA signature",
    base: "self-managed",
    breaks: withFixedNonce,
    fails: ["signatures/nonces"],
  },
  {
    name: "encrypt counts its nonces from the beginning again after every sixteenth",
    base: "minimal",
    breaks: (driver) => {
      let count = 0;
      return {
        ...driver,
        encrypt: async (key, plaintext, associatedData, call) => {
          const { bytes: _, ...named } = await member(driver, "encrypt")(key, plaintext, associatedData, call);
          const nonce = Buffer.alloc(nonceBytes, (count += 1) % 16);
          return { ...named, bytes: seal(key.id, { plaintext, nonce, associatedData }) };
        },
        decrypt: ({ id, version }, sealed, associatedData) => ({
          id,
          version,
          bytes: open(id, sealed, associatedData),
        }),
      };
    },
    fails: ["encryption/nonces"],
  },
];

const keyOf = (id: string): Uint8Array => createHash("sha256").update(id).digest();

interface Message {
  readonly plaintext: Uint8Array;
  readonly nonce: Uint8Array;
  readonly associatedData: AssociatedData;
}

function seal(id: string, { plaintext, nonce, associatedData }: Message): Uint8Array {
  const cipher = createCipheriv("aes-256-gcm", keyOf(id), nonce);
  cipher.setAAD(associatedData.bytes);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function open(id: string, sealed: Uint8Array, { bytes }: AssociatedData): Uint8Array {
  try {
    const decipher = createDecipheriv("aes-256-gcm", keyOf(id), sealed.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(bytes);
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    throw new KmsError("DECRYPTION_FAILED", "The tag does not match.");
  }
}
