import { refusal } from "../attempt.ts";
import { encryption } from "../roles.ts";
import { assert, keyOf, type Step } from "../scene.ts";
import { encryptsHere, sampleFor } from "../uses.ts";

/** Disables a key, shows that nothing uses it, and enables it again. */
export const disabling: Step = {
  name: "disabling",
  run: async (scene) => {
    const { kms } = scene;
    const key = keyOf(scene, encryption);
    const { bytes, entries } = sampleFor(scene, key);
    const ciphertext = await kms.encrypt(key, bytes, entries);
    const disabled = await kms.disableKey(key, { reason: "the demo shows what a disabled key does" });
    assert(disabled.state === "suspended", `Disabling led to ${disabled.state}.`);
    const refusals = [
      ...(encryptsHere(kms, key)
        ? []
        : [await refusal("encrypting under a disabled key", "INVALID_STATE", () => kms.encrypt(key, bytes, entries))]),
      await refusal("decrypting under a disabled key", "INVALID_STATE", () => kms.decrypt(key, ciphertext, entries)),
    ];
    const meanwhile = encryptsHere(kms, key) ? await kms.encrypt(key, bytes, entries) : undefined;
    const enabled = await kms.enableKey(key);
    assert(enabled.state === "active", `Enabling led to ${enabled.state}.`);
    const opened = await kms.decrypt(key, ciphertext, entries);
    assert(Buffer.compare(opened, bytes) === 0, "A ciphertext opened to other bytes after the key was enabled.");
    return {
      facts: [
        "disabled: suspended; enabled: active, and its ciphertexts open again",
        ...(meanwhile === undefined ? [] : ["a public key still encrypts for a disabled key: that asks nobody"]),
      ],
      refusals,
    };
  },
};
