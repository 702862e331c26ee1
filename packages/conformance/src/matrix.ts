import type { AdapterReport, ConformanceReport } from "./report.ts";

/**
 * The report as a table in Markdown: one line for each theme of cases, one column for each adapter. A cell says how many
 * cases passed; `+ n refused` counts cases about something that is not claimed and was shown to be refused.
 */
export function matrixOf({ adapters, mutants }: ConformanceReport): string {
  const ids = new Set(adapters.flatMap(({ cases }) => cases.map(({ id }) => id)));
  const themes = [...new Set([...ids].map(themeOf))];
  const header = ["theme", ...adapters.map(({ name }) => name)];
  const lines = themes.map((theme) => [theme, ...adapters.map((adapter) => cell(adapter, theme))]);
  const sums = ["**all**", ...adapters.map((adapter) => cell(adapter, undefined))];
  const table = aligned([header, ...lines, sums]);
  const caught = `${mutants.caught} of ${mutants.total} broken drivers fail exactly the cases that name what is broken.`;
  return [...table, "", `${ids.size} distinct cases. ${caught}`].join("\n");
}

/** A table whose columns stand under each other, as formatters of Markdown leave it. */
function aligned(cells: readonly (readonly string[])[]): readonly string[] {
  const [header = [], ...rest] = cells;
  const widths = header.map((_, column) => Math.max(3, ...cells.map((line) => line[column]?.length ?? 0)));
  const line = (each: readonly string[]): string =>
    `| ${each.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...rest.map(line)];
}

const themeOf = (id: string): string => id.split("/")[0] ?? id;

function cell({ cases }: AdapterReport, theme: string | undefined): string {
  const counted = cases.filter(({ id }) => theme === undefined || themeOf(id) === theme);
  const count = (verdict: string): number => counted.filter(({ result }) => result === verdict).length;
  const parts = [`${count("passed")}`];
  if (count("refused") > 0) parts.push(`${count("refused")} refused`);
  if (count("failed") > 0) parts.push(`**${count("failed")} failed**`);
  return parts.join(" + ");
}
