import type {
  EncryptionAlgorithmSpec,
  KeyAgreementAlgorithmSpec,
  KeySpec,
  KeyUsageType,
  MacAlgorithmSpec,
  SigningAlgorithmSpec,
} from "@aws-sdk/client-kms";
import { KmsError, type Algorithm, type KeyReference } from "@kms/core/driver";

/** The algorithms that this adapter makes and uses keys for. OAEP with SHA-512 is no algorithm of AWS's. */
export type AwsAlgorithm =
  | "AES-256-GCM"
  | "RSA-OAEP-2048-SHA256"
  | "RSA-OAEP-3072-SHA256"
  | "RSA-OAEP-4096-SHA256"
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
  | "ECDSA-P521-SHA512"
  | "ECDSA-secp256k1-SHA256"
  | "Ed25519"
  | "HMAC-SHA256"
  | "HMAC-SHA384"
  | "HMAC-SHA512"
  | "ECDH-P256"
  | "ECDH-P384"
  | "ECDH-P521";

/**
 * What AWS calls an algorithm. `spec` and `usage` are fixed with the key; the third name is a parameter of each call,
 * which is why the handle binds the full algorithm (`algorithmBinding: "handle"`).
 */
export interface AwsAlgorithmRow {
  readonly spec: KeySpec;
  readonly usage: KeyUsageType;
  readonly encryption?: EncryptionAlgorithmSpec | undefined;
  readonly signing?: SigningAlgorithmSpec | undefined;
  readonly mac?: MacAlgorithmSpec | undefined;
  readonly agreement?: KeyAgreementAlgorithmSpec | undefined;
}

// AWS KMS API Reference, CreateKey: KeySpec and KeyUsage.
const oaep = (spec: KeySpec): AwsAlgorithmRow => ({
  spec,
  usage: "ENCRYPT_DECRYPT",
  encryption: "RSAES_OAEP_SHA_256",
});
const signature = (spec: KeySpec, signing: SigningAlgorithmSpec): AwsAlgorithmRow => ({
  spec,
  usage: "SIGN_VERIFY",
  signing,
});
const hmac = (spec: KeySpec, mac: MacAlgorithmSpec): AwsAlgorithmRow => ({ spec, usage: "GENERATE_VERIFY_MAC", mac });
const ecdh = (spec: KeySpec): AwsAlgorithmRow => ({ spec, usage: "KEY_AGREEMENT", agreement: "ECDH" });

/** One row per algorithm. */
export const algorithms: Readonly<Record<AwsAlgorithm, AwsAlgorithmRow>> = {
  "AES-256-GCM": { spec: "SYMMETRIC_DEFAULT", usage: "ENCRYPT_DECRYPT", encryption: "SYMMETRIC_DEFAULT" },
  "RSA-OAEP-2048-SHA256": oaep("RSA_2048"),
  "RSA-OAEP-3072-SHA256": oaep("RSA_3072"),
  "RSA-OAEP-4096-SHA256": oaep("RSA_4096"),
  "RSA-PSS-2048-SHA256": signature("RSA_2048", "RSASSA_PSS_SHA_256"),
  "RSA-PSS-3072-SHA256": signature("RSA_3072", "RSASSA_PSS_SHA_256"),
  "RSA-PSS-4096-SHA256": signature("RSA_4096", "RSASSA_PSS_SHA_256"),
  "RSA-PSS-4096-SHA512": signature("RSA_4096", "RSASSA_PSS_SHA_512"),
  "RSA-PKCS1-2048-SHA256": signature("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256"),
  "RSA-PKCS1-3072-SHA256": signature("RSA_3072", "RSASSA_PKCS1_V1_5_SHA_256"),
  "RSA-PKCS1-4096-SHA256": signature("RSA_4096", "RSASSA_PKCS1_V1_5_SHA_256"),
  "RSA-PKCS1-4096-SHA512": signature("RSA_4096", "RSASSA_PKCS1_V1_5_SHA_512"),
  "ECDSA-P256-SHA256": signature("ECC_NIST_P256", "ECDSA_SHA_256"),
  "ECDSA-P384-SHA384": signature("ECC_NIST_P384", "ECDSA_SHA_384"),
  "ECDSA-P521-SHA512": signature("ECC_NIST_P521", "ECDSA_SHA_512"),
  "ECDSA-secp256k1-SHA256": signature("ECC_SECG_P256K1", "ECDSA_SHA_256"),
  Ed25519: signature("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"),
  "HMAC-SHA256": hmac("HMAC_256", "HMAC_SHA_256"),
  "HMAC-SHA384": hmac("HMAC_384", "HMAC_SHA_384"),
  "HMAC-SHA512": hmac("HMAC_512", "HMAC_SHA_512"),
  "ECDH-P256": ecdh("ECC_NIST_P256"),
  "ECDH-P384": ecdh("ECC_NIST_P384"),
  "ECDH-P521": ecdh("ECC_NIST_P521"),
};

