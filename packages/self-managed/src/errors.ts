import { KmsError, stateOf, type Condition, type ErrorClassification, type KeyReference } from "@kms/core/driver";

/** The key is not in this store, or has no such version. */
export const notFound = (keyId: string, version?: string): KmsError =>
  new KmsError(
    "NOT_FOUND",
    version === undefined
      ? "This store holds no key of that id; check the id, and that this is the store it was made in."
      : `The key has no version ${version}; describe the key for those that it has.`,
    { keyId },
  );

/** The state of a key version does not allow what was asked; nothing happened. */
export const invalidState = (keyId: string, version: string, found: Condition, attempted: string): KmsError =>
  new KmsError("INVALID_STATE", `${attempted}: version ${version} is ${found}. Nothing was changed.`, {
    keyId,
    state: stateOf(found),
  });

/** Somebody else changed the record between reading and writing; nothing was written. */
export const conflict = (keyId: string): KmsError =>
  new KmsError(
    "CONFLICT",
    "The key was changed by somebody else meanwhile. Nothing was written; read it and try again.",
    {
      keyId,
      outcome: "none",
    },
  );

/** One opaque answer to whatever is wrong in bytes that an attacker can alter (`crypto-rules` 9). */
export const decryptionFailed = (): KmsError =>
  new KmsError(
    "DECRYPTION_FAILED",
    "The ciphertext could not be opened: it, its associated data or the key for it is not what it was made with.",
  );

/** The key's algorithm has no such operation, or is not the one that the handle names. */
export const wrongAlgorithm = (key: KeyReference, found: string): KmsError =>
  key.algorithm === found
    ? new KmsError("UNSUPPORTED", `A key for ${found} has no such operation.`, { keyId: key.id })
    : new KmsError("INVALID_ARGUMENT", `The key is for ${found}, not for ${key.algorithm}: open its own handle.`, {
        keyId: key.id,
      });

/** The two halves of a generated pair do not belong together (`requirements` 38): a fault of the machine or of OpenSSL. */
export const inconsistentPair = (): KmsError =>
  new KmsError(
    "UNKNOWN",
    "A generated key pair failed its consistency test and was thrown away. Nothing was stored; do not trust this machine.",
    { outcome: "none" },
  );

/** The driver was closed. */
export const closed = (): KmsError =>
  new KmsError("CLOSED", "These own keys were closed; make a new driver over the store.");

/**
 * The error table. Whatever a store or `node:crypto` throws beside `KmsError` is not expected: `UNKNOWN`, and a mutation
 * may have happened.
 */
export const classify = (): ErrorClassification => ({ code: "UNKNOWN", outcome: "unknown" });
