import { KmsError } from "@kms/core/driver";
import { wrongAlgorithm } from "./errors.ts";
import type { SelfManagedDriver } from "./options.ts";
import { signMessage } from "./primitives.ts";
import type { LoadedKeys } from "./records/loaded-keys.ts";

const signs: ReadonlySet<string> = new Set(["ecdsa", "eddsa", "pss", "pkcs1"]);

/** sign, over the whole message. Verification is the guard's, with the pinned public key. */
export const signing = (keys: LoadedKeys): Pick<SelfManagedDriver, "sign"> => ({
  sign: (key, input, call) => {
    if (input.kind !== "message") {
      throw new KmsError("INVALID_ARGUMENT", "Own keys sign messages, not digests (signInput).", { keyId: key.id });
    }
    return keys.protect(key, call, ({ recipe, secret, id, version }) => {
      if (!signs.has(recipe.kind)) throw wrongAlgorithm(key, key.algorithm);
      return { bytes: signMessage(recipe, secret, input.bytes), id, version };
    });
  },
});
