import type { EncryptedDataKey, KeyReference, Target } from "@kms/core/driver";
import { isSymmetric } from "./algorithms.ts";
import type { Connection } from "./client.ts";
import { decryptAsymmetric, decryptBytes, decryptionFailed, encryptBytes } from "./encryption.ts";
import { isVersion, parseVersionName, sameKey, versionNameOf } from "./key-id.ts";
import type { DriverPart } from "./records.ts";

// Google has no format of its own for wrapped data keys: provider and full resource name, as everywhere in this contract.
const providerId = "google-cloud-kms";
const encoder = new TextEncoder();
// A byte order mark stays: in front of a name it makes another one.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

type DataKeys = "wrapDataKey" | "nameDataKey" | "unwrapDataKey";

/**
 * Data keys. The guard draws them; under a symmetric key they are wrapped by `Encrypt` and name the key, under RSA the
 * guard wraps them with the pinned public key and they name its version.
 */
export const dataKeys = (connection: Connection): DriverPart<DataKeys> => ({
  wrapDataKey: async (key, plaintext, associatedData, call) => {
    const { bytes, ...named } = await encryptBytes(connection, { key, plaintext, associatedData }, call);
    return { encrypted: wrapped(key.id, bytes), ...named };
  },
  nameDataKey: (key, ciphertext) => wrapped(versionNameOf(key.id, key.version), ciphertext),
  unwrapDataKey: async (key, encrypted, associatedData, call) => {
    const target = targetOf(key, encrypted);
    const { ciphertext } = encrypted;
    return isSymmetric(key.algorithm)
      ? decryptBytes(connection, { key: target, ciphertext, associatedData }, call)
      : decryptAsymmetric(connection, { key: target, ciphertext }, call);
  },
});

const wrapped = (name: string, ciphertext: Uint8Array): EncryptedDataKey => ({
  providerId,
  providerInfo: encoder.encode(name),
  ciphertext,
});

/** The key, and for RSA the version that the data key names. What it names is only compared, never called (`crypto-rules` 4). */
function targetOf(key: KeyReference, { providerId: provider, providerInfo }: EncryptedDataKey): Target {
  const name = decoder.decode(providerInfo);
  if (provider !== providerId) throw decryptionFailed();
  if (isSymmetric(key.algorithm)) {
    if (!sameKey(name, key.id)) throw decryptionFailed();
    return { ...key, version: undefined };
  }
  const named = parseVersionName(name);
  if (named === undefined || !sameKey(named.id, key.id) || !isVersion(named.version)) throw decryptionFailed();
  return { ...key, version: named.version };
}
