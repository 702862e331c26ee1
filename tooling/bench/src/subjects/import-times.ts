import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median, type Samples } from "../statistics.ts";

type Beyond = "aws" | "gcp" | "azure" | "envelope";
type Program = "bare" | "core" | "jose" | Beyond;
type Times = Readonly<Record<Program, readonly number[]>>;

/** A new process that imports core, and one that imports jose, both over one that imports nothing. */
export function importCore(rounds: number): Samples {
  const { bare, core, jose } = spawnInTurn(rounds, ["bare", "core", "jose"]);
  return { ours: over(bare, core), baseline: over(bare, jose) };
}

/** What a package adds to core, and what core adds to nothing. */
export function importBeyondCore(name: Beyond, rounds: number): Samples {
  const { bare, core, [name]: ours } = spawnInTurn(rounds, ["bare", "core", name]);
  return { ours: over(core, ours), baseline: over(bare, core) };
}

// Over the median, not over the same round's: the noise of one process would otherwise count twice.
const over = (lower: readonly number[], times: readonly number[]): readonly number[] =>
  times.map((time) => time - median(lower));

function spawnInTurn(rounds: number, programs: readonly Program[]): Times {
  const times: Record<Program, number[]> = { bare: [], core: [], jose: [], aws: [], gcp: [], azure: [], envelope: [] };
  for (const program of programs) spawnUs(program); // fills the file cache
  for (let round = 0; round < rounds; round += 1) {
    for (const program of round % 2 === 0 ? programs : programs.toReversed()) times[program].push(spawnUs(program));
  }
  return times;
}

/** Microseconds from starting a process to its end. */
function spawnUs(program: Program): number {
  const path = fileURLToPath(new URL(`../imports/${program}.js`, import.meta.url));
  const start = process.hrtime.bigint();
  const { status, error } = spawnSync(process.execPath, [path], { stdio: ["ignore", "ignore", "inherit"] });
  const tookUs = Number(process.hrtime.bigint() - start) / 1000;
  if (error !== undefined || status !== 0) throw new Error(`A process importing ${program} ended with ${status}.`);
  return tookUs;
}
