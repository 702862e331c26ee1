import type { Verdict } from "./case.ts";
import { startConformance, type ConformanceOptions } from "./run.ts";

/** The test runner's functions, as vitest, mocha, jest and `node:test` have them. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (title: string, body: (...given: readonly unknown[]) => Promise<void>) => unknown;
  /** Given, it closes the back end after the last case, whichever were selected. Without it the last case of the suite does. */
  readonly afterAll?: ((body: () => Promise<void>) => unknown) | undefined;
}

/**
 * Registers every case as a test: green means that the adapter does what it claims, refuses the rest, and claims what
 * `expected` says. A case about something unclaimed passes by showing the refusal; its title is the same. A reporter of vitest
 * can tell the two apart: the verdict stands in the test's metadata, as `conformance`.
 */
export function describeConformance(runner: TestRunner, options: ConformanceOptions): void {
  const run = startConformance(options);
  const { afterAll } = runner;
  runner.describe(`conformance of ${options.name}`, () => {
    const last = run.cases.at(-1);
    for (const which of run.cases) {
      runner.it(`${which.id}: ${which.title}`, async (...given) => {
        const { result, failure } = await run.runCase(which);
        tell(given, result);
        if (afterAll === undefined && which === last) await run.close();
        if (result === "failed") throw failure;
      });
    }
    afterAll?.(() => run.close());
  });
}

/** What vitest hands to a test's body; other runners hand nothing, or something else. */
interface VitestContext {
  readonly task?: { readonly meta?: object };
}

// The bodies are without a named parameter: mocha and jest take one for a callback that they are to wait for.
function tell([context]: readonly unknown[], conformance: Verdict): void {
  const { task }: VitestContext = context === undefined || context === null ? {} : context;
  if (typeof task?.meta === "object") Object.assign(task.meta, { conformance });
}
