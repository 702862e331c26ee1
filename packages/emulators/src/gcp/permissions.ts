import { errorInfo, GcpError } from "./errors.ts";

/** The policy hook: which IAM permissions the emulator's one principal has. At first, all. */
export interface GcpPermissions {
  /** Denies one permission, such as `cloudkms.cryptoKeyVersions.useToEncrypt`; a `RangeError` for one not known here. */
  deny(permission: string): void;
  /** Denies all but these; replaces an earlier `allowOnly`, keeps what `deny` denied. */
  allowOnly(permissions: readonly string[]): void;
  /** Allows everything again. */
  reset(): void;
}

/** Decides each call of one principal. */
export class PermissionPolicy implements GcpPermissions {
  readonly #known: ReadonlySet<string>;
  readonly #denied = new Set<string>();
  #allowed: ReadonlySet<string> | undefined;

  constructor(known: ReadonlySet<string>) {
    this.#known = known;
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

  /** Whether the principal has a permission. */
  has(permission: string): boolean {
    const isAllowed = this.#allowed === undefined || this.#allowed.has(permission);
    return isAllowed && this.#known.has(permission) && !this.#denied.has(permission);
  }

  /** Throws `denial` unless the principal has the permission. */
  check(permission: string, resource: string): void {
    if (!this.has(permission)) throw denial(permission, resource);
  }

  #recognised(permission: string): string {
    if (this.#known.has(permission)) return permission;
    throw new RangeError(
      `the emulator has no permission ${permission}; it knows ${[...this.#known].toSorted().join(", ")}`,
    );
  }
}

/**
 * PERMISSION_DENIED that names permission and resource. Source of the words: GoogleCloudPlatform/java-docs-samples issue
 * 6571; of the detail: google/api/error_reason.proto, IAM_PERMISSION_DENIED.
 */
export const denial = (permission: string, resource: string): GcpError =>
  new GcpError(
    "PERMISSION_DENIED",
    `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`,
    [errorInfo("IAM_PERMISSION_DENIED", { permission, resource })],
  );
