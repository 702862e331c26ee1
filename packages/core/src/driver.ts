/** The door for authors of adapters: the driver's types, and the few tools that every driver needs. */
import type { ProcessOptions } from "./contract/key.ts";
import type { Awaitable, OwnedBytes } from "./contract/words.ts";
import type { Transition } from "./contract/results.ts";
import { useAgain, type CachedDataKey } from "./guard/cached-data-keys.ts";
import { reEncrypt, type ReEncryptAt, type ReEncryption, type ReEncryptionOptions } from "./guard/re-encryption.ts";
import { changeKey, type ChangeAt, type VendorChange, type VendorChangeOptions } from "./guard/vendor-change.ts";
import { callerOf } from "./kms.ts";

export type * from "./contract/words.ts";
export type * from "./contract/capabilities.ts";
export type * from "./contract/driver.ts";
export type * from "./contract/record.ts";
export type { KeyConf } from "./contract/key.ts";
export type { DestructionReceipt, DriverHealth, EncryptedDataKey, Finding, Revocation } from "./contract/results.ts";
export { connectionFault, type ConnectionFault } from "./connection-fault.ts";
export { KmsError, type KmsErrorDetails } from "./errors.ts";
export { isPromised } from "./guard/promised.ts";
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
export type { CachedDataKey, DataKeyUse } from "./guard/cached-data-keys.ts";
export type { ChangeAt, VendorChange, VendorChangeOperation, VendorChangeOptions } from "./guard/vendor-change.ts";
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

/**
 * For an adapter's exported function over a change of a key that the contract does not have, such as Azure's purge: `at`
 * calls the provider, and is given the driver under which the application named it. To restriction, `authorize` and audit
 * it is the operation that it names, and it is refused as `UNSUPPORTED` where the key's row does not claim that one. It is
 * never repeated; whatever fails after it was begun says `outcome`. The record that `at` answers must be the key's own:
 * `TAMPERED` otherwise.
 */
export const changeWith = (
  kms: object,
  change: VendorChange,
  at: ChangeAt,
  options?: VendorChangeOptions | undefined,
): Promise<Transition> => changeKey(callerOf(kms), change, at, options);

/**
 * For whoever keeps data keys for a while (`crypto-rules` 22), before each use of one: policy, restriction and `authorize`
 * decide as they do today, and the use is audited, as if the provider were asked; it is not. A key that was disabled at the
 * provider is therefore noticed only when the holder asks for a data key anew. `UNSUPPORTED` where the provider judges the
 * states of its keys in this process (`disableVisibleWithinMs` of its manifest): there nothing is to be kept. Else the
 * errors of the operation, before its call: thrown, and without a promise, where nobody who is asked waits and nobody
 * listens to the tracing channel.
 */
export const useCachedDataKey = (
  kms: object,
  cached: CachedDataKey,
  options?: ProcessOptions | undefined,
): Awaitable<void> => useAgain(callerOf(kms), cached, options);
