import type { CurveName, HashName } from "../primitives.ts";

/** Usages that the slice knows, by their wire names. */
export type KeyUsage = "ENCRYPT_DECRYPT" | "SIGN_VERIFY" | "GENERATE_VERIFY_MAC";

/** Key specs that the slice knows, by their wire names. */
export type KeySpec = "SYMMETRIC_DEFAULT" | "ECC_NIST_P256" | "HMAC_256" | "HMAC_384" | "HMAC_512";

/** One key spec: what a key of it may do, and by which algorithm. */
export interface KeySpecRow {
  readonly usage: KeyUsage;
  /** The member of `KeyMetadata` that lists the algorithms. */
  readonly algorithmsMember: "EncryptionAlgorithms" | "SigningAlgorithms" | "MacAlgorithms";
  readonly algorithms: readonly string[];
  readonly hash?: HashName | undefined;
  readonly curve?: CurveName | undefined;
  /** Length of the secret in bytes, for symmetric keys and HMAC keys. */
  readonly secretBytes?: number | undefined;
  readonly source: string;
}

const source = "AWS KMS Developer Guide, Key spec reference";
const mac = (hash: HashName, algorithm: string, secretBytes: number): KeySpecRow => ({
  usage: "GENERATE_VERIFY_MAC",
  algorithmsMember: "MacAlgorithms",
  algorithms: [algorithm],
  hash,
  secretBytes,
  source,
});

/** The key specs of the slice. */
export const KEY_SPECS: Readonly<Record<KeySpec, KeySpecRow>> = {
  SYMMETRIC_DEFAULT: {
    usage: "ENCRYPT_DECRYPT",
    algorithmsMember: "EncryptionAlgorithms",
    algorithms: ["SYMMETRIC_DEFAULT"],
    secretBytes: 32,
    source,
  },
  ECC_NIST_P256: {
    usage: "SIGN_VERIFY",
    algorithmsMember: "SigningAlgorithms",
    algorithms: ["ECDSA_SHA_256"],
    hash: "sha256",
    curve: "prime256v1",
    source,
  },
  HMAC_256: mac("sha256", "HMAC_SHA_256", 32),
  HMAC_384: mac("sha384", "HMAC_SHA_384", 48),
  HMAC_512: mac("sha512", "HMAC_SHA_512", 64),
};

/** Whether a wire name is a key spec of the slice. */
export const isKeySpec = (name: string): name is KeySpec => Object.hasOwn(KEY_SPECS, name);

/** Members that take a value of an enumeration. */
export type EnumerationName =
  | "KeySpec"
  | "KeyUsage"
  | "Origin"
  | "EncryptionAlgorithm"
  | "SigningAlgorithm"
  | "MacAlgorithm"
  | "MessageType"
  | "DataKeySpec"
  | "IncludeKeyMaterial";

/**
 * Values of the service's enumerations, the slice's and the others: a value outside them is a `ValidationException`,
 * one that the slice lacks is refused as not implemented. Source: AWS KMS API Reference, "Valid Values".
 */
export const ENUMERATIONS: Readonly<Record<EnumerationName, readonly string[]>> = {
  KeySpec: [
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "ECC_NIST_EDWARDS25519",
    "SYMMETRIC_DEFAULT",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "ML_KEM_512",
    "ML_KEM_768",
    "ML_KEM_1024",
  ],
  KeyUsage: ["SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"],
  Origin: ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"],
  EncryptionAlgorithm: ["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"],
  SigningAlgorithm: [
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "ECDSA_SHA_256",
    "ECDSA_SHA_384",
    "ECDSA_SHA_512",
    "SM2DSA",
    "ML_DSA_SHAKE_256",
    "ED25519_SHA_512",
    "ED25519_PH_SHA_512",
  ],
  MacAlgorithm: ["HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"],
  MessageType: ["RAW", "DIGEST", "EXTERNAL_MU"],
  DataKeySpec: ["AES_256", "AES_128"],
  IncludeKeyMaterial: ["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"],
};
