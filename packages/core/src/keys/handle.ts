import type { KeyHandle } from "../contract/key.ts";
import type { Algorithm, Origin, Protection, Purpose } from "../contract/words.ts";
import type { Restriction } from "./action-configuration.ts";

/** A version that a handle trusts, and the public key it had when it was read. */
export interface PinnedVersion {
  readonly version: string;
  readonly createdAt: number | undefined;
  readonly publicKey: { readonly spki: Uint8Array<ArrayBuffer>; readonly thumbprint: string } | undefined;
}

/** What a handle knows of its key; sealed as it stands. Never the application's own name of the provider. */
export interface HandleClaims {
  readonly kind: string;
  readonly scope: string;
  readonly keyId: string;
  /** The provider's own type name. */
  readonly native: string;
  readonly algorithm: Algorithm;
  readonly purpose: Purpose;
  readonly protection: Protection;
  readonly origin: Origin;
  readonly exportable: boolean;
  /** Oldest first. */
  readonly versions: readonly PinnedVersion[];
  /** The version that signs, makes MACs and wraps: the newest usable one when the handle was made. */
  readonly signingVersion: string | undefined;
  readonly destructionWindowDays: number | undefined;
  /** Digest of the key configuration; undefined for a key that was adopted by `getKey`. */
  readonly confDigest: string | undefined;
  readonly policyDigest: string;
  readonly revision: number;
  readonly issuedAt: number;
  readonly audience: string | undefined;
  readonly replaces: string | undefined;
  readonly restriction: Restriction | undefined;
}

/** What a genuine handle is bound to: its claims, and the very instance that made it. */
export interface Binding {
  readonly claims: HandleClaims;
}

class Handle {
  readonly provider: string;
  readonly keyId: string;
  readonly algorithm: Algorithm;
  readonly protection: Protection;
  readonly #binding: Binding;

  constructor(provider: string, binding: Binding) {
    const { keyId, algorithm, protection } = binding.claims;
    this.provider = provider;
    this.keyId = keyId;
    this.algorithm = algorithm;
    this.protection = protection;
    this.#binding = binding;
    Object.freeze(this);
  }

  static bindingOf(value: unknown): Binding | undefined {
    return typeof value === "object" && value !== null && #binding in value ? value.#binding : undefined;
  }
}

/** The only way to a handle. Its binding is out of reach for everybody but `bindingOf`. */
export function makeHandle<A extends Algorithm>(provider: string, binding: Binding): KeyHandle<A>;
export function makeHandle(provider: string, binding: Binding): object {
  return new Handle(provider, binding);
}

/** What a handle is bound to; undefined for a look-alike. */
export const bindingOf = (value: unknown): Binding | undefined => Handle.bindingOf(value);
