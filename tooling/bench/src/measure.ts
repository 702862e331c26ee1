// Measures one row in a process of its own, so that no row runs on what another left behind: `measure.js <row> <effort>
// <place>`. Effort, place and the samples are JSON.
import { measurementOf } from "./measurements.ts";
import type { Place } from "./place.ts";
import type { Effort } from "./rounds.ts";
import { rowOf } from "./rows.ts";

const [, , name, effort, place] = process.argv;
const row = rowOf(name);
if (row === undefined || effort === undefined || place === undefined) {
  throw new Error("measure.js takes the name of a row, an effort and a place.");
}
const samples = await (await measurementOf(row.name))(JSON.parse(effort) as Effort, JSON.parse(place) as Place);
process.stdout.write(JSON.stringify(samples));
