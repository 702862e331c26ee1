import { type CurveName, generateEcKeyPair, type KeyPair, publicJwk, randomBytes } from "../primitives.ts";
import { makeRsaKeyPair } from "../rsa-keys.ts";
import { CURVES, type KeyType } from "./algorithms.ts";

/** What a key is made of: its type, and the size or the curve that belongs to the type. */
export interface KeySpec {
  readonly kty: KeyType;
  /** Bits of an RSA modulus or of a symmetric key. */
  readonly bits: number | undefined;
  /** The wire name of a curve. */
  readonly crv: string | undefined;
}

/** The key material of one version. */
export type KeyMaterial =
  | { readonly kind: "oct"; readonly secret: Uint8Array }
  | { readonly kind: "rsa"; readonly bits: number; readonly pair: KeyPair }
  | { readonly kind: "ec"; readonly curve: CurveName; readonly scalar: Uint8Array; readonly publicKey: Uint8Array };

/** Fresh key material. RSA keys are made off the event loop. */
export async function makeKeyMaterial({ kty, bits = 0, crv = "" }: KeySpec): Promise<KeyMaterial> {
  if (kty === "oct-HSM") return { kind: "oct", secret: randomBytes(bits / 8) };
  if (kty === "RSA" || kty === "RSA-HSM") return { kind: "rsa", bits, pair: await makeRsaKeyPair(bits) };
  const curve = CURVES.get(crv);
  if (curve === undefined) throw new TypeError("an EC key has one of the curves of the table");
  return { kind: "ec", curve, ...generateEcKeyPair(curve) };
}

/**
 * The members of the public key in a JSON Web Key; none for a symmetric key, which never leaves the service. Source:
 * provider facts §2.4 ("JWK (n,e / crv,x,y)"); the curve has the service's own name.
 */
export function publicMembers({ crv }: KeySpec, material: KeyMaterial): Readonly<Record<string, unknown>> {
  if (material.kind === "oct") return {};
  const { n, e, x, y } = publicJwk(material.kind === "rsa" ? material.pair.publicKey : material.publicKey);
  return material.kind === "rsa" ? { n, e } : { crv, x, y };
}
