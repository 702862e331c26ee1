import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { meets, type BenchRow } from "./bench-row.ts";
import type { Place, Scale } from "./place.ts";
import type { Effort } from "./rounds.ts";
import { inverted, summarise, type Samples, type Summary } from "./statistics.ts";

const measure = fileURLToPath(new URL("../dist/src/measure.js", import.meta.url));

/** How often a row is measured in a new process, how hard in each, and on how much. */
export interface Plan {
  readonly processes: number;
  readonly effort: Effort;
  readonly scale: Scale;
}

const fullScale: Scale = { manyKeys: 100_000, streamBytes: 256 * 1024 * 1024, messages: 10_000 };

// Processes differ: what V8 compiles, and how, depends on when it is asked. Several of them are pooled. Many short batches,
// not few long ones: on a busy machine a batch of some milliseconds is hardly ever left alone, and the median of such
// batches tells of the other work. Collections of garbage fall into few batches, of both sides, and show in the spread.
const short: Plan = {
  processes: 3,
  effort: { rounds: 1001, longestMs: 4000, batchMs: 0.4, warmUpMs: 1500 },
  scale: fullScale,
};
/** Operations that take the better part of a second each, or a process. */
const long = (processes: number, rounds: number): Plan => ({
  processes,
  effort: { rounds, longestMs: 60_000, batchMs: 0, warmUpMs: 0 },
  scale: fullScale,
});

/** The official client spends half of its time collecting garbage, which single operations hide: batches of many. */
const longer: Plan = { ...short, effort: { rounds: 401, longestMs: 8000, batchMs: 20, warmUpMs: 1500 } };

/**
 * 64 operations at a time take ten milliseconds, and the garbage of one burst is collected in the next, be it of the other
 * side: batches of some bursts bear their own. Processes differ more than rounds do.
 */
const together: Plan = {
  processes: 7,
  effort: { rounds: 401, longestMs: 8000, batchMs: 50, warmUpMs: 1500 },
  scale: fullScale,
};

/** Enough for medians that hold still. */
export function fullPlan({ name }: Pick<BenchRow, "name">): Plan {
  if (name.startsWith("import/")) return long(1, 41);
  if (name === "envelope/10k/calls") return long(1, 1);
  if (name === "envelope/stream/rss") return long(1, 5);
  if (name.startsWith("envelope/stream/") || name.startsWith("envelope/10k/")) return long(3, 7);
  if (name.endsWith("/concurrent-64")) return together;
  return name.endsWith("/client-node") ? longer : short;
}

/** Just enough to see that a row runs. */
export const smokePlan: Plan = {
  processes: 1,
  effort: { rounds: 2, longestMs: 60_000, batchMs: 0.1, warmUpMs: 1 },
  scale: { manyKeys: 1000, streamBytes: 1024 * 1024, messages: 100 },
};

/**
 * Measures a row from its built form, over each of its stores with each of its frame lengths; answers the worst. Throws when a
 * process of it fails; what went wrong stands on stderr.
 */
export function runRow(row: BenchRow, plan: Plan): Summary {
  const places = row.stores.flatMap((store) =>
    (row.frameLengths ?? [undefined]).map((frameLength) => ({ store, frameLength, scale: plan.scale })),
  );
  const [first, ...others] = places.map((place) => {
    const summary = runAt(row, place, plan);
    const where = place.frameLength === undefined ? `over ${place.store}` : `frames of ${place.frameLength} bytes`;
    if (places.length > 1) console.error(`  ${where}: ${summary.ratio.toFixed(2)}`);
    return summary;
  });
  if (first === undefined) throw new Error(`${row.name} has no place to be measured at.`);
  return others.reduce((worst, each) => (meets(row, each.ratio, worst.ratio) ? worst : each), first);
}

function runAt(row: BenchRow, place: Omit<Place, "scratch">, plan: Plan): Summary {
  const scratch = mkdtempSync(join(tmpdir(), "kms-bench-"));
  try {
    const summary = summarise(samplesOf(row, { ...place, scratch }, plan));
    return row.counts === "times as fast" ? inverted(summary) : summary;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function samplesOf(row: BenchRow, place: Place, { processes, effort }: Plan): Samples {
  const pooled = { ours: [] as number[], baseline: [] as number[], oursUs: [] as number[] };
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
    pooled.oursUs.push(...(samples.oursUs ?? samples.ours));
  }
  return pooled;
}
