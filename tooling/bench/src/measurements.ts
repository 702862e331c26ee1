import type { Place } from "./place.ts";
import type { Effort } from "./rounds.ts";
import type { RowName } from "./row-name.ts";
import type { Samples } from "./statistics.ts";

/** Measures one row at a place. */
export type Measurement = (effort: Effort, place: Place) => Promise<Samples>;

/** How the rows of a group are measured. */
export type Measurements<Name extends RowName> = Readonly<Record<Name, Measurement>>;

type Group = RowName extends `${infer First}/${string}` ? First : never;

// Loaded one group at a time: what a row does not measure shall not lie in its process.
const groups: { readonly [G in Group]: () => Promise<Measurements<Extract<RowName, `${G}/${string}`>>> } = {
  guard: async () => (await import("./measurements/guard.ts")).measurements,
  import: async () => (await import("./measurements/imports.ts")).measurements,
  adapter: async () => (await import("./measurements/adapters.ts")).measurements,
  lookup: async () => (await import("./measurements/lookups.ts")).measurements,
  envelope: async () => (await import("./measurements/envelope.ts")).measurements,
};

/** How a row is measured. */
export async function measurementOf(name: RowName): Promise<Measurement> {
  const group = groups[name.slice(0, name.indexOf("/")) as Group];
  const measurements: Partial<Record<RowName, Measurement>> = await group();
  const found = measurements[name];
  if (found === undefined) throw new TypeError(`${name} is measured by nothing.`);
  return found;
}
