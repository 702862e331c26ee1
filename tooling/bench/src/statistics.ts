/** The value below which the given part (0 to 1) of the samples lies, interpolated linearly. `NaN` for no samples. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** The middle value; half of the samples lie on either side. */
export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** What both sides took, one pair a round: times in microseconds an operation, or what else the row counts. */
export interface Samples {
  readonly ours: readonly number[];
  readonly baseline: readonly number[];
  /** How long ours took, in microseconds an operation, where `ours` is something else. */
  readonly oursUs?: readonly number[] | undefined;
}

/** What a row's rounds come to. */
export interface Summary {
  /** The median of what ours took, in what the row counts. */
  readonly ours: number;
  readonly baseline: number;
  /** How long ours took: the median, in microseconds an operation. */
  readonly oursUs: number;
  /** Our median over the baseline's, to three decimals; after `inverted` the baseline's over ours. */
  readonly ratio: number;
  /** The middle half of the rounds' own ratios lies between these. */
  readonly lowerRatio: number;
  readonly upperRatio: number;
}

/** Medians of each side, their ratio, and the spread of the rounds' ratios. */
export function summarise({ ours, baseline, oursUs = ours }: Samples): Summary {
  const ratios = ours.map((taken, round) => taken / (baseline[round] ?? Number.NaN));
  const medians = { ours: median(ours), baseline: median(baseline) };
  return {
    ...medians,
    oursUs: median(oursUs),
    ratio: Math.round((medians.ours / medians.baseline) * 1000) / 1000,
    lowerRatio: quantile(ratios, 0.25),
    upperRatio: quantile(ratios, 0.75),
  };
}

/** The same with the ratios the other way round: how many times as fast as the baseline ours is. */
export const inverted = (summary: Summary): Summary => ({
  ...summary,
  ratio: Math.round((summary.baseline / summary.ours) * 1000) / 1000,
  lowerRatio: 1 / summary.upperRatio,
  upperRatio: 1 / summary.lowerRatio,
});
