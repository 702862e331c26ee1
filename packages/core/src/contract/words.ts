/** The words of the contract: algorithms, purposes, states, operations, error codes. Types only. */

/** Bytes in: any `Uint8Array` over unshared memory, `Buffer` included. Read once and never changed. */
export type Bytes = Uint8Array;
/** Bytes that `Kms` answers: never shared memory, so they fit `crypto.subtle`, `Response` and `Blob`. */
export type OwnedBytes = Uint8Array<ArrayBuffer>;
/** JSON as tokens and digests carry it: numbers are safe integers. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
/** Names to values, both text: labels and associated data. */
export type StringMap = Readonly<Record<string, string>>;
/** Drivers whose work is local answer synchronously: no promise, no timer. */
export type Awaitable<T> = T | Promise<T>;

/** One purpose per algorithm (NIST SP 800-57 Part 1 §5.2); `algorithms/registry` holds sizes, digests and names. */
export interface AlgorithmPurposes {
  "AES-256-GCM": "encryption";
  "RSA-OAEP-2048-SHA256": "asymmetric-encryption";
  "RSA-OAEP-3072-SHA256": "asymmetric-encryption";
  "RSA-OAEP-4096-SHA256": "asymmetric-encryption";
  "RSA-OAEP-4096-SHA512": "asymmetric-encryption";
  "RSA-PSS-2048-SHA256": "signature";
  "RSA-PSS-3072-SHA256": "signature";
  "RSA-PSS-4096-SHA256": "signature";
  "RSA-PSS-4096-SHA512": "signature";
  "RSA-PKCS1-2048-SHA256": "signature";
  "RSA-PKCS1-3072-SHA256": "signature";
  "RSA-PKCS1-4096-SHA256": "signature";
  "RSA-PKCS1-4096-SHA512": "signature";
  "ECDSA-P256-SHA256": "signature";
  "ECDSA-P384-SHA384": "signature";
  "ECDSA-P521-SHA512": "signature";
  "ECDSA-secp256k1-SHA256": "signature";
  Ed25519: "signature";
  "ML-DSA-44": "signature";
  "ML-DSA-65": "signature";
  "ML-DSA-87": "signature";
  "HMAC-SHA256": "mac";
  "HMAC-SHA384": "mac";
  "HMAC-SHA512": "mac";
  "ECDH-P256": "key-agreement";
  "ECDH-P384": "key-agreement";
  "ECDH-P521": "key-agreement";
  "ML-KEM-768": "key-encapsulation";
  "ML-KEM-1024": "key-encapsulation";
  "AES-256-KWP": "key-wrapping";
}
/** A full algorithm: type, size, padding and digest. One key has exactly one, for ever. */
export type Algorithm = keyof AlgorithmPurposes;
/** What a key is for; it follows from the algorithm. */
export type Purpose = AlgorithmPurposes[Algorithm];
/** The algorithms that serve a purpose. */
export type AlgorithmFor<P extends Purpose> = {
  [A in Algorithm]: AlgorithmPurposes[A] extends P ? A : never;
}[Algorithm];

/** Exact, when asked for and when reported; there is no order of trust among them. Policy states what it accepts. */
export type Protection = "software" | "hsm" | "external";
/** Where the material came from. `unknown`: an adopted key where the provider does not say (Azure). */
export type Origin = "generated" | "imported" | "external-store" | "unknown";
/** NIST SP 800-57 Part 1 §7. A scheduled destruction is `destroyAt`, beside the state. */
export type State = "pre-activation" | "active" | "suspended" | "deactivated" | "compromised" | "destroyed";

/** The purposes that each use of a key asks for. The guard's table of operations has one row for each name. */
export interface OperationPurposes {
  encrypt: "encryption" | "asymmetric-encryption";
  decrypt: "encryption" | "asymmetric-encryption";
  sign: "signature";
  verify: "signature";
  generateMac: "mac";
  verifyMac: "mac";
  wrapKey: "key-wrapping";
  unwrapKey: "key-wrapping";
  generateDataKey: "encryption" | "asymmetric-encryption";
  wrapDataKey: "encryption" | "asymmetric-encryption";
  unwrapDataKey: "encryption" | "asymmetric-encryption";
  deriveSharedSecret: "key-agreement";
  encapsulate: "key-encapsulation";
  decapsulate: "key-encapsulation";
}
/** A use of a key: the pattern's `crypto_action`. */
export type CryptoOperation = keyof OperationPurposes;
/** Everything that is done to a key rather than with it. */
export type KeyOperation =
  | "generateKey"
  | "getKey"
  | "refreshHandle"
  | "importKey"
  | "exportKey"
  | "describeKey"
  | "listKeys"
  | "getPublicKey"
  | "generateRandom"
  | "rotateKey"
  | "replaceKey"
  | "disableKey"
  | "enableKey"
  | "revokeKey"
  | "scheduleDestruction"
  | "cancelDestruction"
  | "getDestructionReceipt";
/** Whatever is audited, claimed in a capability row or refused. */
export type Operation = CryptoOperation | KeyOperation;

/** KMIP revocation reasons that a key can have here. `key-compromise` leads to Compromised, every other to Deactivated. */
export type RevocationReason =
  | "key-compromise"
  | "superseded"
  | "cessation-of-operation"
  | "privilege-withdrawn"
  | "unspecified";

/**
 * What went wrong, closed: a `switch` over it can be exhaustive.
 * `TOO_LARGE` is the caller's input, `QUOTA_EXCEEDED` the operator's account; `CORRUPTED` is a failed transport checksum
 * (tried again where that is safe), `TAMPERED` somebody's doing.
 */
export type KmsErrorCode =
  | "INVALID_ARGUMENT"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "PERMISSION_DENIED"
  | "UNAUTHENTICATED"
  | "INVALID_STATE"
  | "UNSUPPORTED"
  | "POLICY_VIOLATION"
  | "TOO_LARGE"
  | "DECRYPTION_FAILED"
  | "TAMPERED"
  | "CORRUPTED"
  | "STALE_HANDLE"
  | "NOT_READY"
  | "CONFLICT"
  | "THROTTLED"
  | "QUOTA_EXCEEDED"
  | "UNAVAILABLE"
  | "DEADLINE_EXCEEDED"
  | "CANCELLED"
  | "ROLLBACK_DETECTED"
  | "WRONG_ROOT_KEY"
  | "AUDIT_FAILED"
  | "CLOSED"
  | "UNKNOWN";
/** `none`: nothing happened. `done`: it happened. `unknown`: a mutation that may have happened; never retried by itself. */
export type Outcome = "none" | "done" | "unknown";
