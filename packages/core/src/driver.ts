/** The door for authors of adapters: the driver's types, and the few tools that every driver needs. */
export type * from "./contract/words.ts";
export type * from "./contract/capabilities.ts";
export type * from "./contract/driver.ts";
export type * from "./contract/record.ts";
export type { KeyConf } from "./contract/key.ts";
export type { DestructionReceipt, DriverHealth, EncryptedDataKey, Finding, Revocation } from "./contract/results.ts";
export { KmsError, type KmsErrorDetails } from "./errors.ts";
export {
  capabilities,
  capabilityRow,
  exactVersion,
  type CapabilityClaims,
  type CapabilityRowClaims,
} from "./keys/capabilities.ts";
export {
  conditionOf,
  nativeState,
  nextCondition,
  permits,
  stateOf,
  transitions,
  versionState,
  type Condition,
  type LifecycleEvent,
} from "./keys/states.ts";
export {
  algorithmRow,
  isAlgorithm,
  symmetric,
  type AlgorithmFamily,
  type AlgorithmRow,
  type Curve,
  type Digest,
} from "./algorithms/registry.ts";
export { derToP1363, p1363ToDer } from "./encoding/der.ts";
export { pemToSpki, spkiToPem } from "./encoding/pem.ts";
export { jwkToSpki } from "./algorithms/public-key.ts";
