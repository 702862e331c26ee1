import { AwsError } from "../errors.ts";
import type { KeyUsage } from "../key-specs.ts";
import type { KmsKey } from "../kms-key.ts";
import type { StateRule } from "./row.ts";

/**
 * Refuses a key in a state that the operation does not run in.
 * Source: AWS KMS Developer Guide, Key state table, notes [1], [3] and [4]; a primary that waits for its replicas to go
 * is refused like one that is pending deletion. For cryptographic operations on a key that
 * is pending deletion the table says "[2] or [3]"; [3] is taken.
 */
export function checkState(states: StateRule, key: KmsKey): void {
  const { state, arn } = key;
  if (states === "any") return;
  const isPending = state === "PendingDeletion" || state === "PendingReplicaDeletion";
  if (states === "pending-deletion") {
    if (!isPending) throw new AwsError("KMSInvalidStateException", `${arn} is not pending deletion.`);
    return;
  }
  if (isPending) throw new AwsError("KMSInvalidStateException", `${arn} is pending deletion.`);
  if (states === "enabled" && state === "Disabled") throw new AwsError("DisabledException", `${arn} is disabled.`);
}

/**
 * Refuses a key of another usage. Source: AWS KMS API Reference, InvalidKeyUsageException; the words as recorded from
 * the service in localstack's test_kms.snapshot.json, test_error_messaging_for_invalid_keys.
 */
export function checkUsage(usage: KeyUsage | undefined, operation: string, { arn, is }: KmsKey): void {
  if (usage === undefined || usage === is.usage) return;
  throw new AwsError(
    "InvalidKeyUsageException",
    `${arn} key usage is ${is.usage} which is not valid for ${operation}.`,
  );
}

/**
 * Refuses an algorithm that the key's spec does not have.
 * Source: AWS KMS API Reference, InvalidKeyUsageException, second reason; the words as recorded in localstack's
 * test_kms.snapshot.json, test_invalid_generate_mac.
 */
export function checkAlgorithm(key: KmsKey, algorithm: string): void {
  if (key.algorithms.includes(algorithm)) return;
  const { spec } = key.is;
  throw new AwsError("InvalidKeyUsageException", `Algorithm ${algorithm} is incompatible with key spec ${spec}.`);
}
