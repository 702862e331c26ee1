import type { Json, KmsDriver } from "@kms/core";
import type { DemoClock } from "../demo-clock.ts";

/** A back end of the demo: one row of the table in `backends.ts`. */
export interface Backend {
  /** The application's name for the provider, and what the report calls it. */
  readonly name: string;
  readonly title: string;
  /** Makes whatever the keys live in. */
  readonly open: (clock: DemoClock) => Promise<Place>;
  /** In another process: a driver over the same keys, from what `Place.secondProcess` said. Absent where keys cannot be reached from there. */
  readonly connect?: ((connection: Json) => Promise<KmsDriver>) | undefined;
}

/** Where the keys of a back end live while the story is told. */
export interface Place {
  /** Each call makes a driver over the same keys: whoever closes one closes no other. */
  readonly driver: () => Promise<KmsDriver>;
  /** How another process reaches the keys, as plain JSON; or why they stay in this one. */
  readonly secondProcess: { readonly connection: Json } | { readonly staysBecause: string };
  /** Moves the back end's time and the demo's, in milliseconds. Absent where time cannot be moved. */
  readonly advance?: ((ms: number) => void) | undefined;
  readonly close: () => Promise<void>;
}
