import type { Operation } from "@kms/core/driver";

/** An action of AWS IAM. */
export type IamAction = `kms:${string}`;

/** What asks for rights: the contract's operations, its `health`, and this adapter's own functions. */
export type AwsOperation = Operation | "health" | "awsReEncrypt";

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
// Under RSA these run here, with the public key that the handle pins.
const ifSymmetric = (action: IamAction): PermissionRow => ({ always: [], when: { [action]: "the key is symmetric" } });

/**
 * The exact rights that each operation of this adapter asks of a principal (AWS Service Authorization Reference, "AWS KMS").
 * An operation that is not listed makes no call: `getPublicKey` answers what the handle pins, and opening a handle reads
 * nothing. The uses of a key need one action each and no right to read it.
 * `health` asks for one random byte, and counts a denial as an answer.
 */
export const permissions: Readonly<Partial<Record<AwsOperation, PermissionRow>>> = {
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
  encrypt: ifSymmetric("kms:Encrypt"),
  decrypt: only("kms:Decrypt"),
  generateDataKey: ifSymmetric("kms:GenerateDataKey"),
  wrapDataKey: ifSymmetric("kms:Encrypt"),
  unwrapDataKey: only("kms:Decrypt"),
  sign: only("kms:Sign"),
  verify: { always: [], when: { "kms:Verify": 'the handle says verifyAt: "provider"' } },
  generateMac: only("kms:GenerateMac"),
  verifyMac: only("kms:VerifyMac"),
  deriveSharedSecret: only("kms:DeriveSharedSecret"),
  awsReEncrypt: { always: ["kms:ReEncryptFrom", "kms:ReEncryptTo"] },
  rotateKey: then("kms:RotateKeyOnDemand"),
  disableKey: then("kms:DisableKey"),
  enableKey: then("kms:EnableKey"),
  scheduleDestruction: then("kms:ScheduleKeyDeletion"),
  cancelDestruction: then("kms:CancelKeyDeletion"),
  getDestructionReceipt: { always: describe, when: symmetric },
  health: { always: [], when: { "kms:GenerateRandom": "its one random byte is to be made, not denied" } },
};

/** Every action that these operations can ask for, each once: for the policy of a principal that may do no more. */
export const actionsOf = (operations: readonly AwsOperation[]): readonly IamAction[] => [
  ...new Set(
    operations.flatMap((operation) => {
      const { always = [], when = {} } = permissions[operation] ?? {};
      return [...always, ...Object.keys(when).filter(isAction)];
    }),
  ),
];

const isAction = (name: string): name is IamAction => name.startsWith("kms:");
