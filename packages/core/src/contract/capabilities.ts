import type { SignInput } from "./driver.ts";
import type { Algorithm, Operation, Origin, Protection, State } from "./words.ts";

/**
 * native: the provider does it · local: the guard, with the pinned public key, and no member of the driver but `nameDataKey` ·
 * emulated: kept beside the key, enforced here · js: a JavaScript implementation (needs `policy.allowJsPrimitives`).
 */
export type Implementation = "native" | "local" | "emulated" | "js";

/** Fields of an answer that name who answered. */
export type AnswerName = "id" | "version";

/**
 * One row per algorithm, protection and origin; a handle selects exactly one.
 * Claimed means it works; not claimed is refused with `UNSUPPORTED` before any call.
 */
export interface CapabilityRow {
  readonly algorithm: Algorithm;
  readonly protection: Protection;
  readonly origin: Origin;
  /** The provider's own name of the type. */
  readonly native: string;
  readonly operations: Readonly<Partial<Record<Operation, Implementation>>>;
  readonly limits: {
    readonly maximumPlaintextBytes?: number | undefined;
    readonly minimumPlaintextBytes?: number | undefined;
    readonly maximumAssociatedDataBytes?: number | undefined;
    /** Plaintext and associated data counted together (Google HSM). */
    readonly maximumTogetherBytes?: number | undefined;
    readonly maximumMessageBytes?: number | undefined;
    readonly minimumMessageBytes?: number | undefined;
  };
  readonly associatedData: "map" | "bytes" | "none";
  readonly signInput?: SignInput["kind"] | undefined;
  /** Who picks the version that protects. caller: the header names it; provider: the ciphertext embeds it, the header says null. */
  readonly version: "caller" | "provider";
  /** Which fields the answers of each operation carry. The guard compares what is there; the suite checks this list. */
  readonly answersName: {
    readonly encrypt?: readonly AnswerName[] | undefined;
    readonly decrypt?: readonly AnswerName[] | undefined;
    readonly sign?: readonly AnswerName[] | undefined;
  };
  /** handle: the provider binds only the type, and the sealed handle binds the rest. */
  readonly algorithmBinding: "provider" | "handle";
  readonly importForms: readonly ("plain" | "wrapped")[];
  /** A ciphertext opens under one key only. */
  readonly keyCommitment: boolean;
}

/** How far a provider honours a state of NIST SP 800-57 Part 1 §7. */
export type StateSupport = "native" | "emulated" | "unsupported";

/** What a provider can do: the manifest that the guard enforces, the suite tests both ways and the README shows. */
export interface Capabilities {
  /** "aws-kms", "azure-key-vault", "azure-managed-hsm", "google-cloud-kms", "self-managed", or an adapter author's own. */
  readonly kind: string;
  readonly rows: readonly CapabilityRow[];
  readonly states: Readonly<Record<Exclude<State, "destroyed">, StateSupport>>;
  readonly unit: Readonly<Record<"disable" | "revoke" | "destroy", "key" | "version">>;
  /**
   * How long a destruction waits. `minimumDays` is trusted: where the wait is chosen "per-call", a key that the provider does
   * not know is no end sooner than that after its handle was issued (`getDestructionReceipt` is `NOT_READY`).
   */
  readonly destructionWindow: {
    readonly chosen: "per-call" | "per-key" | "by-provider";
    readonly minimumDays: number;
    readonly maximumDays: number;
    readonly mayRemain: readonly string[];
  };
  readonly naming: "chosen" | "assigned";
  readonly createIsIdempotent: boolean;
  readonly listing: readonly ("labels" | "algorithms" | "state" | "createdAt")[];
  /** How long after `disableKey` a use may still succeed; undefined: the provider states no bound. */
  readonly disableVisibleWithinMs: number | undefined;
}
