import type { CaseResult, Verdict } from "./case.ts";

/** The results of one adapter, in distinct cases. */
export interface AdapterReport {
  /** The kind and flavour. */
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  /** Cases about something that the adapter does not claim, and was shown to refuse. */
  readonly refused: number;
  readonly cases: readonly { readonly id: string; readonly result: Verdict }[];
}

/** Broken drivers that were run, and how many failed exactly the cases that they must fail. */
export interface MutantCount {
  readonly total: number;
  readonly caught: number;
}

/** `conformance-report.json`. */
export interface ConformanceReport {
  readonly adapters: readonly AdapterReport[];
  readonly mutants: MutantCount;
}

/** Sums the results of each adapter. Every case counts once, however many algorithms it ran over. */
export function reportOf(
  adapters: readonly { readonly name: string; readonly results: readonly CaseResult[] }[],
  mutants: MutantCount,
): ConformanceReport {
  return { adapters: adapters.map(({ name, results }) => adapterReport(name, results)), mutants };
}

function adapterReport(name: string, results: readonly CaseResult[]): AdapterReport {
  const byId = new Map(results.map(({ id, result }) => [id, result]));
  const cases = [...byId].map(([id, result]) => ({ id, result }));
  const count = (verdict: Verdict): number => cases.filter(({ result }) => result === verdict).length;
  return { name, passed: count("passed"), failed: count("failed"), refused: count("refused"), cases };
}
