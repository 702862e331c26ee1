import type { Case, CaseResult } from "./case.ts";
import { allCases } from "./cases/index.ts";
import type { ExpectedClaims } from "./claims.ts";
import { startCase } from "./context.ts";
import type { CreateHarness } from "./harness.ts";
import { openSession, type Session } from "./session.ts";

/** What the suite is run against. */
export interface ConformanceOptions {
  /** The kind and flavour, as reports show it. */
  readonly name: string;
  readonly create: CreateHarness;
  readonly expected: ExpectedClaims;
}

/** A run under way: one shared back end, opened when the first case needs it. */
export interface ConformanceRun {
  readonly cases: readonly Case[];
  /** Runs one case; never rejects. */
  readonly runCase: (which: Case) => Promise<CaseResult>;
  readonly close: () => Promise<void>;
}

/** Prepares a run of the whole suite. Nothing is opened yet. */
export function startConformance(options: ConformanceOptions): ConformanceRun {
  let shared: Promise<Session> | undefined;
  const runCase = async (which: Case): Promise<CaseResult> => {
    try {
      if (which.isolated !== true) return await runIn(await (shared ??= openSession(options.create)), which, options);
      const session = await openSession(options.create);
      try {
        return await runIn(session, which, options);
      } finally {
        await session.close();
      }
    } catch (failure) {
      return { id: which.id, result: "failed", failure };
    }
  };
  return { cases: allCases, runCase, close: async () => (await shared?.catch(() => undefined))?.close() };
}

/** Runs every case, one after the other, without a test runner. A case that fails is a result, not an exception. */
export async function runConformance(options: ConformanceOptions): Promise<readonly CaseResult[]> {
  const run = startConformance(options);
  const results: CaseResult[] = [];
  try {
    for (const which of run.cases) results.push(await run.runCase(which));
  } finally {
    await run.close();
  }
  return results;
}

async function runIn(session: Session, which: Case, options: ConformanceOptions): Promise<CaseResult> {
  const running = startCase(session, options.expected);
  try {
    await which.run(running.context);
    return { id: which.id, result: running.verdict() };
  } finally {
    await running.close();
  }
}
