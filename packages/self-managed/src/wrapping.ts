import { decryptionFailed, wrongAlgorithm } from "./errors.ts";
import type { SelfManagedDriver } from "./options.ts";
import { unwrapPadded, wrapPadded } from "./primitives.ts";
import type { LoadedKeys } from "./records/loaded-keys.ts";

/** The longest material that a key wraps, in bytes. */
export const maximumWrappedBytes = 4096;

/** AES-256-KWP (RFC 5649). It binds no associated data and does not commit to the key. */
export const wrapping = (keys: LoadedKeys): Pick<SelfManagedDriver, "wrapKey" | "unwrapKey"> => ({
  wrapKey: (key, material, call) =>
    keys.protect(key, call, ({ recipe, secret, id, version }) => {
      if (recipe.kind !== "key-wrap") throw wrongAlgorithm(key, key.algorithm);
      return { bytes: wrapPadded(secret, material), id, version };
    }),
  unwrapKey: (key, wrapped, call) =>
    keys.open(key, call, ({ recipe, secret, id, version }) => {
      if (recipe.kind !== "key-wrap") throw wrongAlgorithm(key, key.algorithm);
      const bytes = unwrapPadded(secret, wrapped);
      if (bytes === undefined) throw decryptionFailed();
      return { bytes, id, version };
    }),
});
