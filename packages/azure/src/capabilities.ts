import {
  algorithmRow,
  capabilities,
  capabilityRow,
  type Capabilities,
  type CapabilityRow,
  type Implementation,
  type Operation,
  type Origin,
  type Protection,
} from "@kms/core/driver";
import {
  algorithms,
  managedHsmAlgorithms,
  nativeName,
  protectionsOf,
  shapeOf,
  vaultAlgorithms,
  type AzureAlgorithm,
  type AzureTier,
} from "./algorithms.ts";
import { destructionWindow } from "./options.ts";

/** Bytes that A256GCM takes here: no bound is documented, "a few KiB" is safe (`provider-facts` §2.3). */
export const maximumGcmBytes: number = 4096;
/** Bytes of key material that is wrapped here: no bound is documented. */
export const maximumWrappedBytes: number = 4096;
/** Bytes of one `rng` request (the SDK's `getRandomBytes`: 1 to 128). */
export const maximumRandomBytes: number = 128;

/** "azure-key-vault" or "azure-managed-hsm". */
export const kindOf = (tier: AzureTier): string => (tier === "managed-hsm" ? "azure-managed-hsm" : "azure-key-vault");

type Claims = Partial<Record<Operation, Implementation>>;
const native = (...operations: readonly Operation[]): Claims =>
  Object.fromEntries(operations.map((operation) => [operation, "native"]));

// Versions are enabled, disabled and made to expire one by one, keys deleted whole; what is purged answers 404.
const everyKey = (tier: AzureTier): Claims => ({
  ...native("listKeys", "rotateKey", "replaceKey", "disableKey", "enableKey", "revokeKey"),
  ...native("scheduleDestruction", "cancelDestruction", "getDestructionReceipt"),
  ...(tier === "managed-hsm" ? native("generateRandom") : {}),
});

const named = ["id", "version"] as const;

/** What a row says beside type, protection and origin. */
type Claimed = Pick<CapabilityRow, "operations"> &
  Partial<Pick<CapabilityRow, "limits" | "associatedData" | "signInput" | "answersName">>;

function claimedOf(algorithm: AzureAlgorithm): Claimed {
  const { family, signing, wrapping } = algorithms[algorithm];
  if (signing !== undefined) {
    return {
      operations: { ...native("getPublicKey", "sign"), verify: "local" },
      signInput: "digest",
      answersName: { sign: named },
    };
  }
  if (wrapping !== undefined) {
    return { operations: native("wrapKey", "unwrapKey"), limits: { maximumPlaintextBytes: maximumWrappedBytes } };
  }
  if (family === "oct") {
    return {
      // Azure makes no data keys: the guard draws one and has it wrapped.
      operations: native("encrypt", "decrypt", "generateDataKey", "wrapDataKey", "unwrapDataKey"),
      limits: { maximumPlaintextBytes: maximumGcmBytes },
      associatedData: "bytes",
      answersName: { encrypt: named, decrypt: named },
    };
  }
  // What needs the public half alone runs here under the pinned key: it asks for no right and cannot meet another version.
  return {
    operations: {
      ...native("getPublicKey", "decrypt", "unwrapDataKey"),
      encrypt: "local",
      generateDataKey: "local",
      wrapDataKey: "local",
    },
    limits: { maximumPlaintextBytes: algorithmRow(algorithm).maximumPlaintextBytes },
    answersName: { decrypt: named },
  };
}

// Of a key that others made, Azure does not say where its material came from.
const origins: readonly Origin[] = ["generated", "unknown"];

function rowOf(tier: AzureTier, algorithm: AzureAlgorithm, protection: Protection, origin: Origin): CapabilityRow {
  const { operations, ...rest } = claimedOf(algorithm);
  return capabilityRow({
    algorithm,
    protection,
    origin,
    native: nativeName(shapeOf(algorithm, protection)),
    version: "caller",
    algorithmBinding: "handle",
    operations: { ...everyKey(tier), ...operations },
    ...rest,
  });
}

/**
 * What this adapter claims of a tier. Pre-activation and Deactivated are native (`nbf`, `exp`); Compromised is not, and is
 * not emulated: tags can be written and rolled back by others (`crypto-rules` 21). Azure states no bound for when a disabled
 * version stops.
 */
export const azureCapabilities = (tier: AzureTier): Capabilities =>
  capabilities({
    kind: kindOf(tier),
    rows: Object.freeze(
      (tier === "managed-hsm" ? managedHsmAlgorithms : vaultAlgorithms).flatMap((algorithm) =>
        protectionsOf(tier).flatMap((protection) =>
          origins.map((origin) => rowOf(tier, algorithm, protection, origin)),
        ),
      ),
    ),
    states: { "pre-activation": "native", active: "native", suspended: "native", deactivated: "native" },
    unit: { disable: "version", revoke: "version", destroy: "key" },
    destructionWindow: {
      chosen: "by-provider",
      ...destructionWindow,
      mayRemain: ["backups of the key, which can be restored into a vault of the same subscription and geography"],
    },
    naming: "chosen",
    createIsIdempotent: false,
    listing: ["labels", "state", "createdAt"],
  });
