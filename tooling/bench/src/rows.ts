import type { BenchRow } from "./bench-row.ts";
import { adapterRows } from "./rows/adapters.ts";
import { envelopeRows } from "./rows/envelope.ts";
import { guardRows } from "./rows/guard.ts";
import { importRows } from "./rows/imports.ts";
import { lookupRows } from "./rows/lookups.ts";

/** Every row, in the order of the report. Goals: `design.md` §8. */
export const rows: readonly BenchRow[] = [...guardRows, ...importRows, ...adapterRows, ...lookupRows, ...envelopeRows];

/** The row of a name; undefined when there is none. */
export const rowOf = (name: string | undefined): BenchRow | undefined => rows.find((row) => row.name === name);
