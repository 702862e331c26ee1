import type { protos } from "@google-cloud/kms";
import { KmsError, type Algorithm, type KeyReference, type Protection } from "@kms/core/driver";

type V1 = typeof protos.google.cloud.kms.v1;
/** What a key of Google's is for, fixed with the key. */
export type GcpPurpose = Extract<
  keyof V1["CryptoKey"]["CryptoKeyPurpose"],
  "ENCRYPT_DECRYPT" | "ASYMMETRIC_SIGN" | "ASYMMETRIC_DECRYPT" | "MAC"
>;
/** Google's name of a full algorithm, as every key version bears it. */
export type GcpAlgorithmName = keyof V1["CryptoKeyVersion"]["CryptoKeyVersionAlgorithm"];
/** The protection levels that this adapter makes keys of. */
export type GcpLevel = Extract<keyof V1["ProtectionLevel"], "SOFTWARE" | "HSM">;

/** The algorithms that this adapter makes and uses keys for. P-521 is no curve of Google's. */
export type GcpAlgorithm =
  | "AES-256-GCM"
  | "RSA-OAEP-2048-SHA256"
  | "RSA-OAEP-3072-SHA256"
  | "RSA-OAEP-4096-SHA256"
  | "RSA-OAEP-4096-SHA512"
  | "RSA-PSS-2048-SHA256"
  | "RSA-PSS-3072-SHA256"
  | "RSA-PSS-4096-SHA256"
  | "RSA-PSS-4096-SHA512"
  | "RSA-PKCS1-2048-SHA256"
  | "RSA-PKCS1-3072-SHA256"
  | "RSA-PKCS1-4096-SHA256"
  | "RSA-PKCS1-4096-SHA512"
  | "ECDSA-P256-SHA256"
  | "ECDSA-P384-SHA384"
  | "ECDSA-secp256k1-SHA256"
  | "Ed25519"
  | "HMAC-SHA256"
  | "HMAC-SHA384"
  | "HMAC-SHA512";

/** What Google calls an algorithm, and the protection levels that are established for it, the default first. */
export interface GcpAlgorithmRow {
  readonly purpose: GcpPurpose;
  readonly name: GcpAlgorithmName;
  readonly levels: readonly GcpLevel[];
}

// resources.proto, CryptoKeyVersionTemplate: SOFTWARE unless said.
const both: readonly GcpLevel[] = ["SOFTWARE", "HSM"];
// CryptoKeyVersion.CryptoKeyVersionAlgorithm and CryptoKeyPurpose in resources.proto.
const decryption = (name: GcpAlgorithmName): GcpAlgorithmRow => ({ purpose: "ASYMMETRIC_DECRYPT", name, levels: both });
const signature = (name: GcpAlgorithmName, levels: readonly GcpLevel[] = both): GcpAlgorithmRow => ({
  purpose: "ASYMMETRIC_SIGN",
  name,
  levels,
});
const mac = (name: GcpAlgorithmName): GcpAlgorithmRow => ({ purpose: "MAC", name, levels: both });

