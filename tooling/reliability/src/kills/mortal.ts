import { createSqliteStore } from "@kms/self-managed";
import type { Job, KillPoint, Said } from "../jobs.ts";
import { openSession } from "../session.ts";
import { rootOf } from "../stage.ts";
import { watchedDatabase, type Watch } from "../watched-database.ts";
import { play, scenarioOf } from "./scenarios.ts";
import { findDatabase } from "../port.ts";

type Say = (said: Said) => void;

/** Plays a scenario, says when it is acknowledged, and closes the store; on the way it is killed. */
export async function playAndDie({ stage, scenario, kill }: Job & { readonly job: "play" }, say: Say): Promise<void> {
  const played = scenarioOf(scenario);
  const database = watchedDatabase(await findDatabase(), dying(kill));
  const session = await openSession(stage.path, rootOf(stage, "first"), { at: played.at, database });
  say({ said: "acknowledged", ...(await play(played, session, stage)) });
  await session.close();
}

/** Makes a store, says when it is acknowledged, and closes it; on the way it is killed. */
export async function createAndDie({ stage, kill }: Job & { readonly job: "create store" }, say: Say): Promise<void> {
  const database = watchedDatabase(await findDatabase(), dying(kill));
  const store = await createSqliteStore(stage.path, rootOf(stage, "first"), { database });
  say({ said: "acknowledged", path: stage.path });
  store.close();
}

/** SIGKILL, which nothing can catch, hinder or tidy up after. */
function dying({ write, when }: KillPoint): Watch {
  const dieAt = (at: KillPoint["when"]) => (count: number) => {
    if (at === when && count === write) process.kill(process.pid, "SIGKILL");
  };
  return { before: dieAt("before"), after: dieAt("after") };
}
