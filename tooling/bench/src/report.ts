import { meets, type BenchRow } from "./bench-row.ts";
import type { Summary } from "./statistics.ts";

/** A row as `bench-results.json` keeps it. */
export interface BenchResult {
  readonly name: string;
  /** Our median over the baseline's; where the goal is the lowest that passes, the baseline's over ours. Of memory and calls too. */
  readonly ratio: number;
  /** The highest ratio that passes, or the lowest. */
  readonly goal: number;
  readonly pass: boolean;
  /** What it is compared with. */
  readonly baseline: string;
  /** Our median, in microseconds an operation. */
  readonly medianUs: number;
}

/** A row with what was measured of it. */
export interface Measured {
  readonly row: BenchRow;
  readonly summary: Summary;
}

/** A measured row as it is written to the file. */
export const resultOf = ({ row, summary }: Measured): BenchResult => ({
  name: row.name,
  ratio: summary.ratio,
  goal: row.goal,
  pass: meets(row, summary.ratio, row.goal),
  baseline: row.baseline,
  medianUs: Math.round(summary.oursUs * 1000) / 1000,
});

const headings = ["row", "ours", "other", "ratio", "p25–p75", "goal", "stretch", "verdict", "baseline"];

/** The rows as a table for a terminal. `judged`: with verdicts. */
export function table(measured: readonly Measured[], judged: boolean): string {
  const lines = [headings, ...measured.map((one) => cells(one, judged))];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => padded(cell, column, widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cells({ row, summary }: Measured, judged: boolean): readonly string[] {
  const { ours, baseline, ratio, lowerRatio, upperRatio } = summary;
  return [
    row.name,
    amount(row, ours),
    amount(row, baseline),
    ratio.toFixed(2),
    `${lowerRatio.toFixed(2)}–${upperRatio.toFixed(2)}`,
    bound(row, row.goal),
    bound(row, row.stretch),
    judged ? verdict(row, ratio) : "not judged",
    row.baseline,
  ];
}

function amount({ counts }: BenchRow, taken: number): string {
  if (counts === "time" || counts === "times as fast") return `${taken.toFixed(taken < 1000 ? 2 : 0)} µs`;
  return `${taken.toFixed(counts === "MiB" ? 1 : 0)} ${counts}`;
}

function bound({ counts }: BenchRow, ratio: number | undefined): string {
  if (ratio === undefined) return "";
  return `${counts === "times as fast" ? "≥" : "≤"} ${ratio.toFixed(2)}`;
}

function verdict(row: BenchRow, ratio: number): string {
  if (!meets(row, ratio, row.goal)) return "missed";
  return row.stretch !== undefined && meets(row, ratio, row.stretch) ? "met, stretch" : "met";
}

// Text to the left, numbers to the right.
const padded = (cell: string, column: number, width: number): string =>
  column === 0 || column >= 7 ? cell.padEnd(width) : cell.padStart(width);
