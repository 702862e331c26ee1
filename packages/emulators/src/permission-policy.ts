/** The policy hook of an emulator: what its one principal may do. At first, everything. */
export interface Permissions {
  /** Denies one permission; a `RangeError` for one that the emulator does not know. */
  deny(permission: string): void;
  /** Denies all but these; replaces an earlier `allowOnly`, keeps what `deny` denied. */
  allowOnly(permissions: readonly string[]): void;
  /** Allows everything again. */
  reset(): void;
}

/** The refusal in the service's words. `isDenied`: by `deny`, not for want of being allowed. */
export type Denial = (permission: string, resource: string, isDenied: boolean) => Error;

/** Decides each call of one principal. */
export class PermissionPolicy implements Permissions {
  /** Every permission that there is, in order. */
  readonly known: readonly string[];
  readonly #names: ReadonlySet<string>;
  readonly #denial: Denial;
  readonly #denied = new Set<string>();
  #allowed: ReadonlySet<string> | undefined;

  constructor(known: Iterable<string>, denial: Denial) {
    this.#names = new Set(known);
    this.known = Object.freeze([...this.#names].toSorted());
    this.#denial = denial;
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
    return isAllowed && this.#names.has(permission) && !this.#denied.has(permission);
  }

  /** Throws the denial unless the principal has the permission. */
  check(permission: string, resource: string): void {
    if (!this.has(permission)) throw this.#denial(permission, resource, this.#denied.has(permission));
  }

  #recognised(permission: string): string {
    if (this.#names.has(permission)) return permission;
    throw new RangeError(`the emulator does not know ${permission}; it knows ${this.known.join(", ")}`);
  }
}