/** Is the algorithm one of this adapter's? */
export const isAwsAlgorithm = (algorithm: Algorithm): algorithm is AwsAlgorithm => Object.hasOwn(algorithms, algorithm);

/** The algorithms, in the order of the table. */
export const awsAlgorithms: readonly AwsAlgorithm[] = Object.freeze(Object.keys(algorithms).filter(isRowName));

/** The provider's own name of a type: AWS fixes key spec and key usage with the key, and nothing else. */
export const nativeName = (spec: string | undefined, usage: string | undefined): string =>
  `${spec ?? "unknown"}/${usage ?? "unknown"}`;

/** What a key of this spec and usage may be used for; none when this adapter has no row for it. */
export const algorithmsOf = (spec: string | undefined, usage: string | undefined): readonly AwsAlgorithm[] =>
  awsAlgorithms.filter((name) => algorithms[name].spec === spec && algorithms[name].usage === usage);

/** AWS's name of the key's algorithm in `Encrypt` and `Decrypt`; `INVALID_ARGUMENT` for a key of another purpose. */
export const encryptionAlgorithm = (key: KeyReference): EncryptionAlgorithmSpec => purposeOf(key, "encryption");
/** AWS's name of the key's algorithm in `Sign` and `Verify`; `INVALID_ARGUMENT` for a key of another purpose. */
export const signingAlgorithm = (key: KeyReference): SigningAlgorithmSpec => purposeOf(key, "signing");
/** AWS's name of the key's algorithm in `GenerateMac` and `VerifyMac`; `INVALID_ARGUMENT` for a key of another purpose. */
export const macAlgorithm = (key: KeyReference): MacAlgorithmSpec => purposeOf(key, "mac");
/** AWS's name of the key's algorithm in `DeriveSharedSecret`; `INVALID_ARGUMENT` for a key of another purpose. */
export const agreementAlgorithm = (key: KeyReference): KeyAgreementAlgorithmSpec => purposeOf(key, "agreement");

/** Has a key of this algorithm materials that AWS rotates, and an encryption context? Symmetric encryption keys alone. */
export const isSymmetric = (algorithm: Algorithm): boolean => algorithm === "AES-256-GCM";

/** Does AWS sign the message itself (`MessageType` RAW), not a digest? Ed25519 alone: it hashes the message twice over. */
export const signsMessages = (algorithm: Algorithm): boolean => algorithm === "Ed25519";

function purposeOf<N extends "encryption" | "signing" | "mac" | "agreement">(
  key: KeyReference,
  purpose: N,
): NonNullable<AwsAlgorithmRow[N]> {
  const name = isAwsAlgorithm(key.algorithm) ? algorithms[key.algorithm][purpose] : undefined;
  if (name) return name;
  throw new KmsError("INVALID_ARGUMENT", `A key for ${key.algorithm} has no ${purpose} algorithm on AWS KMS.`, {
    keyId: key.id,
  });
}

function isRowName(name: string): name is AwsAlgorithm {
  return Object.hasOwn(algorithms, name);
}
