import { exactVersion, type EncryptedDataKey, type VersionReference } from "@kms/core/driver";
import { aeadLabels, openAead, sealAead } from "./encryption/aead.ts";
import { decryptionFailed, wrongAlgorithm } from "./errors.ts";
import { isVersion } from "./key-id.ts";
import type { SelfManagedDriver } from "./options.ts";
import { decryptOaep, random } from "./primitives.ts";
import type { LoadedKeys, LoadedVersion } from "./records/loaded-keys.ts";

/** `providerId` of every data key that an own key wraps; `providerInfo` is `<key id>/<version>` in UTF-8. */
export const dataKeyProviderId = "kms-self-managed";

type DataKeyOperations = Pick<SelfManagedDriver, "generateDataKey" | "wrapDataKey" | "unwrapDataKey" | "nameDataKey">;

/** Data keys under AES-256-GCM (label `kms/data-key/1`) and, unwrapping alone, RSA-OAEP. */
export const dataKeys = (keys: LoadedKeys): DataKeyOperations => ({
  generateDataKey: (target, lengthBytes, associatedData, call) => {
    const key = exactVersion(target);
    return keys.protect(key, call, (loaded) => {
      const plaintext = random(lengthBytes);
      const encrypted = wrap(loaded, key, plaintext, associatedData.bytes);
      return { plaintext, encrypted, id: loaded.id, version: loaded.version };
    });
  },
  wrapDataKey: (target, plaintext, associatedData, call) => {
    const key = exactVersion(target);
    return keys.protect(key, call, (loaded) => {
      const encrypted = wrap(loaded, key, plaintext, associatedData.bytes);
      return { encrypted, id: loaded.id, version: loaded.version };
    });
  },
  nameDataKey,
  unwrapDataKey: (key, encrypted, associatedData, call) => {
    const version = versionIn(encrypted, key.id);
    return keys.open({ ...key, version }, call, ({ recipe, secret, id }) => {
      if (recipe.kind === "aead") {
        return { bytes: openAead(secret, aeadLabels.dataKey, encrypted.ciphertext, associatedData.bytes), id, version };
      }
      if (recipe.kind !== "oaep") throw wrongAlgorithm(key, key.algorithm);
      const bytes = decryptOaep(secret, recipe, encrypted.ciphertext);
      if (bytes === undefined) throw decryptionFailed();
      return { bytes, id, version };
    });
  },
});

const nameDataKey = (key: VersionReference, wrapped: Uint8Array): EncryptedDataKey => ({
  providerId: dataKeyProviderId,
  providerInfo: new TextEncoder().encode(`${key.id}/${key.version}`),
  ciphertext: wrapped,
});

function wrap(
  { recipe, secret }: LoadedVersion,
  key: VersionReference,
  plaintext: Uint8Array,
  associated: Uint8Array,
): EncryptedDataKey {
  if (recipe.kind !== "aead") throw wrongAlgorithm(key, key.algorithm);
  return nameDataKey(key, sealAead(secret, aeadLabels.dataKey, plaintext, associated));
}

/** The version that a wrapped data key names; `DECRYPTION_FAILED` unless it names this very key and a possible version. */
function versionIn(encrypted: EncryptedDataKey, keyId: string): string {
  const { providerId, providerInfo } = encrypted;
  const prefix = `${keyId}/`;
  if (providerId !== dataKeyProviderId || providerInfo.length > prefix.length + 10) throw decryptionFailed();
  const name = Buffer.from(providerInfo).toString("latin1");
  const version = name.slice(prefix.length);
  if (!name.startsWith(prefix) || !isVersion(version)) throw decryptionFailed();
  return version;
}
