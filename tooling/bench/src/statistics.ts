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

/** Times of both sides, one pair a round, in microseconds an operation. */
export interface Samples {
  readonly ours: readonly number[];
  readonly baseline: readonly number[];
}

/** What a row's rounds come to. */
export interface Summary {
  readonly oursUs: number;
  readonly baselineUs: number;
  /** Our median over the baseline's, to three decimals; after `inverted` the baseline's over ours. */
  readonly ratio: number;
  /** The middle half of the rounds' own ratios lies between these. */
  readonly lowerRatio: number;
  readonly upperRatio: number;
}

/** Medians of each side, their ratio, and the spread of the rounds' ratios. */
export function summarise({ ours, baseline }: Samples): Summary {
  const ratios = ours.map((time, round) => time / (baseline[round] ?? Number.NaN));
  const oursUs = median(ours);
  const baselineUs = median(baseline);
  return {
    oursUs,
    baselineUs,
    ratio: Math.round((oursUs / baselineUs) * 1000) / 1000,
    lowerRatio: quantile(ratios, 0.25),
    upperRatio: quantile(ratios, 0.75),
  };
}

/** The same with the ratios the other way round: how many times as fast as the baseline ours is. */
export const inverted = (summary: Summary): Summary => ({
  ...summary,
  ratio: Math.round((summary.baselineUs / summary.oursUs) * 1000) / 1000,
  lowerRatio: 1 / summary.upperRatio,
  upperRatio: 1 / summary.lowerRatio,
});
