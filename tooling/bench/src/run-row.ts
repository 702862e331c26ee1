import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Place } from "./place.ts";
import type { Effort } from "./rounds.ts";
import { meets, type BenchRow } from "./rows.ts";
import { inverted, summarise, type Samples, type Summary } from "./statistics.ts";

const measure = fileURLToPath(new URL("../dist/src/measure.js", import.meta.url));

/** How often a row is measured in a new process, and how hard in each. */
export interface Plan {
  readonly processes: number;
  readonly effort: Effort;
  /** How many keys the large store of a look-up holds. */
  readonly manyKeys: number;
}

// Processes differ: what V8 compiles, and how, depends on when it is asked. Several of them are pooled. Many short batches,
// not few long ones: on a busy machine a batch of some milliseconds is hardly ever left alone, and the median of such
// batches tells of the other work. Collections of garbage fall into few batches, of both sides, and show in the spread.
const manyKeys = 100_000;

/** Enough for medians that hold still. */
export const fullPlan = (row: BenchRow): Plan =>
  row.name.startsWith("import/")
    ? { processes: 1, effort: { rounds: 41, longestMs: 60_000, batchMs: 0, warmUpMs: 0 }, manyKeys }
    : { processes: 3, effort: { rounds: 1001, longestMs: 4000, batchMs: 0.4, warmUpMs: 1500 }, manyKeys };

/** Just enough to see that a row runs. */
export const smokePlan: Plan = {
  processes: 1,
  effort: { rounds: 2, longestMs: 60_000, batchMs: 0.1, warmUpMs: 1 },
  manyKeys: 1000,
};

/** Measures a row from its built form, over each of its stores; answers the worse. Throws when a process of it fails; what went wrong stands on stderr. */
export function runRow(row: BenchRow, plan: Plan): Summary {
  const [first, ...others] = row.stores.map((store) => {
    const summary = runOver(row, store, plan);
    if (row.stores.length > 1) console.error(`  over ${store}: ${summary.ratio.toFixed(2)}`);
    return summary;
  });
  if (first === undefined) throw new Error(`${row.name} has no store to be measured over.`);
  return others.reduce((worst, each) => (meets(row, each.ratio, worst.ratio) ? worst : each), first);
}

function runOver(row: BenchRow, store: Place["store"], plan: Plan): Summary {
  const scratch = mkdtempSync(join(tmpdir(), "kms-bench-"));
  try {
    const summary = summarise(samplesOf(row, { store, scratch, manyKeys: plan.manyKeys }, plan));
    return row.counts === "time" ? summary : inverted(summary);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function samplesOf(row: BenchRow, place: Place, { processes, effort }: Plan): Samples {
  const pooled = { ours: [] as number[], baseline: [] as number[] };
  const values = [measure, row.name, JSON.stringify(effort), JSON.stringify(place)];
  for (let run = 0; run < processes; run += 1) {
    const { status, stdout } = spawnSync(process.execPath, values, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    });
    if (status !== 0) throw new Error(`${row.name} could not be measured (exit ${status}).`);
    const samples = JSON.parse(stdout) as Samples;
    pooled.ours.push(...samples.ours);
    pooled.baseline.push(...samples.baseline);
  }
  return pooled;
}
