// Measures one row in a process of its own, so that no row runs on what another left behind: `measure.js <row> <effort>`.
// The effort and the samples are JSON.
import { measurements } from "./measurements.ts";
import type { Effort } from "./rounds.ts";
import { rowOf } from "./rows.ts";

const [, , name, effort] = process.argv;
const row = rowOf(name);
if (row === undefined || effort === undefined) throw new Error("measure.js takes the name of a row and an effort.");
process.stdout.write(JSON.stringify(await measurements[row.name](JSON.parse(effort) as Effort)));
