import type { Algorithm, CryptoOperation, Operation, Purpose } from "@kms/core";

/** The contract's purposes as data, written here a second time: the suite asks core for nothing that it checks. */
export const purposes: Readonly<Record<Algorithm, Purpose>> = {
  "AES-256-GCM": "encryption",
  "RSA-OAEP-2048-SHA256": "asymmetric-encryption",
  "RSA-OAEP-3072-SHA256": "asymmetric-encryption",
  "RSA-OAEP-4096-SHA256": "asymmetric-encryption",
  "RSA-OAEP-4096-SHA512": "asymmetric-encryption",
  "RSA-PSS-2048-SHA256": "signature",
  "RSA-PSS-3072-SHA256": "signature",
  "RSA-PSS-4096-SHA256": "signature",
  "RSA-PSS-4096-SHA512": "signature",
  "RSA-PKCS1-2048-SHA256": "signature",
  "RSA-PKCS1-3072-SHA256": "signature",
  "RSA-PKCS1-4096-SHA256": "signature",
  "RSA-PKCS1-4096-SHA512": "signature",
  "ECDSA-P256-SHA256": "signature",
  "ECDSA-P384-SHA384": "signature",
  "ECDSA-P521-SHA512": "signature",
  "ECDSA-secp256k1-SHA256": "signature",
  Ed25519: "signature",
  "ML-DSA-44": "signature",
  "ML-DSA-65": "signature",
  "ML-DSA-87": "signature",
  "HMAC-SHA256": "mac",
  "HMAC-SHA384": "mac",
  "HMAC-SHA512": "mac",
  "ECDH-P256": "key-agreement",
  "ECDH-P384": "key-agreement",
  "ECDH-P521": "key-agreement",
  "ML-KEM-768": "key-encapsulation",
  "ML-KEM-1024": "key-encapsulation",
  "AES-256-KWP": "key-wrapping",
};

/** What each use asks of the key, and whether it protects (Active keys only) or processes what was protected. */
export const uses: Readonly<
  Record<CryptoOperation, { readonly purposes: readonly Purpose[]; readonly effect: "protect" | "process" }>
> = {
  encrypt: { purposes: ["encryption", "asymmetric-encryption"], effect: "protect" },
  decrypt: { purposes: ["encryption", "asymmetric-encryption"], effect: "process" },
  sign: { purposes: ["signature"], effect: "protect" },
  verify: { purposes: ["signature"], effect: "process" },
  generateMac: { purposes: ["mac"], effect: "protect" },
  verifyMac: { purposes: ["mac"], effect: "process" },
  wrapKey: { purposes: ["key-wrapping"], effect: "protect" },
  unwrapKey: { purposes: ["key-wrapping"], effect: "process" },
  generateDataKey: { purposes: ["encryption", "asymmetric-encryption"], effect: "protect" },
  wrapDataKey: { purposes: ["encryption", "asymmetric-encryption"], effect: "protect" },
  unwrapDataKey: { purposes: ["encryption", "asymmetric-encryption"], effect: "process" },
  deriveSharedSecret: { purposes: ["key-agreement"], effect: "protect" },
  encapsulate: { purposes: ["key-encapsulation"], effect: "protect" },
  decapsulate: { purposes: ["key-encapsulation"], effect: "process" },
};

const named = <K extends string>(table: Readonly<Record<K, unknown>>): readonly K[] => {
  const isName = (name: string): name is K => Object.hasOwn(table, name);
  return Object.keys(table).filter(isName);
};

/** Every algorithm of the contract. */
export const algorithms: readonly Algorithm[] = named(purposes);

/** Every use of the contract. */
export const cryptoOperations: readonly CryptoOperation[] = named(uses);

/** Every operation of the contract. */
export const operations: readonly Operation[] = [
  ...cryptoOperations,
  "rotateKey",
  "replaceKey",
  "disableKey",
  "enableKey",
  "revokeKey",
  "scheduleDestruction",
  "cancelDestruction",
  "getDestructionReceipt",
  "generateKey",
  "getKey",
  "refreshHandle",
  "importKey",
  "exportKey",
  "describeKey",
  "listKeys",
  "getPublicKey",
  "generateRandom",
];

/** Whether the purpose goes with the use. */
export const fits = (algorithm: Algorithm, operation: CryptoOperation): boolean =>
  uses[operation].purposes.includes(purposes[algorithm]);
