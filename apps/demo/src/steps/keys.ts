import type { Step } from "../scene.ts";
import { shown } from "../wording.ts";

/** Makes the keys that the configurations ask for; each is read back and compared before its handle is given out. */
export const keys: Step = {
  name: "keys",
  run: async (scene) => {
    const facts: string[] = [];
    for (const [role, configuration] of scene.configurations) {
      scene.progress(`making a key for ${role.algorithm}`);
      const key = await scene.kms.generateKey(scene.backend.name, configuration);
      scene.keys.set(role, key);
      facts.push(`${key.algorithm.padEnd(20)} ${key.protection.padEnd(9)} ${shown(key.keyId)}`);
    }
    return { facts, counts: { keys: scene.keys.size } };
  },
};
