import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Effort } from "./rounds.ts";
import type { BenchRow } from "./rows.ts";
import { summarise, type Samples, type Summary } from "./statistics.ts";

const measure = fileURLToPath(new URL("../dist/src/measure.js", import.meta.url));

/** How often a row is measured in a new process, and how hard in each. */
export interface Plan {
  readonly processes: number;
  readonly effort: Effort;
}

// Processes differ: what V8 compiles, and how, depends on when it is asked. Several of them are pooled.
/** Enough for medians that hold still. */
export const fullPlan = (row: BenchRow): Plan =>
  row.name.startsWith("import/")
    ? { processes: 1, effort: { rounds: 41, batchMs: 0, warmUpMs: 0 } }
    : { processes: 3, effort: { rounds: 101, batchMs: 3, warmUpMs: 500 } };

/** Just enough to see that a row runs. */
export const smokePlan: Plan = { processes: 1, effort: { rounds: 2, batchMs: 0.2, warmUpMs: 1 } };

/** Measures a row from its built form. Throws when a process of it fails; what went wrong stands on stderr. */
export function runRow(row: BenchRow, { processes, effort }: Plan): Summary {
  const pooled = { ours: [] as number[], baseline: [] as number[] };
  for (let run = 0; run < processes; run += 1) {
    const { status, stdout } = spawnSync(process.execPath, [measure, row.name, JSON.stringify(effort)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (status !== 0) throw new Error(`${row.name} could not be measured (exit ${status}).`);
    const samples = JSON.parse(stdout) as Samples;
    pooled.ours.push(...samples.ours);
    pooled.baseline.push(...samples.baseline);
  }
  return summarise(pooled);
}
