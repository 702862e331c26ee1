import { KmsError } from "@kms/core/driver";
import { wrappingAlgorithm } from "./algorithms.ts";
import { maximumWrappedBytes } from "./capabilities.ts";
import { ownBytes } from "./client.ts";
import { bytesOf, decryptionFailed } from "./encryption.ts";
import type { DriverPart, Vault } from "./records.ts";
import { useVersion } from "./records/use.ts";

/** Wrapping key material on a Managed HSM, under a version: AES-KWP (RFC 5649), Azure's `CKM_AES_KEY_WRAP_PAD`. */
export const wrapping = (vault: Vault): DriverPart<"wrapKey" | "unwrapKey"> => ({
  wrapKey: async (key, material, call) => {
    const algorithm = wrappingAlgorithm(key);
    const { answer, ...named } = await useVersion(
      vault,
      key,
      { operation: "wrapKey", ask: (client, settings) => client.wrapKey(algorithm, material, settings) },
      call,
    );
    const bytes = bytesOf(answer.result);
    if (bytes.length !== wrappedBytes(material)) {
      throw new KmsError("TAMPERED", "Azure answered a length that AES-KWP does not make. Do not use the answer.");
    }
    return { bytes, ...named };
  },
  unwrapKey: async (key, wrapped, call) => {
    const algorithm = wrappingAlgorithm(key);
    if (!isPossible(wrapped)) throw decryptionFailed();
    const { answer, ...named } = await useVersion(
      vault,
      key,
      { operation: "unwrapKey", ask: (client, settings) => client.unwrapKey(algorithm, wrapped, settings) },
      call,
    );
    return { bytes: ownBytes(bytesOf(answer.result)), ...named };
  },
});

// RFC 5649 §4.1: whole blocks of 8 bytes, and one before them.
const wrappedBytes = ({ length }: Uint8Array): number => 8 * Math.ceil(length / 8) + 8;
// So at least two.
const isPossible = ({ length }: Uint8Array): boolean =>
  length % 8 === 0 && length >= 16 && length <= maximumWrappedBytes + 15;
