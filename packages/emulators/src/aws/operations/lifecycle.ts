import { DEFAULTS, LIMITS } from "../limits.ts";
import { seconds } from "../protocol.ts";
import { byKeyId, type OperationRow } from "./row.ts";

const enableKey: OperationRow = {
  kind: "key",
  action: "kms:EnableKey",
  members: ["KeyId"],
  states: "not-pending-deletion",
  source: "AWS KMS API Reference, EnableKey",
  prepare: (input) => ({
    locate: byKeyId(input),
    run: ({ key, account }) => {
      key.enable(account.store.moment());
      return undefined;
    },
  }),
};

const disableKey: OperationRow = {
  kind: "key",
  action: "kms:DisableKey",
  members: ["KeyId"],
  states: "not-pending-deletion",
  source: "AWS KMS API Reference, DisableKey",
  prepare: (input) => ({
    locate: byKeyId(input),
    run: ({ key, account }) => {
      key.disable(account.store.moment());
      return undefined;
    },
  }),
};

const scheduleKeyDeletion: OperationRow = {
  kind: "key",
  action: "kms:ScheduleKeyDeletion",
  members: ["KeyId", "PendingWindowInDays"],
  states: "not-pending-deletion",
  source: "AWS KMS API Reference, ScheduleKeyDeletion",
  prepare: (input) => {
    const locate = byKeyId(input);
    const days = input.integer("PendingWindowInDays", LIMITS.pendingWindowDays) ?? DEFAULTS.pendingWindowDays.value;
    return {
      locate,
      run: ({ key, account: { store } }) => {
        const hasReplicas =
          key.is.multiRegion === "PRIMARY" && (store.multiRegionParts(key)?.replicas ?? []).length > 0;
        const deletion = key.scheduleDeletion(days, hasReplicas, store.moment());
        return {
          KeyId: key.arn,
          // "If the KMS key is a multi-Region primary key with replica keys, this field does not appear."
          ...("atMs" in deletion ? { DeletionDate: seconds(deletion.atMs) } : {}),
          KeyState: key.latestState,
          PendingWindowInDays: days,
        };
      },
    };
  },
};

const cancelKeyDeletion: OperationRow = {
  kind: "key",
  action: "kms:CancelKeyDeletion",
  members: ["KeyId"],
  states: "pending-deletion",
  source: "AWS KMS API Reference, CancelKeyDeletion",
  prepare: (input) => ({
    locate: byKeyId(input),
    run: ({ key, account }) => {
      key.cancelDeletion(account.store.moment());
      return { KeyId: key.arn };
    },
  }),
};

/** EnableKey, DisableKey, ScheduleKeyDeletion and CancelKeyDeletion. */
export const LIFECYCLE_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  EnableKey: enableKey,
  DisableKey: disableKey,
  ScheduleKeyDeletion: scheduleKeyDeletion,
  CancelKeyDeletion: cancelKeyDeletion,
};
