import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Samples } from "../statistics.ts";

type Program = "bare" | "core" | "jose" | "aws";

/** A new process that imports core, and one that imports jose, both over one that imports nothing. */
export const importCore = (rounds: number): Samples =>
  spawnInTurn(rounds, ({ bare, core, jose }) => ({ ours: core - bare, baseline: jose - bare }), [
    "bare",
    "core",
    "jose",
  ]);

/** What the AWS adapter adds to core, and what core adds to nothing. */
export const importAws = (rounds: number): Samples =>
  spawnInTurn(rounds, ({ bare, core, aws }) => ({ ours: aws - core, baseline: core - bare }), ["bare", "core", "aws"]);

type Times = Record<Program, number>;

function spawnInTurn(
  rounds: number,
  compare: (times: Times) => { readonly ours: number; readonly baseline: number },
  programs: readonly Program[],
): Samples {
  const samples = { ours: [] as number[], baseline: [] as number[] };
  for (const program of programs) spawnUs(program); // fills the file cache
  for (let round = 0; round < rounds; round += 1) {
    const times: Times = { bare: 0, core: 0, jose: 0, aws: 0 };
    for (const program of round % 2 === 0 ? programs : programs.toReversed()) times[program] = spawnUs(program);
    const { ours, baseline } = compare(times);
    samples.ours.push(ours);
    samples.baseline.push(baseline);
  }
  return samples;
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
