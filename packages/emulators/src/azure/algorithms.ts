import type { CurveName, HashName } from "../primitives.ts";

/** Kinds of back end. */
export type AzureFlavour = "standard" | "premium" | "managed-hsm";

/** Key types by their wire names. */
export type KeyType = "RSA" | "RSA-HSM" | "EC" | "EC-HSM" | "oct-HSM";

/**
 * What each back end offers. Source: provider facts §2.2 (learn.microsoft.com/azure/key-vault/keys/about-keys-details;
 * …/managed-hsm/about-keys-details).
 */
export const KEY_TYPES: Readonly<Record<AzureFlavour, readonly KeyType[]>> = {
  standard: ["RSA", "EC"],
  premium: ["RSA", "EC", "RSA-HSM", "EC-HSM"],
  "managed-hsm": ["RSA-HSM", "EC-HSM", "oct-HSM"],
};

/** Sizes in bits. Source: provider facts §2.2. */
export const RSA_SIZES: readonly number[] = [2048, 3072, 4096];
/** Sizes in bits. Source: provider facts §2.2. */
export const OCT_SIZES: readonly number[] = [128, 192, 256];

/** Curves by their wire names. Source: provider facts §2.1. */
export const CURVES: ReadonlyMap<string, CurveName> = new Map<string, CurveName>([
  ["P-256", "prime256v1"],
  ["P-256K", "secp256k1"],
  ["P-384", "secp384r1"],
  ["P-521", "secp521r1"],
]);

/** What an algorithm's name means; `family` is what a key must be. */
export type Scheme =
  | { readonly kind: "rsa-signature"; readonly padding: "pss" | "pkcs1"; readonly hash: HashName }
  | { readonly kind: "ecdsa"; readonly curve: CurveName; readonly hash: HashName }
  | { readonly kind: "hmac"; readonly hash: HashName }
  | { readonly kind: "oaep"; readonly hash: HashName }
  | { readonly kind: "aes-gcm"; readonly bits: number }
  | { readonly kind: "aes-wrap"; readonly wrapping: "plain" | "padded"; readonly bits: number | undefined };

/** Signature algorithms by their wire names. Source: provider facts §2.1 (RFC 7518 §3.1; RFC 8812 §3.2). */
export const SIGNATURES: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ["RS256", { kind: "rsa-signature", padding: "pkcs1", hash: "sha256" }],
  ["RS384", { kind: "rsa-signature", padding: "pkcs1", hash: "sha384" }],
  ["RS512", { kind: "rsa-signature", padding: "pkcs1", hash: "sha512" }],
  ["PS256", { kind: "rsa-signature", padding: "pss", hash: "sha256" }],
  ["PS384", { kind: "rsa-signature", padding: "pss", hash: "sha384" }],
  ["PS512", { kind: "rsa-signature", padding: "pss", hash: "sha512" }],
  ["ES256", { kind: "ecdsa", curve: "prime256v1", hash: "sha256" }],
  ["ES256K", { kind: "ecdsa", curve: "secp256k1", hash: "sha256" }],
  ["ES384", { kind: "ecdsa", curve: "secp384r1", hash: "sha384" }],
  ["ES512", { kind: "ecdsa", curve: "secp521r1", hash: "sha512" }],
  ["HS256", { kind: "hmac", hash: "sha256" }],
  ["HS384", { kind: "hmac", hash: "sha384" }],
  ["HS512", { kind: "hmac", hash: "sha512" }],
]);

/** RSA encryption, which wraps keys too. `RSA1_5` is not emulated: Node 20.20 refuses its decryption. */
const OAEP: readonly (readonly [string, Scheme])[] = [
  ["RSA-OAEP", { kind: "oaep", hash: "sha1" }],
  ["RSA-OAEP-256", { kind: "oaep", hash: "sha256" }],
];

/** Encryption algorithms by their wire names. Source: provider facts §2.1; AES-CBC is not emulated. */
export const ENCRYPTIONS: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ...OAEP,
  ["A128GCM", { kind: "aes-gcm", bits: 128 }],
  ["A192GCM", { kind: "aes-gcm", bits: 192 }],
  ["A256GCM", { kind: "aes-gcm", bits: 256 }],
]);

/** Key wrapping algorithms by their wire names. Source: provider facts §2.1. */
export const WRAPPINGS: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ...OAEP,
  ["A128KW", { kind: "aes-wrap", wrapping: "plain", bits: 128 }],
  ["A192KW", { kind: "aes-wrap", wrapping: "plain", bits: 192 }],
  ["A256KW", { kind: "aes-wrap", wrapping: "plain", bits: 256 }],
  ["CKM_AES_KEY_WRAP", { kind: "aes-wrap", wrapping: "plain", bits: undefined }],
  ["CKM_AES_KEY_WRAP_PAD", { kind: "aes-wrap", wrapping: "padded", bits: undefined }],
]);
