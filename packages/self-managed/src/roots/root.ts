import type { Json } from "@kms/core/driver";

/** The kinds of roots: what a person remembers, and bytes that somebody keeps. */
export type RootKind = "passphrase" | "key";

/**
 * What opens a store: it turns the parameters that stand in a slot into the key of that slot. Nothing of it shows in
 * `util.inspect` or JSON. It lives as long as it is referenced: let go of it once the store is open.
 */
export interface Root {
  readonly kind: RootKind;
  /** For a new slot: its public parameters, under a fresh 32-byte salt. */
  readonly newParameters: () => Json;
  /**
   * The 32-byte key of the slot that has these parameters, in memory of its own, the caller's to erase. The same for the
   * same root and parameters. `TAMPERED`, before anything runs, when the parameters are malformed or out of range.
   */
  readonly slotKey: (parameters: Json) => Promise<Uint8Array>;
}
