import { resolve } from "node:path";
import { mutants, runMutant } from "@kms-tooling/mutants";
import { startConformance, type CaseResult } from "@kms/conformance";
import { adapters } from "./adapters.ts";
import { readExpected } from "./expected.ts";
import type { Job, Outcome } from "./pool.ts";

const root = resolve(import.meta.dirname, "../../..");

async function runAdapter(index: number): Promise<readonly CaseResult[]> {
  const adapter = adapters[index];
  if (adapter === undefined) throw new TypeError(`there is no adapter ${index}`);
  const run = startConformance({ ...adapter, expected: await readExpected(root, adapter) });
  const results: CaseResult[] = [];
  try {
    for (const each of run.cases) {
      const { failure, ...result } = await run.runCase(each);
      results.push(
        failure === undefined ? result : { ...result, failure: failure instanceof Error ? failure.stack : failure },
      );
    }
  } finally {
    await run.close();
  }
  return results;
}

async function run({ kind, index }: Job): Promise<Outcome> {
  if (kind === "adapter") return runAdapter(index);
  const mutant = mutants[index];
  if (mutant === undefined) throw new TypeError(`there is no mutant ${index}`);
  return runMutant(mutant);
}

process.on("message", (job: Job) => {
  void run(job).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
