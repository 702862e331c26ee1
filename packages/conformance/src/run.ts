import type { Case, CaseResult } from "./case.ts";
import { allCases } from "./cases/index.ts";
import type { ExpectedClaims } from "./claims.ts";
import { startCase } from "./context.ts";
import type { CreateHarness } from "./harness.ts";
import { openSession, type Session } from "./session.ts";
import { within } from "./within.ts";

/** What the suite is run against. */
export interface ConformanceOptions {
  /** The kind and flavour, as reports show it. */
  readonly name: string;
  readonly create: CreateHarness;
  readonly expected: ExpectedClaims;
  /**
   * Milliseconds of real time for one case. Default 100,000: whoever never answers fails the case by its name, instead of
   * holding up the run. Set the test runner's own limit above it.
   */
  readonly caseTimeoutMs?: number | undefined;
}

const defaultTimeoutMs = 100_000;

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
  const { create, caseTimeoutMs: limitMs = defaultTimeoutMs } = options;
  const terms = { expected: options.expected, limitMs };
  const open = (which: Case): Promise<Session> =>
    within(limitMs, `opening the back end for ${which.id}`, () => openSession(create));
  const runCase = async (which: Case): Promise<CaseResult> => {
    try {
      if (which.isolated !== true) return await runIn(await (shared ??= open(which)), which, terms);
      const session = await open(which);
      try {
        return await runIn(session, which, terms);
      } finally {
        await within(limitMs, `closing the back end of ${which.id}`, session.close);
      }
    } catch (failure) {
      return { id: which.id, result: "failed", failure };
    }
  };
  const close = async (): Promise<void> => {
    const session = await shared?.catch(() => undefined);
    if (session !== undefined) await within(limitMs, "closing the back end", session.close);
  };
  return { cases: allCases, runCase, close };
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

interface Terms {
  readonly expected: ExpectedClaims;
  readonly limitMs: number;
}

async function runIn(session: Session, which: Case, { expected, limitMs }: Terms): Promise<CaseResult> {
  const running = startCase(session, expected);
  try {
    await within(limitMs, which.id, () => which.run(running.context));
    return { id: which.id, result: running.verdict() };
  } finally {
    await within(limitMs, `closing the instances of ${which.id}`, running.close);
  }
}
