import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { mutants, type MutantResult } from "@kms-tooling/mutants";
import { matrixOf, reportOf, type CaseResult } from "@kms/conformance";
import { adapters } from "./adapters.ts";
import { writeExpected } from "./expected.ts";
import { inProcesses, type Job } from "./pool.ts";
import { withMatrix } from "./readme.ts";
import { resultsIn } from "./results.ts";

const usage = `node --import tsx --conditions=@kms/source tooling/conformance/src/main.ts [--check] [--write-expected] [--no-mutants] [--results <file>]
  Runs every adapter and every mutant, writes conformance-report.json and the matrix in README.md.
  --check            fails when the matrix in README.md is not that of this run, and writes nothing there
  --write-expected   writes each adapter's conformance.expected.json and ends
  --no-mutants       leaves the mutants out, whom the tests run too, and the report as it is; README.md is only looked at,
                     with --check
  --results <file>   takes what a test run with KMS_CONFORMANCE_RESULTS=<file> wrote, and runs what that leaves out`;

const root = resolve(import.meta.dirname, "../../..");

interface AdapterRun {
  readonly name: string;
  readonly results: readonly CaseResult[];
}

function tellAdapter({ name, results }: AdapterRun): void {
  const failed = results.filter(({ result }) => result === "failed");
  for (const { id, failure } of failed) console.error(`FAILED ${name} ${id}: ${String(failure)}`);
  const refused = results.filter(({ result }) => result === "refused").length;
  const passed = results.length - failed.length - refused;
  console.log(`${name}: ${passed} passed, ${failed.length} failed, ${refused} refused`);
}

function tellMutants(results: readonly MutantResult[]): void {
  for (const { name, caught, missed, beside } of results) {
    if (caught) continue;
    console.error(`NOT CAUGHT ${name}: missed ${missed.join(", ")}; beside ${beside.join(", ")}`);
  }
  console.log(`mutants: ${results.filter(({ caught }) => caught).length} of ${results.length} caught`);
}

const jobsOf = (kind: Job["kind"], count: number): readonly Job[] =>
  Array.from({ length: count }, (_, index) => ({ kind, index }));

/** Puts the matrix into README.md, or says that it is not there. */
async function settleReadme(matrix: string, checkOnly: boolean): Promise<boolean> {
  const path = join(root, "README.md");
  const readme = await readFile(path, "utf8").catch(() => "");
  const settled = withMatrix(readme, matrix);
  if (settled === undefined) {
    console.error("README.md has no markers for the conformance matrix.");
    return false;
  }
  if (settled === readme) return true;
  if (checkOnly) console.error("The conformance matrix in README.md is not that of this run; run npm run conformance.");
  else await writeFile(path, settled);
  return !checkOnly;
}

/** What each adapter's cases came to: in a test run, or run here. */
async function runAdapters(file: string | undefined): Promise<readonly AdapterRun[]> {
  const written = file === undefined ? new Map<string, readonly CaseResult[]>() : await resultsIn(file);
  const left = jobsOf("adapter", adapters.length).filter(({ index }) => !written.has(adapters[index]?.name ?? ""));
  const found = ((await inProcesses(left)) as readonly (readonly CaseResult[])[]).values();
  return adapters.map(({ name }) => ({ name, results: written.get(name) ?? found.next().value ?? [] }));
}

const flags = {
  check: { type: "boolean", default: false },
  "write-expected": { type: "boolean", default: false },
  "no-mutants": { type: "boolean", default: false },
  results: { type: "string" },
} as const;

function readFlags(): ReturnType<typeof parseArgs<{ options: typeof flags }>>["values"] {
  try {
    return parseArgs({ options: flags }).values;
  } catch (error) {
    console.error(`${String(error)}\n${usage}`);
    process.exit(1);
  }
}

async function main(given: ReturnType<typeof readFlags>): Promise<boolean> {
  if (given["write-expected"]) {
    for (const adapter of adapters) await writeExpected(root, adapter);
    return true;
  }
  const runs = await runAdapters(given.results);
  runs.forEach(tellAdapter);
  const green = runs.every(({ results }) => results.length > 0 && results.every(({ result }) => result !== "failed"));
  if (given["no-mutants"]) {
    if (!given.check) return green;
    const report = reportOf(runs, { total: mutants.length, caught: mutants.length });
    return (await settleReadme(matrixOf(report), true)) && green;
  }
  const caught = (await inProcesses(jobsOf("mutant", mutants.length))) as readonly MutantResult[];
  tellMutants(caught);
  const report = reportOf(runs, { total: caught.length, caught: caught.filter((each) => each.caught).length });
  await writeFile(join(root, "conformance-report.json"), `${JSON.stringify(report, undefined, 2)}\n`);
  const settled = await settleReadme(matrixOf(report), given.check);
  return green && settled && caught.every((each) => each.caught);
}

// The SDK's notice about Node 20 would stand in the middle of the results.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
process.exitCode = (await main(readFlags())) ? 0 : 1;
