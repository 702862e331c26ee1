import { rmSync } from "node:fs";
import { join } from "node:path";
import { runChild, together, type Ended } from "../children.ts";
import { tally, type Finding, type Tally } from "../findings.ts";
import type { KillPoint } from "../jobs.ts";
import { castOfKills, copyStage, makeStage, type Stage } from "../stage.ts";
import { goesOn, reopened } from "./inspect.ts";
import { referenceOf, type Reference } from "./reference.ts";
import { scenarios, type Acknowledged, type Scenario } from "./scenarios.ts";
import { verdict } from "./verdict.ts";

/** How much is tried. */
export interface Size {
  readonly isSmall: boolean;
  /** Processes at a time. */
  readonly atATime: number;
}

/** What one kill showed. */
export interface KilledOnce {
  readonly isKilled: boolean;
  readonly findings: readonly Finding[];
  readonly reopenMs: number;
}

/** Kills each scenario at each of its writes, before and after, over a store that was closed and over one that another process left open. */
export async function killScenarios(directory: string, size: Size): Promise<readonly Tally[]> {
  const { plain, left } = await makeStage(directory, castOfKills);
  const tallies: Tally[] = [];
  for (const [index, scenario] of scenarios.entries()) {
    const stages = size.isSmall ? [index % 2 === 0 ? plain : left] : [plain, left];
    const results: KilledOnce[] = [];
    let writes = 0;
    for (const [which, stage] of stages.entries()) {
      const place = join(directory, `scenario-${index}-${which}`);
      const reference = await referenceOf(scenario, stage, place);
      writes += reference.writes.length - reference.begins;
      const points = pointsOf(reference, size);
      const once = (point: KillPoint): Promise<KilledOnce> =>
        killOnce({ scenario, stage, reference, point }, join(place, `${point.when}-${point.write}`));
      results.push(...(await together(points, size.atATime, once)));
      rmSync(place, { recursive: true });
    }
    tallies.push(tallyOf(scenario.name, results, `${writes / stages.length} writes`));
  }
  return tallies;
}

interface Attempt {
  readonly scenario: Scenario;
  readonly stage: Stage;
  readonly reference: Reference;
  readonly point: KillPoint;
}

async function killOnce({ scenario, stage, reference, point }: Attempt, directory: string): Promise<KilledOnce> {
  const copy = copyStage(stage, directory);
  const ended = await runChild({ job: "play", scenario: scenario.name, stage: copy, kill: point });
  const acknowledged = acknowledgedBy(ended);
  const { answers, reopenMs } = await reopened(copy, scenario.at);
  const findings = [
    ...howItEnded(ended),
    ...verdict({ ...reference, acknowledged: acknowledged !== undefined }, answers),
    ...(await goesOn(copy, scenario.at, acknowledged)),
  ];
  rmSync(directory, { recursive: true });
  const at = `killed ${point.when} write ${point.write} (${reference.writes[point.write - 1]?.slice(0, 60)})`;
  return {
    isKilled: ended.signal === "SIGKILL",
    findings: findings.map(({ kind, what }) => ({ kind, what: `${at}: ${what}` })),
    reopenMs,
  };
}

/** Before and after every write of the change; in the small size before and after its commit. */
export function pointsOf(
  { writes, begins }: Pick<Reference, "writes" | "begins">,
  { isSmall }: Size,
): readonly KillPoint[] {
  const all = writes.flatMap((sql, index): readonly (KillPoint & { readonly sql: string })[] =>
    index < begins ? [] : (["before", "after"] as const).map((when) => ({ write: index + 1, when, sql })),
  );
  const commit = all.findIndex(({ sql }) => /^COMMIT/i.test(sql));
  const first = Math.max(commit, 0);
  const chosen = isSmall ? [first, first + 1] : all.keys();
  return [...chosen].flatMap((index) => {
    const point = all[index];
    return point === undefined ? [] : [{ write: point.write, when: point.when }];
  });
}

/** What a killed child had acknowledged; undefined for nothing. */
export function acknowledgedBy(ended: Ended): Acknowledged | undefined {
  return ended.said.flatMap((word) => (word.said === "acknowledged" ? [word] : [])).at(-1);
}

/** A child that was not killed where it should have been has shown nothing. */
export function howItEnded({ signal, isStuck, output }: Ended): readonly Finding[] {
  if (isStuck) return [{ kind: "other", what: `the process hung: ${output.slice(-300)}` }];
  if (signal === "SIGKILL") return [];
  return [{ kind: "other", what: `the process was not killed: ${output.slice(-300)}` }];
}

/** The row of a report over kills. */
export function tallyOf(name: string, results: readonly KilledOnce[], note: string): Tally {
  const slowest = Math.max(...results.map(({ reopenMs }) => reopenMs));
  return tally(`kill: ${name}`, {
    kills: results.filter(({ isKilled }) => isKilled).length,
    findings: results.flatMap(({ findings }) => findings),
    note: `${note}, reopened in ≤ ${Math.ceil(slowest)} ms`,
  });
}
