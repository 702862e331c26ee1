import {
  algorithmRow,
  capabilities,
  capabilityRow,
  type Capabilities,
  type CapabilityRow,
  type Implementation,
  type Operation,
} from "@kms/core/driver";
import {
  algorithms,
  gcpAlgorithms,
  isSymmetric,
  protectionOf,
  signsMessages,
  type GcpAlgorithm,
  type GcpLevel,
} from "./algorithms.ts";
import { destructionWindow } from "./options.ts";

const kib = 1024;
/** Bytes of plaintext and of associated data that `Encrypt` takes for software keys (service.proto, EncryptRequest). */
export const maximumInputBytes: number = 64 * kib;
/** Bytes of both together for HSM keys (service.proto, EncryptRequest). */
const maximumHsmBytes = 8 * kib;
// `provider-facts` §2.3.
const maximumMessageBytes: Readonly<Record<GcpLevel, number>> = { SOFTWARE: 64 * kib, HSM: 16 * kib };
/** Bytes of one `GenerateRandomBytes` (service.proto, GenerateRandomBytesRequest.length_bytes). */
export const randomBytes: { readonly minimum: number; readonly maximum: number } = { minimum: 8, maximum: 1024 };

// Versions are enabled, disabled and destroyed one by one; the driver goes through them where the whole key is meant.
const everyKey: readonly Operation[] = [
  "listKeys",
  "generateRandom",
  "rotateKey",
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

type Base = Pick<CapabilityRow, "algorithm" | "protection" | "algorithmBinding" | "native">;
const base = (algorithm: GcpAlgorithm, level: GcpLevel): Base => ({
  algorithm,
  protection: protectionOf(level),
  algorithmBinding: "provider",
  native: algorithms[algorithm].name,
});

const symmetric = (algorithm: GcpAlgorithm, level: GcpLevel): CapabilityRow =>
  capabilityRow({
    ...base(algorithm, level),
    // Google makes no data keys: the guard draws one and has it wrapped.
    operations: native(...everyKey, "encrypt", "decrypt", "generateDataKey", "wrapDataKey", "unwrapDataKey"),
    limits: {
      minimumPlaintextBytes: 1,
      ...(level === "HSM"
        ? { maximumTogetherBytes: maximumHsmBytes }
        : { maximumPlaintextBytes: maximumInputBytes, maximumAssociatedDataBytes: maximumInputBytes }),
    },
    associatedData: "bytes",
    version: "provider",
    // DecryptResponse names neither key nor version (`provider-facts` T18).
    answersName: { encrypt: ["id", "version"] },
  });

// What needs the public half alone runs here under the pinned key: Google has no such operation.
const rsaEncryption = (algorithm: GcpAlgorithm, level: GcpLevel): CapabilityRow =>
  capabilityRow({
    ...base(algorithm, level),
    operations: {
      ...native(...everyKey, "getPublicKey", "decrypt", "unwrapDataKey"),
      encrypt: "local",
      generateDataKey: "local",
      wrapDataKey: "local",
    },
    limits: { maximumPlaintextBytes: algorithmRow(algorithm).maximumPlaintextBytes },
    version: "caller",
  });

const signature = (algorithm: GcpAlgorithm, level: GcpLevel): CapabilityRow =>
  capabilityRow({
    ...base(algorithm, level),
    operations: { ...native(...everyKey, "getPublicKey", "sign"), verify: "local" },
    ...(signsMessages(algorithm)
      ? { signInput: "message", limits: { minimumMessageBytes: 1, maximumMessageBytes: maximumMessageBytes[level] } }
      : { signInput: "digest" }),
    version: "caller",
    answersName: { sign: ["id", "version"] },
  });

const mac = (algorithm: GcpAlgorithm, level: GcpLevel): CapabilityRow =>
  capabilityRow({
    ...base(algorithm, level),
    operations: native(...everyKey, "generateMac", "verifyMac"),
    limits: { minimumMessageBytes: 1, maximumMessageBytes: maximumMessageBytes[level] },
    version: "caller",
  });

function rowOf(algorithm: GcpAlgorithm, level: GcpLevel): CapabilityRow {
  if (isSymmetric(algorithm)) return symmetric(algorithm, level);
  switch (algorithms[algorithm].purpose) {
    case "ASYMMETRIC_DECRYPT":
      return rsaEncryption(algorithm, level);
    case "ASYMMETRIC_SIGN":
      return signature(algorithm, level);
    default:
      return mac(algorithm, level);
  }
}

/**
 * What this adapter claims of Cloud KMS. Pre-activation, Deactivated and Compromised are not native and are not emulated:
 * labels can be written and rolled back by others (`crypto-rules` 21). Google states no bound for when a disabled version
 * stops: "eventual", typically a minute, exceptionally hours (Cloud KMS documentation, "Consistency").
 */
export const gcpCapabilities: Capabilities = capabilities({
  kind: "google-cloud-kms",
  rows: Object.freeze(
    gcpAlgorithms.flatMap((algorithm) => algorithms[algorithm].levels.map((level) => rowOf(algorithm, level))),
  ),
  states: { active: "native", suspended: "native" },
  unit: { disable: "version", revoke: "version", destroy: "version" },
  destructionWindow: {
    chosen: "per-key",
    ...destructionWindow,
    mayRemain: ["copies of imported key material outside Google, which can be imported again"],
  },
  naming: "chosen",
  // A key that bears the call's own token is this call's (keys.ts).
  createIsIdempotent: true,
  listing: ["labels", "algorithms", "createdAt"],
});
