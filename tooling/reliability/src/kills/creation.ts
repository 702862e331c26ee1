import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createSqliteStore } from "@kms/self-managed";
import { KmsError } from "@kms/core";
import { runChild, together, type Ended } from "../children.ts";
import type { Finding, Tally } from "../findings.ts";
import type { KillPoint } from "../jobs.ts";
import { start } from "../session.ts";
import { newRoots, rootOf, type Stage } from "../stage.ts";
import { watchedDatabase } from "../watched-database.ts";
import { goesOn } from "./inspect.ts";
import { howItEnded, pointsOf, tallyOf, type KilledOnce, type Size } from "./kills.ts";
import { findDatabase } from "../port.ts";

/** Kills the creation of a store at each of its writes: there is no store then, or a whole one. */
export async function killCreation(directory: string, size: Size): Promise<Tally> {
  const writes = await writesOfCreation(place(join(directory, "reference")));
  const points = pointsOf({ writes, begins: 0 }, size);
  const results = await together(points, size.atATime, (point) =>
    killOnce(place(join(directory, `${point.when}-${point.write}`)), point),
  );
  return tallyOf("create store", results, `${writes.length} writes`);
}

/** A path where nothing stands, with roots, in a new directory. */
function place(directory: string): Stage {
  mkdirSync(directory, { recursive: true });
  return { path: join(directory, "store.db"), keys: [], roots: newRoots() };
}

async function writesOfCreation(stage: Stage): Promise<readonly string[]> {
  const writes: string[] = [];
  const watch = { before: (_write: number, sql: string) => void writes.push(sql) };
  const database = watchedDatabase(await findDatabase(), watch);
  const store = await createSqliteStore(stage.path, rootOf(stage, "first"), { database });
  store.close();
  return writes;
}

async function killOnce(stage: Stage, kill: KillPoint): Promise<KilledOnce> {
  const ended = await runChild({ job: "create store", stage, kill });
  const began = performance.now();
  const findings = [...howItEnded(ended), ...(await afterCreation(stage, isAcknowledged(ended, stage.path)))];
  const reopenMs = performance.now() - began;
  rmSync(join(stage.path, ".."), { recursive: true });
  const at = `killed ${kill.when} write ${kill.write}`;
  return {
    isKilled: ended.signal === "SIGKILL",
    findings: findings.map(({ kind, what }) => ({ kind, what: `${at}: ${what}` })),
    reopenMs,
  };
}

/** Was a store at that path acknowledged? */
export const isAcknowledged = ({ said }: Ended, path: string): boolean =>
  said.some((word) => word.said === "acknowledged" && word.path === path);

/** No store, and then one can be made; or a whole one that takes keys and that no other is made over. */
export async function afterCreation(stage: Stage, acknowledged: boolean): Promise<readonly Finding[]> {
  if (!existsSync(stage.path)) {
    if (acknowledged) return [{ kind: "lost", what: "an acknowledged store is not there" }];
    const made = await codeOf(async () => (await createSqliteStore(stage.path, rootOf(stage, "first"))).close());
    if (made !== undefined) return [{ kind: "other", what: `making the store again is refused: ${made}` }];
    return goesOn(stage, start);
  }
  const again = await codeOf(async () => (await createSqliteStore(stage.path, rootOf(stage, "first"))).close());
  if (again === "ALREADY_EXISTS") return goesOn(stage, start);
  return [{ kind: "other", what: `making it over the store: ${again ?? "done"}` }];
}

/** The code of the refusal that an action ends in; undefined when it succeeds. */
async function codeOf(action: () => Promise<void>): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return KmsError.isInstance(error) ? error.code : String(error);
  }
}
