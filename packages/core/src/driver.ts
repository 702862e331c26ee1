/** The door for authors of adapters: the driver's types, and the few tools that every driver needs. */
import type { OwnedBytes } from "./contract/words.ts";
import { reEncrypt, type ReEncryptAt, type ReEncryption, type ReEncryptionOptions } from "./guard/re-encryption.ts";
import { callerOf } from "./kms.ts";

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
export type { ReEncryptAt, ReEncryption, ReEncryptionOptions, ReEncryptionSide } from "./guard/re-encryption.ts";
export { derToP1363, p1363ToDer } from "./encoding/der.ts";
export { pemToSpki, spkiToPem } from "./encoding/pem.ts";
export { jwkToSpki } from "./algorithms/public-key.ts";

/**
 * For an adapter's exported function over a server-side re-encryption, such as AWS's `ReEncrypt`: the ciphertext under
 * another key of the same provider, header and all, without its plaintext here. `at` calls the provider; it is given the
 * driver under which the application named it, and answers what the provider said of both keys, which is compared.
 * To policy, restriction, `authorize` and audit it is a `decrypt` under the one key and an `encrypt` under the other, both
 * within one deadline. `INVALID_ARGUMENT` for keys of two providers; else the errors of the two operations.
 */
export const reEncryptWith = (
  kms: object,
  given: ReEncryption,
  at: ReEncryptAt,
  options?: ReEncryptionOptions | undefined,
): Promise<OwnedBytes> => reEncrypt(callerOf(kms), given, at, options);
