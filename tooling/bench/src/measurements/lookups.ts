import type { Measurements } from "../measurements.ts";
import type { LookupRow } from "../row-name.ts";
import { interleave } from "../rounds.ts";
import { create, read } from "../subjects/lookups.ts";

/** How stores of many keys are measured. */
export const measurements: Measurements<LookupRow> = {
  "lookup/read": async (effort, place) => interleave(await read(place), effort),
  "lookup/create": async (effort, place) => interleave(await create(place), effort),
};
