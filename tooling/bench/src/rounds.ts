import type { Samples } from "./statistics.ts";

/** One side of a comparison: one operation at a time, checked cheaply so that it cannot get quicker by failing. */
export type Side =
  | { readonly kind: "sync"; readonly once: () => void }
  /** `inFlight` operations are begun together; 1 where nothing is said. */
  | { readonly kind: "async"; readonly once: () => Promise<void>; readonly inFlight?: number | undefined };

/** Two sides that do the same work. */
export interface Comparison {
  readonly ours: Side;
  readonly baseline: Side;
}

/** How long is measured. */
export interface Effort {
  readonly rounds: number;
  /** Milliseconds after which no further round is begun. */
  readonly longestMs: number;
  /** Milliseconds that one side's share of a round takes, about. */
  readonly batchMs: number;
  /** Milliseconds of warming up before anything counts, about, for each side. */
  readonly warmUpMs: number;
}

/**
 * Rounds in which the sides take turns, each going first in every other one, so that what the machine does meanwhile falls
 * on both. Times in microseconds an operation.
 */
export async function interleave(comparison: Comparison, effort: Effort): Promise<Samples> {
  const [ours, baseline] = await warmUp(comparison, effort);
  const samples = { ours: [] as number[], baseline: [] as number[] };
  const end = performance.now() + effort.longestMs;
  for (let round = 0; round < effort.rounds && (round === 0 || performance.now() < end); round += 1) {
    if (round % 2 === 0) samples.ours.push(await time(comparison.ours, ours));
    samples.baseline.push(await time(comparison.baseline, baseline));
    if (round % 2 === 1) samples.ours.push(await time(comparison.ours, ours));
  }
  return samples;
}

/**
 * Runs the sides in turns until both are warm; answers how many operations of each fill a batch. In turns, as they are
 * measured: V8 compiles what both run, an SDK say, for what it has seen, and begins anew when the other side looks different.
 */
async function warmUp({ ours, baseline }: Comparison, effort: Effort): Promise<readonly [number, number]> {
  const sides = [new WarmingSide(ours), new WarmingSide(baseline)] as const;
  do {
    for (const side of sides) await side.run(effort);
  } while (sides.some(({ spentMs }) => spentMs < effort.warmUpMs));
  return [sides[0].count, sides[1].count];
}

class WarmingSide {
  readonly #side: Side;
  readonly #unit: number;
  /** Operations that fill a batch, as far as is known. */
  count: number;
  spentMs = 0;

  constructor(side: Side) {
    this.#side = side;
    this.#unit = side.kind === "async" ? (side.inFlight ?? 1) : 1;
    this.count = this.#unit;
  }

  async run({ batchMs }: Effort): Promise<void> {
    const batchUs = (await time(this.#side, this.count)) * this.count;
    this.spentMs += batchUs / 1000;
    this.count = Math.max(1, Math.round((this.count * batchMs * 1000) / batchUs / this.#unit)) * this.#unit;
  }
}

async function time(side: Side, count: number): Promise<number> {
  const start = process.hrtime.bigint();
  if (side.kind === "sync") runInTurn(side.once, count);
  else if (side.inFlight === undefined) await awaitInTurn(side.once, count);
  else await awaitTogether(side.once, count, side.inFlight);
  return Number(process.hrtime.bigint() - start) / 1000 / count;
}

function runInTurn(once: () => void, count: number): void {
  for (let index = 0; index < count; index += 1) once();
}

async function awaitInTurn(once: () => Promise<void>, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await once();
}

async function awaitTogether(once: () => Promise<void>, count: number, inFlight: number): Promise<void> {
  for (let begun = 0; begun < count; begun += inFlight) {
    await Promise.all(Array.from({ length: inFlight }, once));
  }
}
