import { capabilities, capabilityRow, type Capabilities, type CapabilityRow, type Operation } from "@kms/core/driver";
import { algorithms, awsAlgorithms, nativeName, type AwsAlgorithm } from "./algorithms.ts";
import { destructionWindow } from "./options.ts";

/** Bytes that `Encrypt`, `GenerateMac` and `VerifyMac` take (AWS KMS API Reference: Plaintext, Message). */
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

const base = { protection: "hsm", algorithmBinding: "handle" } as const;

const symmetric = (algorithm: AwsAlgorithm): CapabilityRow =>
  capabilityRow({
    ...base,
    algorithm,
    native: nativeOf(algorithm),
    operations: [...everyKey, "encrypt", "decrypt", "generateDataKey", "wrapDataKey", "unwrapDataKey", "rotateKey"],
    limits: { minimumPlaintextBytes: 1, maximumPlaintextBytes: maximumInputBytes },
    associatedData: "map",
    version: "provider",
    // Encrypt answers no KeyMaterialId; Decrypt does.
    answersName: { encrypt: ["id"], decrypt: ["id", "version"] },
  });

const signature = (algorithm: AwsAlgorithm): CapabilityRow =>
  capabilityRow({
    ...base,
    algorithm,
    native: nativeOf(algorithm),
    operations: { ...native([...everyKey, "getPublicKey", "sign"]), verify: "local" },
    signInput: "digest",
    version: "caller",
    answersName: { sign: ["id"] },
  });

const mac = (algorithm: AwsAlgorithm): CapabilityRow =>
  capabilityRow({
    ...base,
    algorithm,
    native: nativeOf(algorithm),
    operations: [...everyKey, "generateMac", "verifyMac"],
    limits: { minimumMessageBytes: 1, maximumMessageBytes: maximumInputBytes },
    version: "caller",
  });

const native = (operations: readonly Operation[]): CapabilityRow["operations"] =>
  Object.fromEntries(operations.map((operation) => [operation, "native"]));

const nativeOf = (algorithm: AwsAlgorithm): string =>
  nativeName(algorithms[algorithm].spec, algorithms[algorithm].usage);

function rowOf(algorithm: AwsAlgorithm): CapabilityRow {
  const { encryption, signing } = algorithms[algorithm];
  if (encryption) return symmetric(algorithm);
  return signing ? signature(algorithm) : mac(algorithm);
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
