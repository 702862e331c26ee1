import type { Algorithm, Purpose } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { algorithms } from "./table.ts";

/** A hash function, by its WebCrypto name. */
export type Digest = "SHA-256" | "SHA-384" | "SHA-512";
/** What an algorithm is made of, without sizes and digests. */
export type AlgorithmFamily =
  | "aes"
  | "aes-kwp"
  | "rsa-oaep"
  | "rsa-pss"
  | "rsa-pkcs1"
  | "ecdsa"
  | "ed25519"
  | "ml-dsa"
  | "hmac"
  | "ecdh"
  | "ml-kem";
/** An elliptic curve, by its name in JOSE (RFC 7518 §6.2.1.1, RFC 8812 §3.1, RFC 8037 §2). */
export type Curve = "P-256" | "P-384" | "P-521" | "secp256k1" | "Ed25519";

/** Everything about an algorithm that does not depend on a provider. */
export interface AlgorithmRow {
  readonly algorithm: Algorithm;
  readonly purpose: Purpose;
  /** Security strength, bits (SP 800-57 Part 1 r5 Table 2; for ML-DSA and ML-KEM the category's classical equivalent). */
  readonly strengthBits: number;
  readonly family: AlgorithmFamily;
  /** Length of a symmetric key, or of an RSA modulus, bits. */
  readonly keyBits?: number | undefined;
  readonly curve?: Curve | undefined;
  /** Hash of the message; for RSA-OAEP of the label and of MGF1. */
  readonly digest?: Digest | undefined;
  /** Length of a signature or MAC; for ECDSA in DER, where it varies, the most. */
  readonly signatureBytes?: number | undefined;
  /** RSA-OAEP: k − 2h − 2 (RFC 8017 §7.1.1). */
  readonly maximumPlaintextBytes?: number | undefined;
  /** RSA-OAEP: the length of the modulus. ML-KEM: the encapsulated key (FIPS 203 Table 3). */
  readonly ciphertextBytes?: number | undefined;
  /** Name in the JOSE registry of algorithms; none where JOSE has no such algorithm. */
  readonly jose?: string | undefined;
  /** Object identifier, dotted. */
  readonly oid?: string | undefined;
}

/** Whether a value names an algorithm of the contract. */
export const isAlgorithm = (name: unknown): name is Algorithm =>
  typeof name === "string" && Object.hasOwn(algorithms, name);

/** The row of an algorithm. `INVALID_ARGUMENT` for a name that the contract does not have. */
export const algorithmRow = (name: unknown): AlgorithmRow => {
  if (isAlgorithm(name)) return algorithms[name];
  const found = typeof name === "string" ? JSON.stringify(name.slice(0, 40)) : typeof name;
  throw new KmsError(
    "INVALID_ARGUMENT",
    `Cannot find the algorithm: ${found} is none of the contract's. Pass one of its names, such as "AES-256-GCM".`,
  );
};

/** Whether keys of this algorithm have one secret and no public half. */
export const symmetric = (row: AlgorithmRow): boolean =>
  row.family === "aes" || row.family === "aes-kwp" || row.family === "hmac";
