import type { Denial, Permissions } from "../permission-policy.ts";
import { randomIdentifier } from "../primitives.ts";
import { AzureError, forbidden } from "./errors.ts";

/** How an emulator decides who may do what; a Managed HSM has roles of its own. */
export type AuthorizationScheme = "rbac" | "access-policy" | "local-rbac";

/**
 * The policy hook: what the emulator's one principal may do. At first, everything. Names are those of the emulator's
 * scheme: data actions (`Microsoft.KeyVault/vaults/keys/sign/action`, on a Managed HSM
 * `Microsoft.KeyVault/managedHsm/keys/sign/action`), or with access policies the verbs (`sign`).
 */
export interface AzurePermissions extends Permissions {
  /** Every name that the hook knows. */
  readonly known: readonly string[];
}

const CALLER = "appid=00000000-0000-0000-0000-00000000a11d;oid=00000000-0000-0000-0000-000000000001";

/**
 * 403 in the words of each scheme.
 * Source of codes and inner codes: provider facts §5.1 (`ForbiddenByRbac`, `AccessDenied`); of the words: answers quoted
 * in piyushsachdeva/Terraform_AKS issue 2 (RBAC), MicrosoftDocs/azure-docs issue 57072 (access policies) and
 * Azure/azure-cli issue 32719 (Managed HSM, whose code is `AccessDenied` itself).
 */
export const DENIALS: Readonly<Record<AuthorizationScheme, Denial>> = {
  rbac: (action, resource) =>
    forbidden(
      `Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: ${CALLER}\r\nAction: '${action}'\r\nResource: '${resource}'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC'`,
      "ForbiddenByRbac",
    ),
  "access-policy": (verb, resource) =>
    forbidden(
      `The user, group or application '${CALLER}' does not have keys ${verb} permission on key vault '${resource}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287`,
      "AccessDenied",
    ),
  "local-rbac": (action, resource) =>
    new AzureError(
      403,
      "AccessDenied",
      `Not authorized to access ${action} on ${resource} (Activity ID: ${randomIdentifier()})`,
    ),
};
