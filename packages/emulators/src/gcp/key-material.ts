import { generateEcKeyPair, generateEd25519KeyPair, type KeyPair, randomBytes } from "../primitives.ts";
import { makeRsaKeyPair } from "../rsa-keys.ts";
import type { Scheme } from "./algorithms.ts";

/** The key material of one version, as its scheme needs it. */
export type KeyMaterial =
  | { readonly kind: "secret"; readonly secret: Uint8Array }
  | { readonly kind: "pair"; readonly pair: KeyPair; readonly publicKey: Uint8Array }
  | { readonly kind: "ec"; readonly scalar: Uint8Array; readonly publicKey: Uint8Array };

/** Fresh key material. RSA keys are made off the event loop. */
export async function makeKeyMaterial(scheme: Scheme): Promise<KeyMaterial> {
  switch (scheme.kind) {
    case "aes":
      return { kind: "secret", secret: randomBytes(32) };
    case "mac":
      return { kind: "secret", secret: randomBytes(scheme.secretBytes) };
    case "ec":
      return { kind: "ec", ...generateEcKeyPair(scheme.curve) };
    case "ed25519":
      return ofPair(generateEd25519KeyPair());
    case "oaep":
    case "rsa":
      return ofPair(await makeRsaKeyPair(scheme.bits));
  }
}

const ofPair = (pair: KeyPair): KeyMaterial => ({ kind: "pair", pair, publicKey: pair.publicKey });
