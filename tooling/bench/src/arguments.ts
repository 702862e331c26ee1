import { parseArgs } from "node:util";

/** What `npm run bench` is asked for. */
export interface BenchArguments {
  readonly help: boolean;
  /** Rows whose name contains the text; every row where nothing is said. */
  readonly only: string | undefined;
  /** Every row runs, briefly, and nothing is judged or written. */
  readonly smoke: boolean;
}

/** Reads the command line; throws for an option that does not exist. */
export function readArguments(values: readonly string[]): BenchArguments {
  const { values: found } = parseArgs({
    args: [...values],
    options: { help: { type: "boolean" }, only: { type: "string" }, smoke: { type: "boolean" } },
  });
  return { help: found.help ?? false, only: found.only, smoke: found.smoke ?? false };
}

/** What `--help` prints. */
export const help = `npm run bench [-- [--only <text>] [--smoke]]

Measures the built packages: each row runs in processes of its own, ours and the baseline taking turns.
Prints medians, their ratio, the middle half of the rounds' ratios, the goal and the verdict, and writes them to
bench-results.json: [{ name, ratio, goal, pass, baseline, medianUs }]. ratio is our time over the baseline's; medianUs is
ours, in microseconds an operation.

  --only <text>  the rows whose name contains the text
  --smoke        a few operations of each row, to see that it runs; nothing is judged or written
  --help         this

A missed goal is a finding, not a failure: the command exits with 1 only when a row could not run.`;
