import type { LifecycleEvent, NativeState, RevocationReason, State, StringMap } from "@kms/core/driver";
import { KmsError } from "@kms/core/driver";
import type { SelfManagedAlgorithm } from "../algorithms.ts";

/**
 * A key as a store holds it: one immutable value, replaced as a whole by compare-and-set on `revision`, so that no
 * transition is ever half written. Dates are milliseconds since the epoch.
 */
export interface StoredKey {
  readonly id: string;
  /** 1 at creation, one more with every change. */
  readonly revision: number;
  readonly algorithm: SelfManagedAlgorithm;
  readonly origin: "generated" | "imported";
  readonly exportable: boolean;
  readonly labels: StringMap;
  readonly createdAt: number;
  /** The idempotency token of the call that made it: a repeated call finds its own key instead of a taken name. */
  readonly createdBy: string;
  /** The end that the key's configuration sets to every version. */
  readonly deactivateAt: number | undefined;
  readonly destructionWindowDays: number | undefined;
  readonly rotateEveryDays: number | undefined;
  /** The one version that protects. */
  readonly currentVersion: string;
  /** Oldest first, numbered from 1. None is ever removed, so no number is used twice. */
  readonly versions: readonly StoredVersion[];
}

/** One version: its material, its state, and how it came there. */
export interface StoredVersion {
  readonly version: string;
  readonly native: StoredState;
  readonly createdAt: number;
  readonly notBefore: number | undefined;
  readonly notAfter: number | undefined;
  readonly destroyAt: number | undefined;
  /** While a destruction is scheduled: where cancelling it leads. There is no way back to Active. */
  readonly cancelTo: CancelledState | undefined;
  readonly revocation: StoredRevocation | undefined;
  /** Absent once destroyed: what stays is the tombstone. */
  readonly material: KeyMaterial | undefined;
  /** SPKI (DER) of a pair. */
  readonly publicKey: Uint8Array | undefined;
  readonly history: readonly StoredTransition[];
}

/** The native states that own keys have. */
export type StoredState = Exclude<NativeState, "pending" | "unavailable" | "failed">;
/** Where a cancelled destruction leads. */
export type CancelledState = "disabled" | "process-only" | "compromised";
/** When a revocation was found out, since when it holds, and why. */
export interface StoredRevocation {
  readonly reason: RevocationReason;
  readonly revokedAt: number;
  readonly occurredAt: number;
}
/** A recorded transition: when, from where to where, by whom and why (`requirements` 9). */
export interface StoredTransition {
  readonly at: number;
  /** The actor that the `Kms` was bound to; nobody where a date came. */
  readonly actor: string | undefined;
  readonly event: LifecycleEvent | "generate" | "import";
  readonly from: State | undefined;
  readonly to: State;
  readonly revocation: RevocationReason | undefined;
  /** What the caller said (`reason` among the call's options). */
  readonly reason: string | undefined;
}

/** The effective time of the last transition that a record carries. */
export const lastWritten = (record: StoredKey): number =>
  Math.max(record.createdAt, ...record.versions.map(({ history }) => history.at(-1)?.at ?? 0));

/**
 * Key bytes that neither `util.inspect` nor JSON shows, kept in memory or opened for each use from where they are sealed.
 * Best effort: V8, swap and core dumps may hold copies (`crypto-rules` 28).
 */
export class KeyMaterial {
  #bytes: Uint8Array | undefined;
  readonly #open: (() => Uint8Array) | undefined;

  /** Bytes: owned from now on, and overwritten by `erase`. A function: called for each use; it answers bytes in memory of their own, or throws. */
  constructor(source: Uint8Array | (() => Uint8Array)) {
    this.#bytes = typeof source === "function" ? undefined : source;
    this.#open = typeof source === "function" ? source : undefined;
  }

  /** Lends the bytes for the length of a call: keep nothing of them. What was opened for it is overwritten afterwards. `INVALID_STATE` once erased. */
  use<R>(run: (bytes: Uint8Array) => R): R {
    if (this.#bytes !== undefined) return run(this.#bytes);
    if (this.#open === undefined) {
      throw new KmsError("INVALID_STATE", "The key material was erased.", { state: "destroyed" });
    }
    const opened = this.#open();
    try {
      return run(opened);
    } finally {
      opened.fill(0);
    }
  }

  /** Overwrites bytes kept in memory with zeros and lets go of them. What is sealed elsewhere is its store's to remove. */
  erase(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
  }
}
