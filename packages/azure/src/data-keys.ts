import {
  algorithmRow,
  exactVersion,
  type EncryptedDataKey,
  type KeyReference,
  type VersionReference,
} from "@kms/core/driver";
import { encryptionAlgorithm, isSymmetric } from "./algorithms.ts";
import { ownBytes } from "./client.ts";
import { bytesOf, decryptBytes, decryptionFailed, encryptBytes } from "./encryption.ts";
import { isVersion, parseKeyId, sameKey, keyIdOf, versionIdOf } from "./key-id.ts";
import type { DriverPart, Vault } from "./records.ts";
import { useVersion } from "./records/use.ts";

const encoder = new TextEncoder();
// A byte order mark is part of the text: it makes another name.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

type DataKeys = "wrapDataKey" | "nameDataKey" | "unwrapDataKey";

/**
 * Data keys. The guard draws them: Azure makes none. On a Managed HSM they are wrapped under A256GCM with associated data,
 * and the encrypted key is `iv ‖ body ‖ tag`; under RSA the guard wraps them with the pinned public key, as `wrapKey` with
 * RSA-OAEP-256 does, and the service unwraps. Each names the version's identifier.
 */
export const dataKeys = (vault: Vault, kind: string): DriverPart<DataKeys> => {
  const wrapped = ({ id, version }: VersionReference, ciphertext: Uint8Array): EncryptedDataKey => ({
    providerId: kind,
    providerInfo: encoder.encode(versionIdOf(id, version)),
    ciphertext,
  });
  return {
    wrapDataKey: async (target, plaintext, associatedData, call) => {
      const key = exactVersion(target);
      const input = { key, plaintext, associatedData, operation: "wrapDataKey" } as const;
      const { bytes, ...named } = await encryptBytes(vault, input, call);
      return { encrypted: wrapped(key, bytes), ...named };
    },
    nameDataKey: wrapped,
    unwrapDataKey: async (reference, encrypted, associatedData, call) => {
      const key = versionOf(reference, encrypted, kind);
      const { ciphertext } = encrypted;
      const operation = "unwrapDataKey";
      if (isSymmetric(key.algorithm)) return decryptBytes(vault, { key, ciphertext, associatedData, operation }, call);
      if (ciphertext.length !== algorithmRow(key.algorithm).ciphertextBytes) throw decryptionFailed();
      const algorithm = encryptionAlgorithm(key);
      if (algorithm === "A256GCM") throw decryptionFailed();
      const { answer, ...named } = await useVersion(
        vault,
        key,
        { operation, ask: (client, settings) => client.unwrapKey(algorithm, ciphertext, settings) },
        call,
      );
      return { bytes: ownBytes(bytesOf(answer.result)), ...named };
    },
  };
};

/** The version that the data key names, of this very key. What it names is only compared, never called (`crypto-rules` 4). */
function versionOf(key: KeyReference, { providerId, providerInfo }: EncryptedDataKey, kind: string): VersionReference {
  const named = parseKeyId(decoder.decode(providerInfo));
  if (providerId !== kind || named?.version === undefined) throw decryptionFailed();
  if (!isVersion(named.version) || !sameKey(keyIdOf(named.host, named.name), key.id)) throw decryptionFailed();
  return { ...key, version: named.version };
}
