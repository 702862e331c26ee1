import { refusal } from "../attempt.ts";
import { encryption } from "../roles.ts";
import { assert, associatedDataOf, keyOf, sampleOf, type Step } from "../scene.ts";

/** Disables a key, shows that nothing uses it, and enables it again. */
export const disabling: Step = {
  name: "disabling",
  run: async (scene) => {
    const { kms, documents } = scene;
    const { document, bytes } = sampleOf(documents);
    const entries = associatedDataOf(document);
    const key = keyOf(scene, encryption);
    const ciphertext = await kms.encrypt(key, bytes, entries);
    const disabled = await kms.disableKey(key, { reason: "the demo shows what a disabled key does" });
    assert(disabled.state === "suspended", `Disabling led to ${disabled.state}.`);
    const refusals = [
      await refusal("encrypting under a disabled key", "INVALID_STATE", () => kms.encrypt(key, bytes, entries)),
      await refusal("decrypting under a disabled key", "INVALID_STATE", () => kms.decrypt(key, ciphertext, entries)),
    ];
    const enabled = await kms.enableKey(key);
    assert(enabled.state === "active", `Enabling led to ${enabled.state}.`);
    const opened = await kms.decrypt(key, ciphertext, entries);
    assert(Buffer.compare(opened, bytes) === 0, "A ciphertext opened to other bytes after the key was enabled.");
    return { facts: ["disabled: suspended; enabled: active, and its ciphertexts open again"], refusals };
  },
};
