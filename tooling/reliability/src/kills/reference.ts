import type { Answers } from "../answers.ts";
import { openSession } from "../session.ts";
import { copyStage, rootOf, type Stage } from "../stage.ts";
import { watchedDatabase } from "../watched-database.ts";
import { reopened } from "./inspect.ts";
import { play, type Scenario } from "./scenarios.ts";
import { findDatabase } from "../port.ts";

/** A scenario without a kill: what it writes, and what the store answers before and after. */
export interface Reference {
  /** Each write's SQL; the first that is part of the change stands at `begins`. */
  readonly writes: readonly string[];
  readonly begins: number;
  readonly before: Answers;
  readonly after: Answers;
}

/** Plays a scenario in this process, in copies of the stage. */
export async function referenceOf(scenario: Scenario, stage: Stage, directory: string): Promise<Reference> {
  const untouched = copyStage(stage, `${directory}/before`);
  const changed = copyStage(stage, `${directory}/after`);
  const { answers: before } = await reopened(untouched, scenario.at);
  const writes: string[] = [];
  const watch = { before: (_write: number, sql: string) => void writes.push(sql) };
  const database = watchedDatabase(await findDatabase(), watch);
  const session = await openSession(changed.path, rootOf(stage, "first"), { at: scenario.at, database });
  const begins = scenario.name === "reopen" ? 0 : writes.length;
  await play(scenario, session, changed);
  await session.close();
  const { answers: after } = await reopened(changed, scenario.at);
  return { writes, begins, before, after };
}
