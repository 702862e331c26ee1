import { encryption } from "../roles.ts";
import { encryptSample, versionOf } from "../sample-ciphertext.ts";
import { assert, keyOf, type Step } from "../scene.ts";
import { shortened } from "../wording.ts";

/** Rotates a key twice, and opens what was encrypted before, between and after with a handle that was sealed before both. */
export const olderHandle: Step = {
  name: "older handle",
  run: async (scene) => {
    const { kms, backend, progress } = scene;
    const key = keyOf(scene, encryption);
    const { algorithm } = key;
    const token = await kms.sealHandle(key);
    const samples = [await encryptSample(scene, key)];
    for (const count of [1, 2]) {
      progress(`rotating the key for ${algorithm}, ${count} of 2`);
      const next = await kms.rotateKey(keyOf(scene, encryption));
      scene.keys.set(encryption, next);
      samples.push(await encryptSample(scene, next));
    }
    const old = await kms.openHandle(token, { algorithm, provider: backend.name });
    const versions: string[] = [];
    for (const sample of samples) versions.push(await versionOf(scene, old, sample));
    assert(new Set(versions).size === samples.length, "A rotation left the version that encrypts as it was.");
    const named = versions.map(shortened).join(", ");
    return { facts: [`${algorithm}: a handle sealed before two rotations opens what versions ${named} encrypted`] };
  },
};
