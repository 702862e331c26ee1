import { KmsError, type Algorithm, type KeyHandle } from "@kms/core";
import { fileRoles, type FileRole } from "../roles.ts";
import type { Scene, Step } from "../scene.ts";
import { shown } from "../wording.ts";
import type { LiveRequest } from "./live-provider.ts";

/** Reads the reader's key once, and takes it for the algorithm that was asked for, or for the first that it can be. */
export const adoption = (request: LiveRequest, readAlgorithms: () => readonly Algorithm[]): Step => ({
  name: "key",
  run: async (scene) => {
    scene.progress("reading the key");
    const key = await adopt(scene, request, readAlgorithms);
    const role = roleOf(scene, key.algorithm);
    if (role === undefined) throw unusable(key.algorithm);
    scene.keys.set(role, key);
    const others = readAlgorithms().filter((algorithm) => algorithm !== key.algorithm && roleOf(scene, algorithm));
    return {
      facts: [
        `${key.algorithm.padEnd(20)} ${key.protection.padEnd(9)} ${shown(key.keyId)}`,
        ...(request.key === key.keyId ? [] : [`${shown(request.key)} led there, and is not asked again`]),
        ...(others.length === 0 ? [] : [`the key can also be ${others.join(", ")}: --algorithm names one`]),
      ],
      counts: { keys: 1 },
    };
  },
});

async function adopt(
  scene: Scene,
  { key: reference, algorithm }: LiveRequest,
  readAlgorithms: () => readonly Algorithm[],
): Promise<KeyHandle> {
  const { kms, backend } = scene;
  const take = (as: Algorithm): Promise<KeyHandle> => kms.getKey(backend.name, reference, { algorithm: as });
  // Another text than an algorithm's name is refused by `getKey`.
  if (algorithm !== undefined) return take(algorithm as Algorithm);
  try {
    return await take("AES-256-GCM");
  } catch (error) {
    const [first] = readAlgorithms();
    if (!KmsError.isInstance(error) || error.code !== "UNSUPPORTED" || first === undefined) throw error;
    const other = readAlgorithms().find((one) => roleOf(scene, one) !== undefined);
    if (other === undefined) throw unusable(first);
    return take(other);
  }
}

/** The role of a key for an algorithm; undefined where it neither encrypts nor signs nor makes MACs. */
const roleOf = ({ kms, backend }: Scene, algorithm: Algorithm): FileRole | undefined =>
  fileRoles.find(({ protect }) => kms.supports({ provider: backend.name, operation: protect, algorithm }).ok);

const unusable = (algorithm: Algorithm): KmsError =>
  new KmsError(
    "UNSUPPORTED",
    `The key is for ${algorithm}, and the story protects files. Name a key that encrypts, signs or makes MACs.`,
  );
