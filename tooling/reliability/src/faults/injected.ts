import { rmSync } from "node:fs";
import { join } from "node:path";
import { KmsError } from "@kms/core";
import { tally, type Finding, type Tally } from "../findings.ts";
import { goesOn, reopened } from "../kills/inspect.ts";
import type { Size } from "../kills/kills.ts";
import { referenceOf, type Reference } from "../kills/reference.ts";
import { play, scenarios, type Acknowledged, type Scenario } from "../kills/scenarios.ts";
import { verdict } from "../kills/verdict.ts";
import { openSession } from "../session.ts";
import { copyStage, rootOf, type Stage } from "../stage.ts";
import { closing, watchedDatabase } from "../watched-database.ts";
import { findDatabase } from "../port.ts";

/** A way in which a database fails, as both libraries tell it. */
export interface Fault {
  readonly name: string;
  readonly code: "UNAVAILABLE" | "PERMISSION_DENIED";
  readonly error: () => Error;
}

// https://www.sqlite.org/rescode.html: `errcode` is node:sqlite's member, `rawCode` libsql's.
const sqliteError = (message: string, code: string, number: number): Error =>
  Object.assign(new Error(message), { code, rawCode: number, errcode: number });

/** SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_READONLY. */
export const faults: readonly Fault[] = [
  { name: "disk full", code: "UNAVAILABLE", error: () => sqliteError("database or disk is full", "SQLITE_FULL", 13) },
  { name: "I/O error", code: "UNAVAILABLE", error: () => sqliteError("disk I/O error", "SQLITE_IOERR_WRITE", 778) },
  { name: "sync error", code: "UNAVAILABLE", error: () => sqliteError("disk I/O error", "SQLITE_IOERR_FSYNC", 1034) },
  {
    name: "read-only",
    code: "PERMISSION_DENIED",
    error: () => sqliteError("attempt to write a readonly database", "SQLITE_READONLY", 8),
  },
];

/** Lets each write of each change fail: the change is refused with the code, or made; never half made. In the small size each change meets one fault. */
export async function injectFaults(stage: Stage, directory: string, { isSmall }: Size): Promise<readonly Tally[]> {
  const tallies: Tally[] = [];
  for (const [turn, fault] of faults.entries()) {
    const met = scenarios.filter((_, index) => !isSmall || index % faults.length === turn);
    const results = [];
    for (const [index, scenario] of met.entries()) {
      results.push(...(await failEachWrite(fault, scenario, stage, join(directory, `injected-${turn}-${index}`))));
    }
    tallies.push(tally(`fault: ${fault.name} at each write`, { checks: results.length, findings: results.flat() }));
  }
  return tallies;
}

async function failEachWrite(
  fault: Fault,
  scenario: Scenario,
  stage: Stage,
  directory: string,
): Promise<readonly (readonly Finding[])[]> {
  const reference = await referenceOf(scenario, stage, directory);
  const results: (readonly Finding[])[] = [];
  for (const [index, sql] of reference.writes.entries()) {
    // A connection is closed whatever its closing says.
    if (index < reference.begins || sql === closing) continue;
    const copy = copyStage(stage, join(directory, String(index)));
    const found = await failOnce({ fault, scenario, reference, write: index + 1 }, copy);
    results.push(
      found.map(({ kind, what }) => ({ kind, what: `${scenario.name}, write ${sql.slice(0, 60)}: ${what}` })),
    );
  }
  rmSync(directory, { recursive: true });
  return results;
}

interface Injection {
  readonly fault: Fault;
  readonly scenario: Scenario;
  readonly reference: Reference;
  readonly write: number;
}

async function failOnce({ fault, scenario, reference, write }: Injection, stage: Stage): Promise<readonly Finding[]> {
  let hasFailed = false;
  const before = (count: number): void => {
    if (count !== write) return;
    hasFailed = true;
    throw fault.error();
  };
  const database = watchedDatabase(await findDatabase(), { before });
  const ended = await attempt(async () => {
    const session = await openSession(stage.path, rootOf(stage, "first"), { at: scenario.at, database });
    try {
      return await play(scenario, session, stage);
    } finally {
      await session.close();
    }
  });
  const { answers } = await reopened(stage, scenario.at);
  const done = "acknowledged" in ended ? ended.acknowledged : undefined;
  const isRefused = "refused" in ended && ended.refused.outcome === "none";
  // What is told to have done nothing has done nothing; what may have been done is done or not done.
  const after = isRefused ? reference.before : reference.after;
  return [
    ...(hasFailed ? [] : [{ kind: "other", what: "the fault was not met" } as const]),
    ...howItFailed(ended, fault),
    ...verdict({ ...reference, after, acknowledged: done !== undefined }, answers),
    ...(await goesOn(stage, scenario.at, done)),
  ];
}

type Attempted =
  | { readonly acknowledged: Acknowledged }
  | { readonly refused: KmsError }
  | { readonly untyped: unknown };

async function attempt(run: () => Promise<Acknowledged>): Promise<Attempted> {
  try {
    return { acknowledged: await run() };
  } catch (error) {
    return KmsError.isInstance(error) ? { refused: error } : { untyped: error };
  }
}

function howItFailed(ended: Attempted, { code }: Fault): readonly Finding[] {
  if ("untyped" in ended) return [{ kind: "other", what: `no KmsError: ${String(ended.untyped)}` }];
  if ("refused" in ended && ended.refused.code !== code) {
    return [{ kind: "other", what: `${ended.refused.code} instead of ${code}` }];
  }
  return [];
}
