import type { Algorithm } from "../contract/words.ts";
import type { AlgorithmRow, Digest } from "./registry.ts";

const rsaSizes = { 2048: 112, 3072: 128, 4096: 128 } as const;
type RsaBits = keyof typeof rsaSizes;
/** The length of each digest, bytes (FIPS 180-4 figure 1). */
export const digestBytes: Readonly<Record<Digest, number>> = { "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 };
const suffix = { "SHA-256": "256", "SHA-384": "384", "SHA-512": "512" } as const;

// SP 800-57 Part 1 r5 Table 2 has rows for 2048 (112) and 3072 (128) and next 7680 (192): 4096 counts as 128.
// The formula of SP 800-56B r2 appendix D gives about 152, which no requirement asks for.
const rsa = (bits: RsaBits, digest: Digest): Pick<AlgorithmRow, "strengthBits" | "keyBits" | "digest"> => ({
  strengthBits: rsaSizes[bits],
  keyBits: bits,
  digest,
});

const oaep = (algorithm: Algorithm, bits: RsaBits, digest: Digest): AlgorithmRow => ({
  algorithm,
  purpose: "asymmetric-encryption",
  family: "rsa-oaep",
  ...rsa(bits, digest),
  maximumPlaintextBytes: bits / 8 - 2 * digestBytes[digest] - 2,
  ciphertextBytes: bits / 8,
  jose: `RSA-OAEP-${suffix[digest]}`, // RFC 7518 §4.3; -512 from the Web Cryptography API's registrations
  oid: "1.2.840.113549.1.1.7",
});

const pss = (algorithm: Algorithm, bits: RsaBits, digest: Digest): AlgorithmRow => ({
  algorithm,
  purpose: "signature",
  family: "rsa-pss",
  ...rsa(bits, digest),
  signatureBytes: bits / 8,
  jose: `PS${suffix[digest]}`,
  oid: "1.2.840.113549.1.1.10",
});

const pkcs1 = (algorithm: Algorithm, bits: RsaBits, digest: Digest): AlgorithmRow => ({
  algorithm,
  purpose: "signature",
  family: "rsa-pkcs1",
  ...rsa(bits, digest),
  signatureBytes: bits / 8,
  jose: `RS${suffix[digest]}`,
  oid: digest === "SHA-256" ? "1.2.840.113549.1.1.11" : "1.2.840.113549.1.1.13",
});

/**
 * One row for each algorithm of the contract. Pure data. Sizes: FIPS 204 Table 2 (ML-DSA), FIPS 203 Table 3 (ML-KEM).
 * Identifiers: RFC 5084, RFC 5649, RFC 8017 appendix C, RFC 5758, RFC 8410, RFC 9881, RFC 8018, SEC 1 appendix C, NIST CSOR (ML-KEM).
 * JOSE names: RFC 7518, RFC 8037, RFC 8812 and the IANA registry.
 */
export const algorithms: Readonly<Record<Algorithm, AlgorithmRow>> = {
  "AES-256-GCM": {
    algorithm: "AES-256-GCM",
    purpose: "encryption",
    family: "aes",
    strengthBits: 256,
    keyBits: 256,
    jose: "A256GCM",
    oid: "2.16.840.1.101.3.4.1.46",
  },
  "RSA-OAEP-2048-SHA256": oaep("RSA-OAEP-2048-SHA256", 2048, "SHA-256"),
  "RSA-OAEP-3072-SHA256": oaep("RSA-OAEP-3072-SHA256", 3072, "SHA-256"),
  "RSA-OAEP-4096-SHA256": oaep("RSA-OAEP-4096-SHA256", 4096, "SHA-256"),
  "RSA-OAEP-4096-SHA512": oaep("RSA-OAEP-4096-SHA512", 4096, "SHA-512"),
  "RSA-PSS-2048-SHA256": pss("RSA-PSS-2048-SHA256", 2048, "SHA-256"),
  "RSA-PSS-3072-SHA256": pss("RSA-PSS-3072-SHA256", 3072, "SHA-256"),
  "RSA-PSS-4096-SHA256": pss("RSA-PSS-4096-SHA256", 4096, "SHA-256"),
  "RSA-PSS-4096-SHA512": pss("RSA-PSS-4096-SHA512", 4096, "SHA-512"),
  "RSA-PKCS1-2048-SHA256": pkcs1("RSA-PKCS1-2048-SHA256", 2048, "SHA-256"),
  "RSA-PKCS1-3072-SHA256": pkcs1("RSA-PKCS1-3072-SHA256", 3072, "SHA-256"),
  "RSA-PKCS1-4096-SHA256": pkcs1("RSA-PKCS1-4096-SHA256", 4096, "SHA-256"),
  "RSA-PKCS1-4096-SHA512": pkcs1("RSA-PKCS1-4096-SHA512", 4096, "SHA-512"),
  "ECDSA-P256-SHA256": {
    algorithm: "ECDSA-P256-SHA256",
    purpose: "signature",
    family: "ecdsa",
    strengthBits: 128,
    curve: "P-256",
    digest: "SHA-256",
    signatureBytes: 72,
    jose: "ES256",
    oid: "1.2.840.10045.4.3.2",
  },
  "ECDSA-P384-SHA384": {
    algorithm: "ECDSA-P384-SHA384",
    purpose: "signature",
    family: "ecdsa",
    strengthBits: 192,
    curve: "P-384",
    digest: "SHA-384",
    signatureBytes: 104,
    jose: "ES384",
    oid: "1.2.840.10045.4.3.3",
  },
  "ECDSA-P521-SHA512": {
    algorithm: "ECDSA-P521-SHA512",
    purpose: "signature",
    family: "ecdsa",
    strengthBits: 256,
    curve: "P-521",
    digest: "SHA-512",
    signatureBytes: 139,
    jose: "ES512",
    oid: "1.2.840.10045.4.3.4",
  },
  "ECDSA-secp256k1-SHA256": {
    algorithm: "ECDSA-secp256k1-SHA256",
    purpose: "signature",
    family: "ecdsa",
    strengthBits: 128,
    curve: "secp256k1",
    digest: "SHA-256",
    signatureBytes: 72,
    jose: "ES256K",
    oid: "1.2.840.10045.4.3.2",
  },
  Ed25519: {
    algorithm: "Ed25519",
    purpose: "signature",
    family: "ed25519",
    strengthBits: 128,
    curve: "Ed25519",
    signatureBytes: 64,
    jose: "EdDSA",
    oid: "1.3.101.112",
  },
  "ML-DSA-44": {
    algorithm: "ML-DSA-44",
    purpose: "signature",
    family: "ml-dsa",
    strengthBits: 128,
    signatureBytes: 2420,
    jose: "ML-DSA-44",
    oid: "2.16.840.1.101.3.4.3.17",
  },
  "ML-DSA-65": {
    algorithm: "ML-DSA-65",
    purpose: "signature",
    family: "ml-dsa",
    strengthBits: 192,
    signatureBytes: 3309,
    jose: "ML-DSA-65",
    oid: "2.16.840.1.101.3.4.3.18",
  },
  "ML-DSA-87": {
    algorithm: "ML-DSA-87",
    purpose: "signature",
    family: "ml-dsa",
    strengthBits: 256,
    signatureBytes: 4627,
    jose: "ML-DSA-87",
    oid: "2.16.840.1.101.3.4.3.19",
  },
  "HMAC-SHA256": {
    algorithm: "HMAC-SHA256",
    purpose: "mac",
    family: "hmac",
    strengthBits: 256,
    keyBits: 256,
    digest: "SHA-256",
    signatureBytes: 32,
    jose: "HS256",
    oid: "1.2.840.113549.2.9",
  },
  "HMAC-SHA384": {
    algorithm: "HMAC-SHA384",
    purpose: "mac",
    family: "hmac",
    strengthBits: 384,
    keyBits: 384,
    digest: "SHA-384",
    signatureBytes: 48,
    jose: "HS384",
    oid: "1.2.840.113549.2.10",
  },
  "HMAC-SHA512": {
    algorithm: "HMAC-SHA512",
    purpose: "mac",
    family: "hmac",
    strengthBits: 512,
    keyBits: 512,
    digest: "SHA-512",
    signatureBytes: 64,
    jose: "HS512",
    oid: "1.2.840.113549.2.11",
  },
  "ECDH-P256": {
    algorithm: "ECDH-P256",
    purpose: "key-agreement",
    family: "ecdh",
    strengthBits: 128,
    curve: "P-256",
    jose: "ECDH-ES",
    oid: "1.3.132.1.12",
  },
  "ECDH-P384": {
    algorithm: "ECDH-P384",
    purpose: "key-agreement",
    family: "ecdh",
    strengthBits: 192,
    curve: "P-384",
    jose: "ECDH-ES",
    oid: "1.3.132.1.12",
  },
  "ECDH-P521": {
    algorithm: "ECDH-P521",
    purpose: "key-agreement",
    family: "ecdh",
    strengthBits: 256,
    curve: "P-521",
    jose: "ECDH-ES",
    oid: "1.3.132.1.12",
  },
  "ML-KEM-768": {
    algorithm: "ML-KEM-768",
    purpose: "key-encapsulation",
    family: "ml-kem",
    strengthBits: 192,
    ciphertextBytes: 1088,
    oid: "2.16.840.1.101.3.4.4.2",
  },
  "ML-KEM-1024": {
    algorithm: "ML-KEM-1024",
    purpose: "key-encapsulation",
    family: "ml-kem",
    strengthBits: 256,
    ciphertextBytes: 1568,
    oid: "2.16.840.1.101.3.4.4.3",
  },
  "AES-256-KWP": {
    algorithm: "AES-256-KWP",
    purpose: "key-wrapping",
    family: "aes-kwp",
    strengthBits: 256,
    keyBits: 256,
    oid: "2.16.840.1.101.3.4.1.48",
  },
};
