import { AwsError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { byKeyId, type OperationRow } from "./row.ts";

/** The one policy name there is. Source: AWS KMS API Reference, GetKeyPolicy, PolicyName. */
const NAME = "default";

/**
 * Every key has the policy of a key that was made without one; it decides nothing here. Its text as recorded from the
 * service in localstack's test_kms.snapshot.json, test_replicate_key. Tools that manage keys, such as Terraform, read it.
 */
const getKeyPolicy: OperationRow = {
  kind: "key",
  action: "kms:GetKeyPolicy",
  members: ["KeyId", "PolicyName"],
  states: "any",
  source: "AWS KMS API Reference, GetKeyPolicy; AWS KMS Developer Guide, Default key policy",
  prepare: (input) => {
    const locate = byKeyId(input);
    const name = input.text("PolicyName", LIMITS.policyNameLength) ?? NAME;
    return {
      locate,
      run: ({ account }) => {
        if (name !== NAME) throw new AwsError("NotFoundException", "No such policy exists");
        const { partition, accountId } = account.store.scope;
        const statement = {
          Sid: "Enable IAM User Permissions",
          Effect: "Allow",
          Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
          Action: "kms:*",
          Resource: "*",
        };
        const policy = { Version: "2012-10-17", Id: "key-default-1", Statement: [statement] };
        return { Policy: JSON.stringify(policy, undefined, 2), PolicyName: NAME };
      },
    };
  },
};

/** GetKeyPolicy. */
export const POLICY_OPERATIONS: Readonly<Record<string, OperationRow>> = { GetKeyPolicy: getKeyPolicy };
