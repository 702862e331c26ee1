import type { StoreKind } from "./rows.ts";

/** Where a row is measured; plain JSON. */
export interface Place {
  readonly store: StoreKind;
  /** A directory that all processes of the row share; it is removed after the last. */
  readonly scratch: string;
  /** How many keys the large store of a look-up holds. */
  readonly manyKeys: number;
}
