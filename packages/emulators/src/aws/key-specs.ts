import type { CurveName, HashName } from "../primitives.ts";

/** Usages that are emulated, by their wire names. */
export type KeyUsage = "ENCRYPT_DECRYPT" | "SIGN_VERIFY" | "GENERATE_VERIFY_MAC" | "KEY_AGREEMENT";

/** Key specs that are emulated, by their wire names. */
export type KeySpec =
  | "SYMMETRIC_DEFAULT"
  | "RSA_2048"
  | "RSA_3072"
  | "RSA_4096"
  | "ECC_NIST_P256"
  | "ECC_NIST_P384"
  | "ECC_NIST_P521"
  | "ECC_SECG_P256K1"
  | "ECC_NIST_EDWARDS25519"
  | "HMAC_224"
  | "HMAC_256"
  | "HMAC_384"
  | "HMAC_512";

/** How the secret of a key is made. */
export type Material =
  | { readonly kind: "rotating" }
  | { readonly kind: "mac"; readonly hash: HashName; readonly secretBytes: number }
  | { readonly kind: "rsa"; readonly bits: number }
  | { readonly kind: "ec"; readonly curve: CurveName }
  | { readonly kind: "ed25519" };

/** One key spec: what its keys are made of, and by which algorithms they serve each usage. */
export interface KeySpecRow {
  readonly material: Material;
  /** Algorithms by usage; a key has one usage. */
  readonly usages: Readonly<Partial<Record<KeyUsage, readonly string[]>>>;
  /** Vendor document and section. */
  readonly source: string;
}

/** The member of `KeyMetadata` and of `GetPublicKey` that lists the algorithms. */
export const ALGORITHMS_MEMBER: Readonly<Record<KeyUsage, string>> = {
  ENCRYPT_DECRYPT: "EncryptionAlgorithms",
  SIGN_VERIFY: "SigningAlgorithms",
  GENERATE_VERIFY_MAC: "MacAlgorithms",
  KEY_AGREEMENT: "KeyAgreementAlgorithms",
};

const source = "AWS KMS Developer Guide, Key spec reference; AWS KMS API Reference, CreateKey, KeySpec and KeyUsage";

const mac = (hash: HashName, algorithm: string, secretBytes: number): KeySpecRow => ({
  material: { kind: "mac", hash, secretBytes },
  usages: { GENERATE_VERIFY_MAC: [algorithm] },
  source,
});

const rsa = (bits: number): KeySpecRow => ({
  material: { kind: "rsa", bits },
  usages: {
    ENCRYPT_DECRYPT: ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"],
    SIGN_VERIFY: [
      "RSASSA_PKCS1_V1_5_SHA_256",
      "RSASSA_PKCS1_V1_5_SHA_384",
      "RSASSA_PKCS1_V1_5_SHA_512",
      "RSASSA_PSS_SHA_256",
      "RSASSA_PSS_SHA_384",
      "RSASSA_PSS_SHA_512",
    ],
  },
  source,
});

const nistCurve = (curve: CurveName, algorithm: string): KeySpecRow => ({
  material: { kind: "ec", curve },
  usages: { SIGN_VERIFY: [algorithm], KEY_AGREEMENT: ["ECDH"] },
  source,
});

/** The key specs that are emulated. */
export const KEY_SPECS: Readonly<Record<KeySpec, KeySpecRow>> = {
  SYMMETRIC_DEFAULT: {
    material: { kind: "rotating" },
    usages: { ENCRYPT_DECRYPT: ["SYMMETRIC_DEFAULT"] },
    source,
  },
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: nistCurve("prime256v1", "ECDSA_SHA_256"),
  ECC_NIST_P384: nistCurve("secp384r1", "ECDSA_SHA_384"),
  ECC_NIST_P521: nistCurve("secp521r1", "ECDSA_SHA_512"),
  ECC_SECG_P256K1: {
    material: { kind: "ec", curve: "secp256k1" },
    usages: { SIGN_VERIFY: ["ECDSA_SHA_256"] },
    source,
  },
  ECC_NIST_EDWARDS25519: {
    material: { kind: "ed25519" },
    // Both, as floci-io/floci issue 2924 recorded from the service.
    usages: { SIGN_VERIFY: ["ED25519_SHA_512", "ED25519_PH_SHA_512"] },
    source,
  },
  HMAC_224: mac("sha224", "HMAC_SHA_224", 28),
  HMAC_256: mac("sha256", "HMAC_SHA_256", 32),
  HMAC_384: mac("sha384", "HMAC_SHA_384", 48),
  HMAC_512: mac("sha512", "HMAC_SHA_512", 64),
};

/** Whether a wire name is a key spec that is emulated. */
export const isKeySpec = (name: string): name is KeySpec => Object.hasOwn(KEY_SPECS, name);
