import { fork, type ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { MutantResult } from "@kms-tooling/mutants";
import type { CaseResult } from "@kms/conformance";

/** What a process is given to do: one adapter or one mutant, by its place in the list. */
export interface Job {
  readonly kind: "adapter" | "mutant";
  readonly index: number;
}

/** What came of it. */
export type Outcome = readonly CaseResult[] | MutantResult;

/** Does jobs in as many processes as there are cores, each job in the order given, and answers in that order. A process that ends early fails the whole. */
export async function inProcesses(jobs: readonly Job[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const child = fork(fileURLToPath(new URL("child.ts", import.meta.url)));
    try {
      for (let index = next++; index < jobs.length; index = next++) {
        const job = jobs[index];
        if (job !== undefined) outcomes[index] = await ask(child, job);
      }
    } finally {
      child.disconnect();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, work));
  return outcomes;
}

function ask(child: ChildProcess, job: Job): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`The process that ran ${job.kind} ${job.index} ended early.`));
    child.once("exit", ended);
    child.once("message", (outcome) => {
      child.off("exit", ended);
      resolve(outcome as Outcome);
    });
    child.send(job);
  });
}
