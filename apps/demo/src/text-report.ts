import type { NotTaken, Refusal } from "./attempt.ts";
import type { Summary } from "./summary.ts";
import type { BackendReport, StepReport } from "./story.ts";
import type { Palette } from "./terminal.ts";
import { counted, shown } from "./wording.ts";

/** What came of the story with one back end, for a reader. */
export function backendText(report: BackendReport, palette: Palette): string {
  const lines = [
    palette.strong(report.title),
    ...report.steps.flatMap((step) => stepLines(step, palette)),
    ...report.notRun.map((name) => `  ${palette.quiet("--")}    ${name}: not run`),
  ];
  return `${lines.join("\n")}\n`;
}

function stepLines(step: StepReport, palette: Palette): readonly string[] {
  const { name, ok, facts, refusals = [], notTaken = [], error } = step;
  const mark = ok ? palette.good("ok") : palette.bad("FAIL");
  return [
    `  ${mark}${ok ? "  " : ""}  ${palette.strong(name)}`,
    ...facts.map((fact) => `        ${fact}`),
    ...byOperation(notTaken).map((line) => `        ${line}`),
    ...refusals.map((each) => `        ${refusalText(each, palette)}`),
    ...(error === undefined ? [] : [`        ${palette.bad(error.code)}: ${error.message}`]),
  ];
}

function refusalText({ what, expected, found, state, ok }: Refusal, palette: Palette): string {
  const answer = state === undefined ? found : `${found} (${state})`;
  const padded = answer.padEnd(28);
  return ok ? `${palette.good(padded)}${what}` : `${palette.bad(padded)}${what}: must be ${expected.join(" or ")}`;
}

/** By name: `encrypt TOO_LARGE: a.txt, b.txt`. */
function byOperation(notTaken: readonly NotTaken[]): readonly string[] {
  const names = new Map<string, string[]>();
  for (const { what, operation, code } of notTaken) {
    const heading = `${operation} ${code}`;
    names.set(heading, [...(names.get(heading) ?? []), shown(what)]);
  }
  return [...names].map(([heading, whats]) => `not taken: ${heading}: ${whats.join(", ")}`);
}

/** The last line: what was counted, and how long it took. */
export function summaryText(summary: Summary, palette: Palette): string {
  const { files, bytes, backends, steps, failedSteps, refused, accepted, notTaken, elapsedMs } = summary;
  const verdict = summary.ok ? palette.good("ok") : palette.bad("FAILED");
  const counts = [
    `${counted(files, "file")} (${counted(bytes, "byte")})`,
    counted(backends, "back end"),
    `${steps - failedSteps} of ${steps} steps`,
    `${counted(refused, "wrong input")} refused, ${accepted} not`,
    `${notTaken} not taken`,
    `${(elapsedMs / 1000).toFixed(1)} s`,
  ];
  return `${verdict}: ${counts.join(", ")}\n`;
}
