import { KmsError } from "@kms/core";

/**
 * The one opaque answer to whatever is wrong in bytes that an attacker can alter, in the associated data or in the key
 * (`crypto-rules` 9): it does not say which.
 */
export const decryptionFailed = (): KmsError =>
  new KmsError(
    "DECRYPTION_FAILED",
    "The message could not be opened: it, its associated data or the key for it is not what it was made with.",
  );

/** An argument that cannot be used. `attempt` says what was tried, `found` what was found, `remedy` what to do. */
export const invalidArgument = (attempt: string, found: string, remedy: string): KmsError =>
  new KmsError("INVALID_ARGUMENT", `Cannot ${attempt}: ${found}. ${remedy}`);

/** Something over a limit: `TOO_LARGE`, with the limit's name in the options. */
export const overLimit = (what: string, found: number, limit: number, option: string): KmsError =>
  new KmsError("TOO_LARGE", `${what}: ${found}; the limit is ${limit}. Raise ${option} if the source is trusted.`);

/** `CANCELLED`, with the signal's reason as cause. */
export const cancelled = (signal: AbortSignal): KmsError =>
  new KmsError("CANCELLED", "The caller's signal ended the work. What a stream answered before is no whole message.", {
    cause: signal.reason,
  });
