import { AwsError } from "./errors.ts";

/** The policy hook: which IAM actions the emulator's one principal may perform. At first, all. */
export interface AwsPermissions {
  /** Denies one action, such as `kms:Encrypt`; a `RangeError` when the emulator knows no such action. */
  deny(action: string): void;
  /** Denies all but these actions; replaces an earlier `allowOnly`, keeps what `deny` denied. */
  allowOnly(actions: readonly string[]): void;
  /** Allows everything again. */
  reset(): void;
}

/** Decides each call of one principal. */
export class PermissionPolicy implements AwsPermissions {
  readonly #known: ReadonlySet<string>;
  readonly #principal: string;
  readonly #denied = new Set<string>();
  #allowed: ReadonlySet<string> | undefined;

  constructor(principal: string, known: ReadonlySet<string>) {
    this.#principal = principal;
    this.#known = known;
  }

  deny(action: string): void {
    this.#denied.add(this.#recognised(action));
  }

  allowOnly(actions: readonly string[]): void {
    this.#allowed = new Set(actions.map((action) => this.#recognised(action)));
  }

  reset(): void {
    this.#denied.clear();
    this.#allowed = undefined;
  }

  /**
   * Throws `AccessDeniedException` when the principal may not.
   * Source: IAM User Guide, Troubleshoot access denied error messages.
   */
  check(action: string, resource: string): void {
    const isAllowed = this.#allowed === undefined || this.#allowed.has(action);
    if (isAllowed && !this.#denied.has(action)) return;
    const reason = this.#denied.has(action)
      ? "with an explicit deny in an identity-based policy"
      : `because no identity-based policy allows the ${action} action`;
    throw new AwsError(
      "AccessDeniedException",
      `User: ${this.#principal} is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
    );
  }

  #recognised(action: string): string {
    if (this.#known.has(action)) return action;
    throw new RangeError(`the emulator has no action ${action}; it knows ${[...this.#known].toSorted().join(", ")}`);
  }
}
