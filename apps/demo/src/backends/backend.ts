import { KmsError, type Algorithm, type Json, type KmsDriver } from "@kms/core";
import type { Root, SqliteStore } from "@kms/self-managed";
import type { DemoClock } from "../demo-clock.ts";
import type { Step } from "../scene.ts";
import type { WorkFolder } from "../work-folder.ts";

/** A back end of the demo: one row of the table in `backends.ts`. */
export interface Backend {
  /** The application's name for the provider, and what the report calls it. */
  readonly name: string;
  readonly title: string;
  /**
   * Roles that the back end has no keys for as they are written, by name: the story shows that those are refused, and goes
   * on with keys for another algorithm, or without any. Every other role of `essentialRoles` must be had.
   */
  readonly instead?: Readonly<Record<string, Algorithm | undefined>> | undefined;
  /** Several back ends told of at once, where this is not one of its own. */
  readonly members?: readonly Backend[] | undefined;
  /** Makes whatever the keys live in. */
  readonly open: (clock: DemoClock, ground: Ground) => Promise<Place>;
  /** In another process: a driver over the same keys, from what `Place.secondProcess` said. Absent where keys cannot be reached from there. */
  readonly connect?: ((connection: Json) => Promise<KmsDriver>) | undefined;
  /** The whole story, where it is another than the common one. */
  readonly steps?: readonly Step[] | undefined;
  /** Steps of this back end alone, told before the audit. */
  readonly ownSteps?: readonly Step[] | undefined;
}

/** Where a back end may write. */
export interface Ground {
  readonly folder: WorkFolder;
  /** Where the user wants a file of keys, which then stays; undefined: below the folder. */
  readonly storeFile?: string | undefined;
}

/** Where the keys of a back end live while the story is told. */
export interface Place {
  /** What there is to say of it, in plain words. */
  readonly facts?: readonly string[] | undefined;
  /** Each call makes a driver over the same keys: whoever closes one closes no other. */
  readonly driver: () => Promise<KmsDriver>;
  /** The same for several back ends at once, by name, in the place of `driver`. */
  readonly drivers?: (() => Promise<Readonly<Record<string, KmsDriver>>>) | undefined;
  /** Where the keys of each of several back ends live, by name. */
  readonly places?: ReadonlyMap<string, Place> | undefined;
  /** How the back end is taken down while its keys are wanted. Absent where it cannot be. */
  readonly outage?: Outage | undefined;
  /** How another process reaches the keys, as plain JSON; or why they stay in this one. */
  readonly secondProcess: { readonly connection: Json } | { readonly staysBecause: string };
  /** How often what failed on its way is tried again; the library's own number where none is said. */
  readonly retries?: number | undefined;
  /** Moves the back end's time and the demo's, in milliseconds. Absent where time cannot be moved. */
  readonly advance?: ((ms: number) => void) | undefined;
  /** The file that the keys live in, where they live in one. */
  readonly file?: StoreFile | undefined;
  readonly close: () => Promise<void>;
}

/** A back end that answers nobody for a while. */
export interface Outage {
  /** From now on whatever is asked fails. */
  readonly begin: () => Promise<void>;
  /** The back end answers again; absent where it stays down. */
  readonly end?: (() => Promise<void>) | undefined;
}

/** Every connection to an emulator breaks while the outage lasts. */
export const outageOf = (faults: EmulatorFaults): Outage => ({
  begin: async () => faults.always("reset"),
  end: async () => faults.clear(),
});

interface EmulatorFaults {
  readonly always: (fault: "reset") => void;
  readonly clear: () => void;
}

/** A file of keys, and what opens it. */
export interface StoreFile {
  readonly path: string;
  /** Holds the root that the file was made with. */
  readonly keyFile: string;
  /** Lets go of the file, as the end of the application does; the place's drivers are of no use afterwards. */
  readonly letGo: () => Promise<void>;
  /** Opens this file or a copy of it through a root. */
  readonly open: (path: string, root: Root) => Promise<SqliteStore>;
  /** Makes a new store where nothing is yet. */
  readonly create: (path: string, root: Root) => Promise<SqliteStore>;
}

/** Where a store's key file stands: beside it. An application keeps the two apart. */
export const keyFileOf = (storeFile: string): string => `${storeFile}.key`;

/** The place's file. `NOT_FOUND` where the keys live in none. */
export function fileOf({ file }: Place): StoreFile {
  if (file !== undefined) return file;
  throw new KmsError("NOT_FOUND", "The keys of this back end live in no file.");
}
