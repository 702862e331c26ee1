/** What is wrong with a store: an acknowledged thing that is lost, a change that nobody refused, or anything else. */
export interface Finding {
  readonly kind: "lost" | "missed" | "other";
  readonly what: string;
}

/** A row of the report. */
export interface Tally {
  readonly name: string;
  /** Processes killed. */
  readonly kills: number;
  /** Bytes flipped, one at a time. */
  readonly flips: number;
  /** Further checks: faults, scanned files. */
  readonly checks: number;
  readonly findings: readonly Finding[];
  /** What else is worth a word: measured bounds, counts. */
  readonly note: string;
}

/** A row of nothing but what is given. */
export const tally = (name: string, given: Partial<Tally>): Tally => ({
  kills: 0,
  flips: 0,
  checks: 0,
  findings: [],
  note: "",
  ...given,
  name,
});
