import type { KmsDriver } from "@kms/core/driver";
import type { SelfManagedAlgorithm } from "./algorithms.ts";
import type { KeyStore } from "./stores/store.ts";

/** What `selfManagedKms` takes. */
export interface SelfManagedOptions {
  /** Where the keys are kept; several drivers may stand over one. Whoever made the store closes it. */
  readonly store: KeyStore;
}

/** The driver of own keys. It has no options of its own in `KeyConf`. */
export type SelfManagedDriver = KmsDriver<SelfManagedAlgorithm, never>;
