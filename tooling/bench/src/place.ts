import type { StoreKind } from "./bench-row.ts";

/** Where and how large a row is measured; plain JSON. */
export interface Place {
  readonly store: StoreKind;
  /** A directory that all processes of the row share; it is removed after the last. */
  readonly scratch: string;
  /** Plaintext of a frame, in bytes; undefined where the row leaves it to the default. */
  readonly frameLength?: number | undefined;
  readonly scale: Scale;
}

/** How much is worked on. */
export interface Scale {
  /** How many keys the large store of a look-up holds. */
  readonly manyKeys: number;
  /** Plaintext of a stream. */
  readonly streamBytes: number;
  /** Messages made in a row. */
  readonly messages: number;
}
