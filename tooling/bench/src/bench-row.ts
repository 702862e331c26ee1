import type { RowName } from "./row-name.ts";

/** One row of the table: what is compared with what, and how far apart they may be. */
export interface BenchRow {
  readonly name: RowName;
  /** What ours does. */
  readonly work: string;
  /** What it is compared with, written out in `baselines`. */
  readonly baseline: string;
  /** The ratio that still meets the goal: the highest, or the lowest where `counts` says so. */
  readonly goal: number;
  /** The ratio to reach for beyond the goal; undefined where there is none. */
  readonly stretch: number | undefined;
  readonly counts: Counted;
  /** Where the keys are kept. A row with several is measured over each, and the worse ratio is its own. */
  readonly stores: readonly StoreKind[];
  /** Frame lengths that both sides make. A row with several is measured with each, and the worst ratio is its own. Default: ours. */
  readonly frameLengths?: readonly number[] | undefined;
}

/**
 * What the ratio is: our time over the baseline's; how many times as fast as the baseline ours is; or how much ours takes of
 * something else, in the unit that is named, over how much the other takes.
 */
export type Counted = "time" | "times as fast" | "MiB" | "calls";

/** A store of own keys: in this process's memory, or in a SQLite file. "none" where there are no own keys. */
export type StoreKind = "memory" | "sqlite" | "none";

/** Does a ratio meet a goal or a stretch of the row? */
export const meets = ({ counts }: Pick<BenchRow, "counts">, ratio: number, bound: number): boolean =>
  counts === "times as fast" ? ratio >= bound : ratio <= bound;
