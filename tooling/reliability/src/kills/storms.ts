import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runChild, together, type Ended } from "../children.ts";
import type { Finding, Tally } from "../findings.ts";
import type { Job, Said } from "../jobs.ts";
import { answerOf } from "../answers.ts";
import { dayMs, openSession, start } from "../session.ts";
import { castOfKills, copyStage, makeStage, newRoots, rootOf, type Stage } from "../stage.ts";
import { reads } from "../uses.ts";
import { afterCreation, isAcknowledged } from "./creation.ts";
import { goesOn } from "./inspect.ts";
import { howItEnded, tallyOf, type KilledOnce, type Size } from "./kills.ts";

// From outside, at no statement in particular: inside a system call as well as between two.

/** Kills processes that make and rotate keys without end, at any moment. */
export async function killWriters(directory: string, size: Size): Promise<Tally> {
  const { plain } = await makeStage(directory, castOfKills);
  const runs = [...Array(size.isSmall ? 3 : 12).keys()];
  const results = await together(runs, size.atATime, async (run): Promise<KilledOnce> => {
    const stage = copyStage(plain, join(directory, `writers-${run}`));
    const ended = await killLater({ job: "keep changing", stage }, run);
    const began = performance.now();
    const findings = [
      ...howItEnded(ended),
      ...(await lostUses(stage, ended.said)),
      ...(await goesOn(stage, start + dayMs)),
    ];
    const reopenMs = performance.now() - began;
    rmSync(join(stage.path, ".."), { recursive: true });
    return { isKilled: ended.signal === "SIGKILL", findings, reopenMs };
  });
  return tallyOf("writers, at any moment", results, `${runs.length} processes`);
}

/** Kills processes that make stores without end, at any moment. */
export async function killCreators(directory: string, size: Size): Promise<Tally> {
  const runs = [...Array(size.isSmall ? 2 : 8).keys()];
  const results = await together(runs, size.atATime, async (run): Promise<KilledOnce> => {
    const place = join(directory, `creators-${run}`);
    mkdirSync(place);
    const stage: Stage = { path: join(place, "store.db"), keys: [], roots: newRoots() };
    const ended = await killLater({ job: "keep creating", stage }, run);
    const findings: Finding[] = [...howItEnded(ended)];
    const began = performance.now();
    const made = ended.said.filter(({ said }) => said === "acknowledged").length;
    // The one that was under way is the one after those that were acknowledged.
    for (let count = 1; count <= made + 1; count += 1) {
      const path = `${stage.path}-${count}`;
      findings.push(...(await afterCreation({ ...stage, path }, isAcknowledged(ended, path))));
    }
    const reopenMs = performance.now() - began;
    rmSync(place, { recursive: true });
    return { isKilled: ended.signal === "SIGKILL", findings, reopenMs };
  });
  return tallyOf("creators, at any moment", results, `${runs.length} processes`);
}

/** Kills a child some milliseconds after it acknowledged something: run by run a little later. */
function killLater(job: Job, run: number): Promise<Ended> {
  let count = 0;
  const afterWords = 3 + run * 2;
  const onSaid = (_said: Said, kill: () => void): void => {
    count += 1;
    if (count === afterWords) setTimeout(kill, (run * 7) % 11);
  };
  return runChild(job, { onSaid });
}

/** What was acknowledged and is not read any more. */
export async function lostUses(stage: Stage, said: readonly Said[]): Promise<readonly Finding[]> {
  const { kms, close } = await openSession(stage.path, rootOf(stage, "first"), { at: start + dayMs });
  const findings: Finding[] = [];
  for (const word of said) {
    if (word.said !== "acknowledged" || word.keyId === undefined || word.use === undefined) continue;
    const { keyId, use } = word;
    const answer = await answerOf(async () =>
      reads(kms, await kms.getKey("own", keyId, { algorithm: "AES-256-GCM" }), use),
    );
    if ("value" in answer && answer.value === "true") continue;
    findings.push({ kind: "lost", what: `${keyId} version ${use.version}: ${JSON.stringify(answer)}` });
  }
  await close();
  return findings;
}
