import type { Algorithm } from "@kms/core/driver";

/** The algorithms that own keys can have: everything of the contract that `node:crypto` does on every supported runtime. */
export type SelfManagedAlgorithm = Exclude<Algorithm, `ML-${string}`>;

/** Digests by their `node:crypto` names. */
export type HashName = "sha256" | "sha384" | "sha512";
/** Curves by their `node:crypto` names. */
export type CurveName = "prime256v1" | "secp384r1" | "secp521r1" | "secp256k1";

/** What a key of an algorithm is made of, and how it is used. */
export type Recipe =
  | { readonly kind: "aead" }
  | { readonly kind: "key-wrap" }
  | { readonly kind: "mac"; readonly hash: HashName; readonly lengthBytes: number }
  | { readonly kind: "ecdsa"; readonly curve: CurveName; readonly hash: HashName }
  | { readonly kind: "eddsa" }
  | { readonly kind: "ecdh"; readonly curve: CurveName }
  | { readonly kind: "oaep" | "pss" | "pkcs1"; readonly modulusBits: number; readonly hash: HashName };

/** One recipe per algorithm. HMAC keys are as long as the digest (RFC 2104 §3, SP 800-107 §5.3.4). */
export const recipes: Readonly<Record<SelfManagedAlgorithm, Recipe>> = {
  "AES-256-GCM": { kind: "aead" },
  "AES-256-KWP": { kind: "key-wrap" },
  "HMAC-SHA256": { kind: "mac", hash: "sha256", lengthBytes: 32 },
  "HMAC-SHA384": { kind: "mac", hash: "sha384", lengthBytes: 48 },
  "HMAC-SHA512": { kind: "mac", hash: "sha512", lengthBytes: 64 },
  "ECDSA-P256-SHA256": { kind: "ecdsa", curve: "prime256v1", hash: "sha256" },
  "ECDSA-P384-SHA384": { kind: "ecdsa", curve: "secp384r1", hash: "sha384" },
  "ECDSA-P521-SHA512": { kind: "ecdsa", curve: "secp521r1", hash: "sha512" },
  "ECDSA-secp256k1-SHA256": { kind: "ecdsa", curve: "secp256k1", hash: "sha256" },
  Ed25519: { kind: "eddsa" },
  "ECDH-P256": { kind: "ecdh", curve: "prime256v1" },
  "ECDH-P384": { kind: "ecdh", curve: "secp384r1" },
  "ECDH-P521": { kind: "ecdh", curve: "secp521r1" },
  "RSA-OAEP-2048-SHA256": { kind: "oaep", modulusBits: 2048, hash: "sha256" },
  "RSA-OAEP-3072-SHA256": { kind: "oaep", modulusBits: 3072, hash: "sha256" },
  "RSA-OAEP-4096-SHA256": { kind: "oaep", modulusBits: 4096, hash: "sha256" },
  "RSA-OAEP-4096-SHA512": { kind: "oaep", modulusBits: 4096, hash: "sha512" },
  "RSA-PSS-2048-SHA256": { kind: "pss", modulusBits: 2048, hash: "sha256" },
  "RSA-PSS-3072-SHA256": { kind: "pss", modulusBits: 3072, hash: "sha256" },
  "RSA-PSS-4096-SHA256": { kind: "pss", modulusBits: 4096, hash: "sha256" },
  "RSA-PSS-4096-SHA512": { kind: "pss", modulusBits: 4096, hash: "sha512" },
  "RSA-PKCS1-2048-SHA256": { kind: "pkcs1", modulusBits: 2048, hash: "sha256" },
  "RSA-PKCS1-3072-SHA256": { kind: "pkcs1", modulusBits: 3072, hash: "sha256" },
  "RSA-PKCS1-4096-SHA256": { kind: "pkcs1", modulusBits: 4096, hash: "sha256" },
  "RSA-PKCS1-4096-SHA512": { kind: "pkcs1", modulusBits: 4096, hash: "sha512" },
};

/** Can own keys have this algorithm? */
export const isSelfManagedAlgorithm = (algorithm: Algorithm): algorithm is SelfManagedAlgorithm =>
  Object.hasOwn(recipes, algorithm);

/** Every algorithm of own keys, in the order of the table. */
export const selfManagedAlgorithms: readonly SelfManagedAlgorithm[] = Object.freeze(
  Object.keys(recipes).filter((name): name is SelfManagedAlgorithm => Object.hasOwn(recipes, name)),
);

/** Bytes of a digest. */
export const digestBytes: Readonly<Record<HashName, number>> = { sha256: 32, sha384: 48, sha512: 64 };
