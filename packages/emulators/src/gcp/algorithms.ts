import type { CurveName, HashName } from "../primitives.ts";

/** Purposes that are emulated, by their wire names. */
export type Purpose = "ENCRYPT_DECRYPT" | "ASYMMETRIC_SIGN" | "ASYMMETRIC_DECRYPT" | "MAC";

/** Protection levels that are emulated. */
export type ProtectionLevel = "SOFTWARE" | "HSM";

/** What the key material of an algorithm is, and what is done with it. */
export type Scheme =
  | { readonly kind: "aes" }
  | { readonly kind: "mac"; readonly hash: HashName; readonly secretBytes: number }
  | { readonly kind: "oaep"; readonly bits: number; readonly hash: HashName }
  | { readonly kind: "rsa"; readonly bits: number; readonly padding: "pss" | "pkcs1"; readonly hash: HashName }
  | { readonly kind: "ec"; readonly curve: CurveName; readonly hash: HashName }
  | { readonly kind: "ed25519" };

/** One algorithm: its purpose, its scheme, and where it is offered. */
export interface AlgorithmRow {
  readonly purpose: Purpose;
  readonly scheme: Scheme;
  readonly levels: readonly ProtectionLevel[];
  /** Document and section. */
  readonly source: string;
}

const BOTH: readonly ProtectionLevel[] = ["SOFTWARE", "HSM"];
const source = "google/cloud/kms/v1/resources.proto, CryptoKeyVersionAlgorithm; provider facts §2.1 and §2.2";

const mac = (hash: HashName, secretBytes: number): AlgorithmRow => ({
  purpose: "MAC",
  scheme: { kind: "mac", hash, secretBytes },
  levels: BOTH,
  source,
});

const oaep = (bits: number, hash: HashName): AlgorithmRow => ({
  purpose: "ASYMMETRIC_DECRYPT",
  scheme: { kind: "oaep", bits, hash },
  levels: BOTH,
  source,
});

const rsa = (padding: "pss" | "pkcs1", bits: number, hash: HashName): AlgorithmRow => ({
  purpose: "ASYMMETRIC_SIGN",
  scheme: { kind: "rsa", bits, padding, hash },
  levels: BOTH,
  source,
});

const ec = (curve: CurveName, hash: HashName, levels: readonly ProtectionLevel[] = BOTH): AlgorithmRow => ({
  purpose: "ASYMMETRIC_SIGN",
  scheme: { kind: "ec", curve, hash },
  levels,
  source,
});

/** The algorithms that are emulated, by their wire names. */
export const ALGORITHMS: ReadonlyMap<string, AlgorithmRow> = new Map<string, AlgorithmRow>([
  ["GOOGLE_SYMMETRIC_ENCRYPTION", { purpose: "ENCRYPT_DECRYPT", scheme: { kind: "aes" }, levels: BOTH, source }],
  ["HMAC_SHA1", mac("sha1", 20)],
  ["HMAC_SHA224", mac("sha224", 28)],
  ["HMAC_SHA256", mac("sha256", 32)],
  ["HMAC_SHA384", mac("sha384", 48)],
  ["HMAC_SHA512", mac("sha512", 64)],
  ["RSA_DECRYPT_OAEP_2048_SHA1", oaep(2048, "sha1")],
  ["RSA_DECRYPT_OAEP_3072_SHA1", oaep(3072, "sha1")],
  ["RSA_DECRYPT_OAEP_4096_SHA1", oaep(4096, "sha1")],
  ["RSA_DECRYPT_OAEP_2048_SHA256", oaep(2048, "sha256")],
  ["RSA_DECRYPT_OAEP_3072_SHA256", oaep(3072, "sha256")],
  ["RSA_DECRYPT_OAEP_4096_SHA256", oaep(4096, "sha256")],
  ["RSA_DECRYPT_OAEP_4096_SHA512", oaep(4096, "sha512")],
  ["RSA_SIGN_PSS_2048_SHA256", rsa("pss", 2048, "sha256")],
  ["RSA_SIGN_PSS_3072_SHA256", rsa("pss", 3072, "sha256")],
  ["RSA_SIGN_PSS_4096_SHA256", rsa("pss", 4096, "sha256")],
  ["RSA_SIGN_PSS_4096_SHA512", rsa("pss", 4096, "sha512")],
  ["RSA_SIGN_PKCS1_2048_SHA256", rsa("pkcs1", 2048, "sha256")],
  ["RSA_SIGN_PKCS1_3072_SHA256", rsa("pkcs1", 3072, "sha256")],
  ["RSA_SIGN_PKCS1_4096_SHA256", rsa("pkcs1", 4096, "sha256")],
  ["RSA_SIGN_PKCS1_4096_SHA512", rsa("pkcs1", 4096, "sha512")],
  ["EC_SIGN_P256_SHA256", ec("prime256v1", "sha256")],
  ["EC_SIGN_P384_SHA384", ec("secp384r1", "sha384")],
  // "This curve is only supported for HSM protection level" (resources.proto).
  ["EC_SIGN_SECP256K1_SHA256", ec("secp256k1", "sha256", ["HSM"])],
  // Whether the HSM has it is not established (provider facts §2.2).
  ["EC_SIGN_ED25519", { purpose: "ASYMMETRIC_SIGN", scheme: { kind: "ed25519" }, levels: ["SOFTWARE"], source }],
]);
