import {
  algorithmRow,
  capabilities,
  capabilityRow,
  type Capabilities,
  type CapabilityRow,
  type Implementation,
  type Operation,
} from "@kms/core/driver";
import { algorithms, awsAlgorithms, isSymmetric, nativeName, signsMessages, type AwsAlgorithm } from "./algorithms.ts";
import { destructionWindow } from "./options.ts";

/** Bytes that `Encrypt`, `Sign`, `Verify`, `GenerateMac` and `VerifyMac` take (AWS KMS API Reference: Plaintext, Message). */
export const maximumInputBytes: number = 4096;
/** Bytes of the longest ciphertext, signature or MAC in a request (API Reference: CiphertextBlob, Signature, Mac). */
export const maximumOutputBytes: number = 6144;
/** Bytes of one `GenerateRandom` (API Reference: NumberOfBytes). */
export const maximumRandomBytes: number = 1024;

// Whole keys are enabled, disabled and deleted; what is gone answers NotFoundException, which the guard reads as proof.
const everyKey: readonly Operation[] = [
  "listKeys",
  "generateRandom",
  "replaceKey",
  "disableKey",
  "enableKey",
  "scheduleDestruction",
  "cancelDestruction",
  "getDestructionReceipt",
];

type Claims = Partial<Record<Operation, Implementation>>;
const native = (...operations: readonly Operation[]): Claims =>
  Object.fromEntries(operations.map((operation) => [operation, "native"]));

const base = (
  algorithm: AwsAlgorithm,
): Pick<CapabilityRow, "algorithm" | "protection" | "algorithmBinding" | "native"> => ({
  algorithm,
  protection: "hsm",
  algorithmBinding: "handle",
  native: nativeName(algorithms[algorithm].spec, algorithms[algorithm].usage),
});

const symmetric = (algorithm: AwsAlgorithm): CapabilityRow =>
  capabilityRow({
    ...base(algorithm),
    operations: native(
      ...everyKey,
      ...(["encrypt", "decrypt", "generateDataKey", "wrapDataKey", "unwrapDataKey", "rotateKey"] as const),
    ),
    limits: { minimumPlaintextBytes: 1, maximumPlaintextBytes: maximumInputBytes },
    associatedData: "map",
    version: "provider",
    // Encrypt answers no KeyMaterialId; Decrypt does.
    answersName: { encrypt: ["id"], decrypt: ["id", "version"] },
  });

// What needs the public half alone runs here under the pinned key: it asks for no right and no quota of RSA requests.
const rsaEncryption = (algorithm: AwsAlgorithm): CapabilityRow =>
  capabilityRow({
    ...base(algorithm),
    operations: {
      ...native(...everyKey, "getPublicKey", "decrypt", "unwrapDataKey"),
      encrypt: "local",
      generateDataKey: "local",
      wrapDataKey: "local",
    },
    // Decrypt answers no empty plaintext (API Reference, Decrypt: Plaintext).
    limits: { minimumPlaintextBytes: 1, maximumPlaintextBytes: algorithmRow(algorithm).maximumPlaintextBytes },
    version: "caller",
    answersName: { decrypt: ["id"] },
  });

const signature = (algorithm: AwsAlgorithm): CapabilityRow =>
  capabilityRow({
    ...base(algorithm),
    operations: { ...native(...everyKey, "getPublicKey", "sign"), verify: "local" },
    ...(signsMessages(algorithm) ? { signInput: "message", limits: messageLimits } : { signInput: "digest" }),
    version: "caller",
    answersName: { sign: ["id"] },
  });

const mac = (algorithm: AwsAlgorithm): CapabilityRow =>
  capabilityRow({
    ...base(algorithm),
    operations: native(...everyKey, "generateMac", "verifyMac"),
    limits: messageLimits,
    version: "caller",
  });

const agreement = (algorithm: AwsAlgorithm): CapabilityRow =>
  capabilityRow({
    ...base(algorithm),
    operations: native(...everyKey, "getPublicKey", "deriveSharedSecret"),
    version: "caller",
  });

const messageLimits = { minimumMessageBytes: 1, maximumMessageBytes: maximumInputBytes } as const;

function rowOf(algorithm: AwsAlgorithm): CapabilityRow {
  if (isSymmetric(algorithm)) return symmetric(algorithm);
  switch (algorithms[algorithm].usage) {
    case "ENCRYPT_DECRYPT":
      return rsaEncryption(algorithm);
    case "SIGN_VERIFY":
      return signature(algorithm);
    case "KEY_AGREEMENT":
      return agreement(algorithm);
    default:
      return mac(algorithm);
  }
}

/**
 * What this adapter claims of AWS KMS. Pre-activation, Deactivated and Compromised are not native and are not emulated:
 * tags can be written and rolled back by others (`crypto-rules` 21). AWS states no bound for when a disabled key stops.
 */
export const awsCapabilities: Capabilities = capabilities({
  kind: "aws-kms",
  rows: Object.freeze(awsAlgorithms.map(rowOf)),
  states: { active: "native", suspended: "native" },
  unit: { disable: "key", revoke: "key", destroy: "key" },
  destructionWindow: {
    chosen: "per-call",
    ...destructionWindow,
    mayRemain: ["replicas of a multi-Region key in other Regions", "copies of imported key material outside AWS"],
  },
  naming: "assigned",
  createIsIdempotent: false,
  listing: [],
});
