import type { Denial, Permissions } from "../permission-policy.ts";
import { AwsError } from "./errors.ts";
import { partitionOf } from "./key-id.ts";

/** The policy hook: which IAM actions the emulator's one principal may perform, such as `kms:Encrypt`. */
export type AwsPermissions = Permissions;

/** `AccessDeniedException` for the emulator's one user. Source: IAM User Guide, Troubleshoot access denied error messages. */
export const denialIn =
  (region: string, accountId: string): Denial =>
  (action, resource, isDenied) => {
    const principal = `arn:${partitionOf(region)}:iam::${accountId}:user/emulator`;
    const reason = isDenied
      ? "with an explicit deny in an identity-based policy"
      : `because no identity-based policy allows the ${action} action`;
    return new AwsError(
      "AccessDeniedException",
      `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
    );
  };
