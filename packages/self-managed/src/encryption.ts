import { exactVersion } from "@kms/core/driver";
import { aeadLabels, openAead, sealAead } from "./encryption/aead.ts";
import { decryptionFailed, wrongAlgorithm } from "./errors.ts";
import type { SelfManagedDriver } from "./options.ts";
import { decryptOaep } from "./primitives.ts";
import type { LoadedKeys } from "./records/loaded-keys.ts";

/** encrypt (AES-256-GCM; RSA is encrypted by the guard, with the pinned public key) and decrypt. */
export const encryption = (keys: LoadedKeys): Pick<SelfManagedDriver, "encrypt" | "decrypt"> => ({
  encrypt: (target, plaintext, associatedData, call) => {
    const key = exactVersion(target);
    return keys.protect(key, call, ({ recipe, secret, id, version }) => {
      if (recipe.kind !== "aead") throw wrongAlgorithm(key, key.algorithm);
      return { bytes: sealAead(secret, aeadLabels.data, plaintext, associatedData.bytes), id, version };
    });
  },
  decrypt: (target, ciphertext, associatedData, call) => {
    const key = exactVersion(target);
    return keys.open(key, call, ({ recipe, secret, id, version }) => {
      if (recipe.kind === "aead") {
        return { bytes: openAead(secret, aeadLabels.data, ciphertext, associatedData.bytes), id, version };
      }
      if (recipe.kind !== "oaep") throw wrongAlgorithm(key, key.algorithm);
      const bytes = decryptOaep(secret, recipe, ciphertext);
      if (bytes === undefined) throw decryptionFailed();
      return { bytes, id, version };
    });
  },
});
