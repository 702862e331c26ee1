import type { Document } from "./documents.ts";
import type { BackendReport } from "./story.ts";

/** The sums of a run. */
export interface Summary {
  readonly ok: boolean;
  readonly files: number;
  readonly bytes: number;
  /** Several told of at once are none of their own. */
  readonly backends: number;
  readonly steps: number;
  /** Steps that failed and steps that were not reached. */
  readonly failedSteps: number;
  /** Wrong inputs that were refused as they must be, and those that were accepted or refused otherwise. */
  readonly refused: number;
  readonly accepted: number;
  readonly notTaken: number;
  readonly elapsedMs: number;
}

/** Adds up what the back ends' stories came to. */
export function sumUp(documents: readonly Document[], reports: readonly BackendReport[], elapsedMs: number): Summary {
  const steps = reports.flatMap((report) => report.steps);
  const notRun = reports.flatMap((report) => report.notRun).length;
  const refusals = steps.flatMap((step) => step.refusals ?? []);
  const refused = refusals.filter(({ ok }) => ok).length;
  return {
    ok: reports.length > 0 && reports.every(({ ok }) => ok),
    files: documents.length,
    bytes: documents.reduce((sum, { bytes }) => sum + bytes.length, 0),
    backends: reports.filter(({ members }) => members === undefined).length,
    steps: steps.length + notRun,
    failedSteps: steps.filter(({ ok }) => !ok).length + notRun,
    refused,
    accepted: refusals.length - refused,
    notTaken: steps.flatMap((step) => step.notTaken ?? []).length,
    elapsedMs: Math.round(elapsedMs),
  };
}
