import type { Finding, Tally } from "./findings.ts";

const headings = ["what", "kills", "flips", "checks", "lost", "missed", "other", "measured"];

/** The rows as a table for a terminal, then every finding in words. */
export function table(tallies: readonly Tally[]): string {
  const lines = [headings, ...tallies.map(cells)];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => padded(cell, column, widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const findings = tallies.flatMap(({ name, findings: found }) =>
    found.map(({ kind, what }) => `${kind}: ${name}: ${what}`),
  );
  return [...text, ...findings].join("\n");
}

function cells({ name, kills, flips, checks, findings, note }: Tally): readonly string[] {
  const counts = [kills, flips, checks, ...kinds.map((kind) => ofKind(findings, kind))];
  return [name, ...counts.map((count) => (count === 0 ? "" : String(count))), note];
}

const kinds = ["lost", "missed", "other"] as const;
const ofKind = (findings: readonly Finding[], kind: Finding["kind"]): number =>
  findings.filter((finding) => finding.kind === kind).length;

// Text to the left, numbers to the right.
const padded = (cell: string, column: number, width: number): string =>
  column === 0 || column === headings.length - 1 ? cell.padEnd(width) : cell.padStart(width);

/** What every run does at least, however small: fewer show nothing. */
export const leastDone = { kills: 30, flips: 1_000 } as const;

/** What a run did too little of; each line says of what. */
export function shortfalls(tallies: readonly Tally[]): readonly string[] {
  return (["kills", "flips"] as const).flatMap((what) => {
    const done = total(tallies, (each) => each[what]);
    return done < leastDone[what] ? [`only ${done} ${what}: at least ${leastDone[what]} are wanted`] : [];
  });
}

/** The last line: `kills N, lost N; flips N, missed N`. */
export function sums(tallies: readonly Tally[]): string {
  const sum = (count: (each: Tally) => number): number => total(tallies, count);
  const lost = sum(({ findings }) => ofKind(findings, "lost"));
  const missed = sum(({ findings }) => ofKind(findings, "missed"));
  return `kills ${sum(({ kills }) => kills)}, lost ${lost}; flips ${sum(({ flips }) => flips)}, missed ${missed}`;
}

const total = (tallies: readonly Tally[], count: (each: Tally) => number): number =>
  tallies.reduce((sum, each) => sum + count(each), 0);
