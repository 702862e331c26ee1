import { AwsError } from "../errors.ts";
import type { KmsKey } from "../kms-key.ts";
import type { KeyOperation } from "./row.ts";

/**
 * Refuses a key in a state that the operation does not run in.
 * Source: AWS KMS Developer Guide, Key state table, notes [1], [3] and [4]. For cryptographic operations on a key that
 * is pending deletion the table says "[2] or [3]"; [3] is taken.
 */
export function checkState({ states }: KeyOperation, key: KmsKey): void {
  const { state, arn } = key;
  if (states === "any") return;
  if (states === "pending-deletion") {
    if (state !== "PendingDeletion") throw new AwsError("KMSInvalidStateException", `${arn} is not pending deletion.`);
    return;
  }
  if (state === "PendingDeletion") throw new AwsError("KMSInvalidStateException", `${arn} is pending deletion.`);
  if (states === "enabled" && state === "Disabled") throw new AwsError("DisabledException", `${arn} is disabled.`);
}

/** Refuses a key of another usage. Source: AWS KMS API Reference, InvalidKeyUsageException. */
export function checkUsage({ usage }: KeyOperation, key: KmsKey): void {
  if (usage === undefined || usage === key.row.usage) return;
  throw new AwsError("InvalidKeyUsageException", `${key.arn} key usage is ${key.row.usage}, not ${usage}.`);
}

/**
 * Refuses an algorithm that the key's spec does not have.
 * Source: AWS KMS API Reference, InvalidKeyUsageException, second reason.
 */
export function checkAlgorithm(key: KmsKey, algorithm: string): void {
  if (key.row.algorithms.includes(algorithm)) return;
  throw new AwsError("InvalidKeyUsageException", `Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`);
}
