import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

/** What one run of all suites came to. */
export interface RunSummary {
  readonly passed: number;
  readonly failed: number;
  /** Every test that did not run, with the reason that it states. */
  readonly skipped: readonly { readonly title: string; readonly reason: string }[];
}

interface Collected {
  passed: number;
  failed: number;
  readonly skipped: { readonly title: string; readonly reason: string }[];
}

/** A skip at run time carries a note; one that is settled while tests are collected says it in a title: `(skipped: why)`. */
const skipOf = (test: TestCase): RunSummary["skipped"][number] => {
  const result = test.result();
  const inTitle = / ?\(skipped: ([^)]+)\)/.exec(test.fullName);
  const title = `${test.project.name}: ${test.fullName.replace(inTitle?.[0] ?? "", "")}`;
  if (result.state === "skipped" && result.note !== undefined) return { title, reason: result.note };
  return { title, reason: inTitle?.[1] ?? (result.state === "pending" ? "never ran" : "no reason stated") };
};

const addTest = (test: TestCase, into: Collected): void => {
  const { state } = test.result();
  if (state === "passed") into.passed += 1;
  else if (state === "failed") into.failed += 1;
  else into.skipped.push(skipOf(test));
};

/** A suite or a file that broke outside its tests (an import, a hook) is a failure of its own. */
const addGroup = (group: TestModule | TestSuite, into: Collected): void => {
  if (group.errors().length > 0) into.failed += 1;
  for (const child of group.children) {
    if (child.type === "suite") addGroup(child, into);
    else addTest(child, into);
  }
};

/** The true sums of a run: tests by result, and one failure for each file, suite or stray error that broke outside a test. */
export const summarise = (modules: readonly TestModule[], strayErrors: number): RunSummary => {
  const collected: Collected = { passed: 0, failed: strayErrors, skipped: [] };
  for (const module of modules) addGroup(module, collected);
  return collected;
};

/** The lines that end a run: each skip with its reason, then `N passed, N failed, N skipped`. */
export const closingLines = ({ passed, failed, skipped }: RunSummary): string[] => [
  ...skipped.map(({ title, reason }) => `skipped: ${title} (${reason})`),
  `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
];

/** What became of each case of the conformance suite, by the adapter's name, as `describeConformance` notes it. */
export type ConformanceResults = Readonly<Record<string, readonly { readonly id: string; readonly result: string }[]>>;

/** The verdicts of all conformance runs among the tests. */
export const conformanceOf = (modules: readonly TestModule[]): ConformanceResults => {
  const results: Record<string, { id: string; result: string }[]> = {};
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { conformance } = test.meta() as { readonly conformance?: unknown };
      const [, adapter] = /^conformance of (.+)$/.exec(test.parent.type === "suite" ? test.parent.name : "") ?? [];
      const [id] = test.name.split(": ");
      if (typeof conformance !== "string" || adapter === undefined || id === undefined) continue;
      (results[adapter] ??= []).push({ id, result: conformance });
    }
  }
  return results;
};

/**
 * Ends a run with every skip and its reason, then the sums. Stands after vitest's own reporter. Where KMS_CONFORMANCE_RESULTS
 * names a file, what became of the conformance suite is written there, for `npm run conformance -- --results <file>`.
 */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], strayErrors: readonly unknown[]): void {
    const path = process.env["KMS_CONFORMANCE_RESULTS"];
    if (path !== undefined) writeFileSync(path, `${JSON.stringify(conformanceOf(modules), undefined, 2)}\n`);
    console.log(closingLines(summarise(modules, strayErrors.length)).join("\n"));
  }
}
