import { KmsError } from "@kms/core/driver";
import { recipes, type Recipe, type SelfManagedAlgorithm } from "../algorithms.ts";
import { admitPrivateKey } from "../formats/private-key.ts";
import type { GeneratedMaterial } from "../primitives.ts";
import { agreesWithReference } from "./reference.ts";

/**
 * Material from elsewhere as it is stored: symmetric keys raw and exactly as long as the algorithm's, private keys as
 * PKCS#8 DER that `admitPrivateKey` admits for it. In memory of its own, used once against a reference.
 * `INVALID_ARGUMENT` says what was found, and never repeats bytes.
 */
export async function importedMaterial(algorithm: SelfManagedAlgorithm, given: Uint8Array): Promise<GeneratedMaterial> {
  const recipe = recipes[algorithm];
  const bytes = symmetricBytes(recipe);
  const material = bytes === undefined ? await readPrivate(algorithm, given) : readSymmetric(algorithm, given, bytes);
  if (agreesWithReference(recipe, material)) return material;
  material.material.fill(0);
  throw new KmsError(
    "INVALID_ARGUMENT",
    `The material was used once as a key for ${algorithm} and did not do what its reference did. Nothing was stored.`,
  );
}

function symmetricBytes(recipe: Recipe): number | undefined {
  if (recipe.kind === "mac") return recipe.lengthBytes;
  return recipe.kind === "aead" || recipe.kind === "key-wrap" ? 32 : undefined;
}

function readSymmetric(algorithm: SelfManagedAlgorithm, given: Uint8Array, lengthBytes: number): GeneratedMaterial {
  if (given.length !== lengthBytes) {
    throw new KmsError("INVALID_ARGUMENT", `${algorithm} takes ${lengthBytes} bytes of material, not ${given.length}.`);
  }
  // A buffer that was never filled, or was wiped too early: it happens, and everybody knows this key.
  if (given.every((byte) => byte === 0)) {
    throw new KmsError("INVALID_ARGUMENT", `The material for ${algorithm} is all zeros. Pass the key itself.`);
  }
  return { material: Uint8Array.from(given), publicKey: undefined };
}

async function readPrivate(algorithm: SelfManagedAlgorithm, given: Uint8Array): Promise<GeneratedMaterial> {
  const { pkcs8, publicKey, algorithms } = await admitPrivateKey(given);
  if (algorithms.includes(algorithm)) return { material: pkcs8, publicKey };
  pkcs8.fill(0);
  throw new KmsError(
    "INVALID_ARGUMENT",
    `The private key cannot be ${algorithm}; it fits ${algorithms.join(", ")}. State one of those, or pass another key.`,
  );
}
