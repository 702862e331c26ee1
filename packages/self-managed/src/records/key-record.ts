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
/** A recorded transition (`requirements` 9). Who did it stands in the audit trail: drivers are not told. */
export interface StoredTransition {
  readonly at: number;
  readonly event: LifecycleEvent | "generate";
  readonly from: State | undefined;
  readonly to: State;
  readonly reason?: RevocationReason | undefined;
}

/**
 * Key bytes that neither `util.inspect` nor JSON shows. It owns the bytes it is given: `erase` overwrites them.
 * Best effort: V8, swap and core dumps may hold copies (`crypto-rules` 28).
 */
export class KeyMaterial {
  #bytes: Uint8Array | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The bytes themselves, not a copy: read them, keep nothing. `INVALID_STATE` once erased. */
  reveal(): Uint8Array {
    if (this.#bytes !== undefined) return this.#bytes;
    throw new KmsError("INVALID_STATE", "The key material was erased.", { state: "destroyed" });
  }

  /** Overwrites the bytes with zeros and lets go of them. */
  erase(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
  }
}
