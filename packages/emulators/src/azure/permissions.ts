import { randomIdentifier } from "../primitives.ts";
import { AzureError, forbidden } from "./errors.ts";

/** How an emulator decides who may do what; a Managed HSM has roles of its own. */
export type AuthorizationScheme = "rbac" | "access-policy" | "local-rbac";

/**
 * The policy hook: what the emulator's one principal may do. At first, everything. Names are those of the emulator's
 * scheme: data actions (`Microsoft.KeyVault/vaults/keys/sign/action`, on a Managed HSM
 * `Microsoft.KeyVault/managedHsm/keys/sign/action`), or with access policies the verbs (`sign`).
 */
export interface AzurePermissions {
  /** Every name that the hook knows. */
  readonly known: readonly string[];
  /** Denies one; a `RangeError` for one not known here. */
  deny(permission: string): void;
  /** Denies all but these; replaces an earlier `allowOnly`, keeps what `deny` denied. */
  allowOnly(permissions: readonly string[]): void;
  /** Allows everything again. */
  reset(): void;
}

/** Decides each call of one principal. */
export class PermissionPolicy implements AzurePermissions {
  readonly known: readonly string[];
  readonly #scheme: AuthorizationScheme;
  readonly #denied = new Set<string>();
  #allowed: ReadonlySet<string> | undefined;

  constructor(scheme: AuthorizationScheme, known: Iterable<string>) {
    this.#scheme = scheme;
    this.known = Object.freeze([...new Set(known)].toSorted());
  }

  deny(permission: string): void {
    this.#denied.add(this.#recognised(permission));
  }

  allowOnly(permissions: readonly string[]): void {
    this.#allowed = new Set(permissions.map((permission) => this.#recognised(permission)));
  }

  reset(): void {
    this.#denied.clear();
    this.#allowed = undefined;
  }

  /** 403 in the words of the scheme unless the principal may. */
  check(permission: string, resource: string): void {
    const isAllowed = this.#allowed === undefined || this.#allowed.has(permission);
    if (isAllowed && !this.#denied.has(permission)) return;
    throw DENIALS[this.#scheme](permission, resource);
  }

  #recognised(permission: string): string {
    if (this.known.includes(permission)) return permission;
    throw new RangeError(`the emulator has no permission ${permission}; it knows ${this.known.join(", ")}`);
  }
}

const CALLER = "appid=00000000-0000-0000-0000-00000000a11d;oid=00000000-0000-0000-0000-000000000001";

/**
 * Source of codes and inner codes: provider facts §5.1 (`ForbiddenByRbac`, `AccessDenied`); of the words: answers quoted
 * in piyushsachdeva/Terraform_AKS issue 2 (RBAC), MicrosoftDocs/azure-docs issue 57072 (access policies) and
 * Azure/azure-cli issue 32719 (Managed HSM, whose code is `AccessDenied` itself).
 */
const DENIALS: Readonly<Record<AuthorizationScheme, (permission: string, resource: string) => Error>> = {
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
