/** The suite that every adapter passes: cases as data, a runner of one's own choice, expectations that are committed. */
export type { Case, CaseResult, Verdict } from "./case.ts";
export { allCases } from "./cases/index.ts";
export { claimsOf, expectedText, type ExpectedClaims } from "./claims.ts";
export type { Context } from "./context.ts";
export { describeConformance, type TestRunner } from "./describe-conformance.ts";
export { conformanceClock, type ConformanceClock, type CreateHarness, type Fault, type Harness } from "./harness.ts";
export { liveClock, type LiveClock } from "./live-clock.ts";
export { matrixOf } from "./matrix.ts";
export { reportOf, type AdapterReport, type ConformanceReport, type MutantCount } from "./report.ts";
export { runConformance, startConformance, type ConformanceOptions, type ConformanceRun } from "./run.ts";
