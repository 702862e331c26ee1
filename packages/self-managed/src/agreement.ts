import { KmsError } from "@kms/core/driver";
import { wrongAlgorithm } from "./errors.ts";
import type { SelfManagedDriver } from "./options.ts";
import { agree } from "./primitives.ts";
import type { LoadedKeys } from "./records/loaded-keys.ts";

/** ECDH: the raw x coordinate, which the guard turns into key material. Deriving protects: only an Active key does it. */
export const agreement = (keys: LoadedKeys): Pick<SelfManagedDriver, "deriveSharedSecret"> => ({
  deriveSharedSecret: (key, peerSpki, call) =>
    keys.protect(key, call, ({ recipe, secret, id, version }) => {
      if (recipe.kind !== "ecdh") throw wrongAlgorithm(key, key.algorithm);
      const bytes = agree(secret, recipe.curve, peerSpki);
      if (bytes !== undefined) return { bytes, id, version };
      throw new KmsError(
        "INVALID_ARGUMENT",
        `The peer's key is no SPKI (DER) of a point on ${recipe.curve}; ask the peer for its public key on that curve.`,
        { keyId: key.id },
      );
    }),
});
