import type { Operation } from "@kms/core/driver";

/** An action of AWS IAM. */
export type IamAction = `kms:${string}`;

/** The actions that an operation needs always, and those that it needs in the case said beside them. */
export interface PermissionRow {
  readonly always: readonly IamAction[];
  readonly when?: Readonly<Partial<Record<IamAction, string>>> | undefined;
}

const describe: readonly IamAction[] = ["kms:DescribeKey", "kms:ListResourceTags"];
const symmetric = {
  "kms:ListKeyRotations": "the key is symmetric",
  "kms:GetKeyRotationStatus": "the key is symmetric",
} as const;
const then = (action: IamAction): PermissionRow => ({ always: [action, ...describe], when: symmetric });
const only = (action: IamAction): PermissionRow => ({ always: [action] });

/**
 * The exact rights that each operation of this adapter asks of a principal (AWS Service Authorization Reference, "AWS KMS").
 * An operation that is not listed makes no call: `getPublicKey` answers what the handle pins, and opening a handle reads
 * nothing. The uses of a key need one action each and no right to read it.
 */
export const permissions: Readonly<Partial<Record<Operation, PermissionRow>>> = {
  generateKey: {
    always: ["kms:CreateKey", "kms:TagResource", ...describe],
    when: {
      ...symmetric,
      "kms:CreateAlias": "the configuration has a name",
      "kms:EnableKeyRotation": "the configuration has rotateEveryDays",
      "kms:GetPublicKey": "the key is asymmetric",
    },
  },
  getKey: { always: describe, when: { ...symmetric, "kms:GetPublicKey": "the key is asymmetric" } },
  describeKey: { always: describe, when: symmetric },
  refreshHandle: { always: describe, when: { ...symmetric, "kms:GetPublicKey": "the key is asymmetric" } },
  listKeys: only("kms:ListKeys"),
  generateRandom: only("kms:GenerateRandom"),
  encrypt: only("kms:Encrypt"),
  decrypt: only("kms:Decrypt"),
  generateDataKey: only("kms:GenerateDataKey"),
  wrapDataKey: only("kms:Encrypt"),
  unwrapDataKey: only("kms:Decrypt"),
  sign: only("kms:Sign"),
  verify: { always: [], when: { "kms:Verify": 'the handle says verifyAt: "provider"' } },
  generateMac: only("kms:GenerateMac"),
  verifyMac: only("kms:VerifyMac"),
  rotateKey: then("kms:RotateKeyOnDemand"),
  disableKey: then("kms:DisableKey"),
  enableKey: then("kms:EnableKey"),
  scheduleDestruction: then("kms:ScheduleKeyDeletion"),
  cancelDestruction: then("kms:CancelKeyDeletion"),
  getDestructionReceipt: { always: describe, when: symmetric },
};
