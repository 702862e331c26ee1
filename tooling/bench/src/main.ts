import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { help, readArguments, type BenchArguments } from "./arguments.ts";
import { resultOf, table, type Measured } from "./report.ts";
import type { BenchRow } from "./bench-row.ts";
import { rows } from "./rows.ts";
import { fullPlan, runRow, smokePlan } from "./run-row.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

process.exitCode = run(readArguments(process.argv.slice(2)));

function run(asked: BenchArguments): number {
  if (asked.help) {
    console.log(help);
    return 0;
  }
  const chosen = rows.filter(({ name }) => name.includes(asked.only ?? ""));
  if (chosen.length === 0) {
    console.error(`No row's name contains "${asked.only}". There are:\n${rows.map(({ name }) => name).join("\n")}`);
    return 1;
  }
  if (!build()) return 1;
  const measured = chosen.flatMap((row) => measureRow(row, asked.smoke));
  console.log(table(measured, !asked.smoke));
  if (!asked.smoke) {
    writeFileSync(`${root}/bench-results.json`, `${JSON.stringify(measured.map(resultOf), null, 2)}\n`);
  }
  return measured.length === chosen.length ? 0 : 1;
}

/** Builds this package and what it measures; what the compiler says goes to stderr. */
function build(): boolean {
  const values = ["run", "build", "--filter=@kms-tooling/bench...", "--output-logs=errors-only"];
  const { status } = spawnSync("turbo", values, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) console.error("The packages could not be built, so nothing was measured.");
  return status === 0;
}

function measureRow(row: BenchRow, smoke: boolean): readonly Measured[] {
  console.error(`${row.name}: ${row.work}`);
  try {
    return [{ row, summary: runRow(row, smoke ? smokePlan : fullPlan(row)) }];
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return [];
  }
}
