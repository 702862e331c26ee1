import type { CiphertextFormat } from "../ciphertext.ts";
import type { EmulatorClock } from "../../clock.ts";
import { type Input, type JsonObject } from "../input.ts";
import { readKeyOnly, readReference } from "../key-id.ts";
import type { KeyUsage } from "../key-specs.ts";
import type { KeyStore } from "../key-store.ts";
import type { KmsKey } from "../kms-key.ts";
import { LIMITS } from "../limits.ts";
import type { PermissionPolicy } from "../../permission-policy.ts";

/** The emulated account: everything that an operation may touch. */
export interface Account {
  readonly store: KeyStore;
  readonly clock: EmulatorClock;
  readonly ciphertexts: CiphertextFormat;
  readonly permissions: PermissionPolicy;
  /** How long an on-demand rotation stays under way, in milliseconds of the emulator's clock. */
  readonly rotationDelayMs: number;
}

/** In which key states an operation runs. Source of the rules: AWS KMS Developer Guide, Key state table. */
export type StateRule =
  /** In every state. */
  | "any"
  /** Enabled only; notes [1] and [3] otherwise. */
  | "enabled"
  /** Not while deletion is pending; note [3]. */
  | "not-pending-deletion"
  /** Only while deletion is pending; note [4]. */
  | "pending-deletion";

/** The result of an operation: JSON members, or nothing. */
export type Result = JsonObject | undefined;

/**
 * Members that calls which use a key share. `GrantTokens` may be empty only; with `DryRun` the whole call is made, and a
 * success becomes `DryRunOperationException`. Source: AWS KMS Developer Guide, Testing your permissions.
 */
export const USE_MEMBERS: readonly string[] = ["GrantTokens", "DryRun"];

/** An operation on one key. Its members are read, and refused, before the key is looked up. */
export interface KeyOperation {
  readonly kind: "key";
  /** The IAM action that it needs. */
  readonly action: string;
  /** Members that the emulator understands; any other is refused as not implemented. */
  readonly members: readonly string[];
  readonly states: StateRule;
  /** Actions that a call can need besides, on another key or for a member. */
  readonly furtherActions?: readonly string[] | undefined;
  /** The usage that the key must have; another is `InvalidKeyUsageException`. */
  readonly usage?: KeyUsage | undefined;
  /** Vendor document and section. */
  readonly source: string;
  prepare(input: Input): {
    readonly locate: (account: Account) => KmsKey;
    readonly run: (call: { readonly key: KmsKey; readonly account: Account }) => Result;
  };
}

/** An operation that names no existing key. */
export interface AccountOperation {
  readonly kind: "account";
  readonly action: string;
  readonly furtherActions?: readonly string[] | undefined;
  readonly members: readonly string[];
  readonly source: string;
  prepare(input: Input): (account: Account) => Result | Promise<Result>;
}

/** A row of the operations table. */
export type OperationRow = KeyOperation | AccountOperation;

/** Looks up the key that a member names by id, ARN, alias or alias ARN. */
export function byReference(input: Input, member = "KeyId"): (account: Account) => KmsKey {
  const reference = input.requiredText(member, LIMITS.keyReferenceLength);
  return ({ store }) => store.get(readReference(reference, store.scope));
}

/** Looks up the key that a member names by id or ARN; an alias is `NotFoundException`. */
export function byKeyId(input: Input, member = "KeyId"): (account: Account) => KmsKey {
  const reference = input.requiredText(member, LIMITS.keyReferenceLength);
  return ({ store }) => store.get(readKeyOnly(reference, store.scope));
}
