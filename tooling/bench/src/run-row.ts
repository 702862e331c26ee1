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

// Processes differ: what V8 compiles, and how, depends on when it is asked. Several of them are pooled. Many short batches,
// not few long ones: on a busy machine a batch of some milliseconds is hardly ever left alone, and the median of such
// batches tells of the other work. Collections of garbage fall into few batches, of both sides, and show in the spread.
/** Enough for medians that hold still. */
export const fullPlan = (row: BenchRow): Plan =>
  row.name.startsWith("import/")
    ? { processes: 1, effort: { rounds: 41, longestMs: 60_000, batchMs: 0, warmUpMs: 0 } }
    : { processes: 3, effort: { rounds: 1001, longestMs: 4000, batchMs: 0.4, warmUpMs: 1500 } };

/** Just enough to see that a row runs. */
export const smokePlan: Plan = { processes: 1, effort: { rounds: 2, longestMs: 60_000, batchMs: 0.1, warmUpMs: 1 } };

/** Measures a row from its built form. Throws when a process of it fails; what went wrong stands on stderr. */
export function runRow(row: BenchRow, { processes, effort }: Plan): Summary {
  const pooled = { ours: [] as number[], baseline: [] as number[] };
  for (let run = 0; run < processes; run += 1) {
    const { status, stdout } = spawnSync(process.execPath, [measure, row.name, JSON.stringify(effort)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    });
    if (status !== 0) throw new Error(`${row.name} could not be measured (exit ${status}).`);
    const samples = JSON.parse(stdout) as Samples;
    pooled.ours.push(...samples.ours);
    pooled.baseline.push(...samples.baseline);
  }
  return summarise(pooled);
}
