/** Members that take a value of an enumeration. */
export type EnumerationName =
  | "KeySpec"
  | "KeyUsage"
  | "Origin"
  | "EncryptionAlgorithm"
  | "SigningAlgorithm"
  | "MacAlgorithm"
  | "KeyAgreementAlgorithm"
  | "MessageType"
  | "DataKeySpec"
  | "IncludeKeyMaterial";

/**
 * Values of the service's enumerations, emulated or not: a value outside them is a `ValidationException`, one that the
 * emulator lacks is refused as not implemented. Source: AWS KMS API Reference, "Valid Values".
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
  KeyAgreementAlgorithm: ["ECDH"],
  MessageType: ["RAW", "DIGEST", "EXTERNAL_MU"],
  DataKeySpec: ["AES_256", "AES_128"],
  IncludeKeyMaterial: ["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"],
};
