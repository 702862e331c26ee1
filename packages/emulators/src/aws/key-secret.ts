import {
  type CurveName,
  generateEcKeyPair,
  generateEd25519KeyPair,
  type HashName,
  type KeyPair,
  randomBytes,
} from "../primitives.ts";
import { makeRsaKeyPair } from "../rsa-keys.ts";
import { KeyMaterials } from "./key-materials.ts";
import type { Material } from "./key-specs.ts";

/** What a key protects with; only symmetric keys have materials that rotate. Public keys are SubjectPublicKeyInfo DER. */
export type KeySecret =
  | { readonly kind: "rotating"; readonly materials: KeyMaterials }
  | { readonly kind: "mac"; readonly hash: HashName; readonly bytes: Uint8Array }
  | { readonly kind: "rsa"; readonly bits: number; readonly pair: KeyPair; readonly publicKey: Uint8Array }
  | {
      readonly kind: "ec";
      readonly curve: CurveName;
      readonly scalar: Uint8Array;
      readonly publicKey: Uint8Array;
    }
  | { readonly kind: "ed25519"; readonly pair: KeyPair; readonly publicKey: Uint8Array };

/** A fresh secret. An RSA one takes up to seconds, during which other requests are answered. */
export async function makeSecret(material: Material): Promise<KeySecret> {
  switch (material.kind) {
    case "rotating":
      return { kind: "rotating", materials: new KeyMaterials() };
    case "mac":
      return { kind: "mac", hash: material.hash, bytes: randomBytes(material.secretBytes) };
    case "rsa": {
      const pair = await makeRsaKeyPair(material.bits);
      return { kind: "rsa", bits: material.bits, pair, publicKey: pair.publicKey };
    }
    case "ec":
      return { kind: "ec", curve: material.curve, ...generateEcKeyPair(material.curve) };
    case "ed25519": {
      const pair = generateEd25519KeyPair();
      return { kind: "ed25519", pair, publicKey: pair.publicKey };
    }
  }
}