/** One row per algorithm. */
export const algorithms: Readonly<Record<GcpAlgorithm, GcpAlgorithmRow>> = {
  "AES-256-GCM": { purpose: "ENCRYPT_DECRYPT", name: "GOOGLE_SYMMETRIC_ENCRYPTION", levels: both },
  "RSA-OAEP-2048-SHA256": decryption("RSA_DECRYPT_OAEP_2048_SHA256"),
  "RSA-OAEP-3072-SHA256": decryption("RSA_DECRYPT_OAEP_3072_SHA256"),
  "RSA-OAEP-4096-SHA256": decryption("RSA_DECRYPT_OAEP_4096_SHA256"),
  "RSA-OAEP-4096-SHA512": decryption("RSA_DECRYPT_OAEP_4096_SHA512"),
  "RSA-PSS-2048-SHA256": signature("RSA_SIGN_PSS_2048_SHA256"),
  "RSA-PSS-3072-SHA256": signature("RSA_SIGN_PSS_3072_SHA256"),
  "RSA-PSS-4096-SHA256": signature("RSA_SIGN_PSS_4096_SHA256"),
  "RSA-PSS-4096-SHA512": signature("RSA_SIGN_PSS_4096_SHA512"),
  "RSA-PKCS1-2048-SHA256": signature("RSA_SIGN_PKCS1_2048_SHA256"),
  "RSA-PKCS1-3072-SHA256": signature("RSA_SIGN_PKCS1_3072_SHA256"),
  "RSA-PKCS1-4096-SHA256": signature("RSA_SIGN_PKCS1_4096_SHA256"),
  "RSA-PKCS1-4096-SHA512": signature("RSA_SIGN_PKCS1_4096_SHA512"),
  "ECDSA-P256-SHA256": signature("EC_SIGN_P256_SHA256"),
  "ECDSA-P384-SHA384": signature("EC_SIGN_P384_SHA384"),
  // "This curve is only supported for HSM protection level" (resources.proto).
  "ECDSA-secp256k1-SHA256": signature("EC_SIGN_SECP256K1_SHA256", ["HSM"]),
  // Whether the HSM has it is not established (`provider-facts` §2.2).
  Ed25519: signature("EC_SIGN_ED25519", ["SOFTWARE"]),
  "HMAC-SHA256": mac("HMAC_SHA256"),
  "HMAC-SHA384": mac("HMAC_SHA384"),
  "HMAC-SHA512": mac("HMAC_SHA512"),
};

/** Is the algorithm one of this adapter's? */
export const isGcpAlgorithm = (algorithm: Algorithm): algorithm is GcpAlgorithm => isRowName(algorithm);

/** The algorithms, in the order of the table. */
export const gcpAlgorithms: readonly GcpAlgorithm[] = Object.freeze(Object.keys(algorithms).filter(isRowName));

/** What Google says of the versions that a key makes. */
export interface GcpTemplate {
  readonly algorithm?: unknown;
  readonly protectionLevel?: unknown;
}

/** What a key of this purpose and template may be used for; none when this adapter has no row for it, as for single-tenant HSMs. */
export const algorithmsOf = (purpose: unknown, { algorithm, protectionLevel }: GcpTemplate): readonly GcpAlgorithm[] =>
  gcpAlgorithms.filter((name) => {
    const row = algorithms[name];
    return row.purpose === purpose && row.name === algorithm && row.levels.some((level) => level === protectionLevel);
  });

/** The contract's word for a protection level. */
export const protectionOf = (level: string): Protection => {
  if (level === "SOFTWARE") return "software";
  return level.startsWith("HSM") ? "hsm" : "external";
};

/** The level of a new key; the algorithm's default where none is asked for. `undefined` for one that it cannot have. */
export function levelFor(algorithm: GcpAlgorithm, protection: Protection | undefined): GcpLevel | undefined {
  const { levels } = algorithms[algorithm];
  return protection === undefined ? levels[0] : levels.find((level) => protectionOf(level) === protection);
}

/** Has a key of this algorithm a primary version, which Google picks, and associated data? Symmetric encryption keys alone. */
export const isSymmetric = (algorithm: Algorithm): boolean => algorithm === "AES-256-GCM";

/** Does Google sign the message itself, not a digest? Ed25519 alone, "in pure mode (taking data as input)" (resources.proto). */
export const signsMessages = (algorithm: Algorithm): boolean => algorithm === "Ed25519";

/** `INVALID_ARGUMENT` unless the key's algorithm has this purpose at Google. */
export function requirePurpose(key: KeyReference, purpose: GcpPurpose): void {
  if (isGcpAlgorithm(key.algorithm) && algorithms[key.algorithm].purpose === purpose) return;
  throw new KmsError("INVALID_ARGUMENT", `A key for ${key.algorithm} has not the purpose ${purpose} on Cloud KMS.`, {
    keyId: key.id,
  });
}

function isRowName(name: string): name is GcpAlgorithm {
  return Object.hasOwn(algorithms, name);
}
