import type { Json } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { canonicalJson } from "./canonical-json.ts";

/** A public key as JSON (RFC 7517): RSA, EC, OKP (RFC 8037), or AKP for ML-DSA and ML-KEM. Every value is text. */
export interface PublicJwk {
  readonly kty: string;
  readonly crv?: string | undefined;
  readonly x?: string | undefined;
  readonly y?: string | undefined;
  readonly n?: string | undefined;
  readonly e?: string | undefined;
  readonly pub?: string | undefined;
  readonly alg?: string | undefined;
}

const required: Readonly<Record<string, readonly (keyof PublicJwk)[]>> = {
  RSA: ["e", "kty", "n"],
  EC: ["crv", "kty", "x", "y"],
  OKP: ["crv", "kty", "x"],
  AKP: ["alg", "kty", "pub"],
};

/**
 * The text whose hash is a key's thumbprint: the members that its type requires, in canonical JSON (RFC 7638 §3.2, RFC
 * 8037 §2, draft-ietf-cose-dilithium for AKP). `INVALID_ARGUMENT` for another type or a missing member.
 */
export const thumbprintText = (jwk: PublicJwk): string => {
  const names = Object.hasOwn(required, jwk.kty) ? required[jwk.kty] : undefined;
  const members: Record<string, Json> = {};
  for (const name of names ?? []) {
    const value = jwk[name];
    if (typeof value === "string") members[name] = value;
  }
  if (names === undefined || Object.keys(members).length !== names.length) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      "Cannot work out a thumbprint: found a key type or members that RFC 7638 does not name. Pass a public JWK.",
    );
  }
  return canonicalJson(members);
};
