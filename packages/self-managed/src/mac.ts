import { wrongAlgorithm } from "./errors.ts";
import type { SelfManagedDriver } from "./options.ts";
import { equalBytes, hmac } from "./primitives.ts";
import type { LoadedKeys } from "./records/loaded-keys.ts";

/** HMAC of the digest's full length; a shorter or longer one is not valid. */
export const mac = (keys: LoadedKeys): Pick<SelfManagedDriver, "generateMac" | "verifyMac"> => ({
  generateMac: (key, message, call) =>
    keys.protect(key, call, ({ recipe, secret, id, version }) => {
      if (recipe.kind !== "mac") throw wrongAlgorithm(key, key.algorithm);
      return { bytes: hmac(recipe.hash, secret, message), id, version };
    }),
  verifyMac: (key, message, claimed, call) =>
    keys.process(key, call, ({ recipe, secret, id, version }) => {
      if (recipe.kind !== "mac") throw wrongAlgorithm(key, key.algorithm);
      return { valid: equalBytes(hmac(recipe.hash, secret, message), claimed), id, version };
    }),
});
