import type { Algorithm, CryptoOperation, OperationPurposes, AlgorithmFor, Protection, StringMap } from "./words.ts";

/**
 * keyConf: what key to make. Checked against policy, read back after generation, its digest kept in the handle.
 * `options` is the adapter's own plain JSON; it is part of the digest.
 */
export interface KeyConf<A extends Algorithm = Algorithm, O = never> {
  readonly algorithm: A;
  /** `[a-z0-9][a-z0-9-]{0,62}`; where the provider assigns ids it becomes a label or an alias. */
  readonly name?: string | undefined;
  /** Exact. Without it the provider's default, which the handle then states. */
  readonly protection?: Protection | undefined;
  /** At most 8. Names `[a-z][a-z0-9_-]{0,62}`, values `[a-z0-9_-]{0,63}`: what every provider takes. */
  readonly labels?: StringMap | undefined;
  /** Default false; fixed for ever. */
  readonly exportable?: boolean | undefined;
  readonly activateAt?: Date | undefined;
  readonly deactivateAt?: Date | undefined;
  readonly rotateEveryDays?: number | undefined;
  /** Days between scheduling a destruction and the end. Default: the provider's longest common, 30. */
  readonly destructionWindowDays?: number | undefined;
  readonly options?: O | undefined;
}

declare const genuine: unique symbol;
/** keyInfo. Opaque, frozen, made only by `Kms`; a look-alike object is refused. Persist it with `sealHandle`. */
export interface KeyHandle<out A extends Algorithm = Algorithm> {
  readonly [genuine]: A;
  /** The application's name for the provider. */
  readonly provider: string;
  /** The provider's canonical id. */
  readonly keyId: string;
  readonly algorithm: A;
  readonly protection: Protection;
}

/** Refuses at compile time only what can never work; a wide handle passes and is checked when it runs. */
export type Can<Op extends CryptoOperation, A extends Algorithm> = [A & AlgorithmFor<OperationPurposes[Op]>] extends [
  never,
]
  ? { readonly "this key's purpose does not allow": Op }
  : unknown;
/**
 * For wrappers that are generic over the algorithm; several operations: `KeyFor<"encrypt", A> & KeyFor<"decrypt", A>`.
 * An algorithm known only when it runs: widen first, `const wide: Kms = kms`.
 */
export type KeyFor<Op extends CryptoOperation, A extends Algorithm> = KeyHandle<A> & Can<Op, A>;

/**
 * config: how a key may be used. Only narrows what the key and the policy allow; never carries a choice of algorithm.
 * Bound to a key by `restrictKey`, it travels inside the sealed handle; nothing widens it again.
 */
export interface ActionConfig {
  readonly operations?: readonly CryptoOperation[] | undefined;
  /** Entries that associated data must carry; `null`: present with any value. */
  readonly requiredAssociatedData?: Readonly<Record<string, string | null>> | undefined;
  /** Default "local", against the pinned public key. */
  readonly verifyAt?: "local" | "provider" | undefined;
  /** The last moment at which the handle works. */
  readonly notAfter?: Date | undefined;
}

/** Options of every call. */
export interface CallOptions {
  /** Aborting it ends the call with `CANCELLED`; a mutation then says `outcome: "unknown"`. */
  readonly signal?: AbortSignal | undefined;
  /** The whole call, retries included. Default 10,000; key creation, import and rotation 60,000. */
  readonly timeoutMs?: number | undefined;
}
/** Options of calls that read what was protected before. */
export interface ProcessOptions extends CallOptions {
  /** Reading what was protected while the key is Suspended or Compromised needs a reason, which is audited. */
  readonly accept?: { readonly state: "suspended" | "compromised"; readonly reason: string } | undefined;
}
