import type { Context } from "./context.ts";

/** One thing that is shown of an adapter. Counted once for an adapter, however many algorithms it runs over. */
export interface Case {
  /** Stable, kebab-case, `theme/what`: reports and mutants name it. */
  readonly id: string;
  /** A sentence about behaviour. */
  readonly title: string;
  /** The rule or requirement: document and section. */
  readonly shows: string;
  /** It moves the clock, the permissions or the whole instance: it gets a back end of its own. */
  readonly isolated?: boolean | undefined;
  readonly run: (context: Context) => Promise<void>;
}

/** How a case ended. `refused`: the adapter does not claim what the case is about, and was shown to refuse it. */
export type Verdict = "passed" | "failed" | "refused";

/** A case that was run. */
export interface CaseResult {
  readonly id: string;
  readonly result: Verdict;
  /** What was thrown, of a case that failed. */
  readonly failure?: unknown;
}
