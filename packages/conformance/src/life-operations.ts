import type { CapabilityRow, KeyHandle, Kms, Operation } from "@kms/core";
import type { Context } from "./context.ts";
import { showRefused } from "./refusal.ts";
import { oneOfEach } from "./rows.ts";

/** An operation on the life of a key. */
export type LifeOperation = keyof typeof attempts & Operation;

const attempts = {
  rotateKey: (kms: Kms, key: KeyHandle): Promise<unknown> => kms.rotateKey(key),
  replaceKey: (kms: Kms, key: KeyHandle): Promise<unknown> => kms.replaceKey(key),
  disableKey: (kms: Kms, key: KeyHandle): Promise<unknown> => kms.disableKey(key),
  enableKey: (kms: Kms, key: KeyHandle): Promise<unknown> => kms.enableKey(key),
  revokeKey: (kms: Kms, key: KeyHandle): Promise<unknown> => kms.revokeKey(key, "superseded"),
  scheduleDestruction: (kms: Kms, key: KeyHandle): Promise<unknown> => kms.scheduleDestruction(key),
  cancelDestruction: (kms: Kms, key: KeyHandle): Promise<unknown> => kms.cancelDestruction(key),
  getDestructionReceipt: (kms: Kms, key: KeyHandle): Promise<unknown> => kms.getDestructionReceipt(key),
} as const;

/** Every operation on the life of a key. */
export const lifeOperations: readonly LifeOperation[] = [
  "rotateKey",
  "replaceKey",
  "disableKey",
  "enableKey",
  "revokeKey",
  "scheduleDestruction",
  "cancelDestruction",
  "getDestructionReceipt",
];

/** Does the operation to the key, with the plainest arguments. */
export const attemptLife = (kms: Kms, key: KeyHandle, operation: LifeOperation): Promise<unknown> =>
  attempts[operation](kms, key);

/** One row of each kind that claims all of these; where there is none, the refusal of what nothing claims is shown. */
export async function lifeRows(
  context: Context,
  ...operations: readonly LifeOperation[]
): Promise<readonly CapabilityRow[]> {
  const rows = oneOfEach(context.rows(...operations));
  if (rows.length > 0) context.note("claimed");
  else {
    const unclaimed = operations.filter((operation) => context.rows(operation).length === 0);
    for (const operation of unclaimed) {
      await showRefused(context, operation, (key) => attemptLife(context.kms, key, operation));
    }
  }
  return rows;
}
