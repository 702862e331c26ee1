import { createSqliteStore } from "@kms/self-managed";
import { answerOf } from "../answers.ts";
import type { Said } from "../jobs.ts";
import { openSession } from "../session.ts";
import { rootOf, type Stage } from "../stage.ts";
import { made } from "../uses.ts";

type Say = (said: Said) => void;

/** Makes keys, rotates and uses them, and says so, until the process is killed. */
export async function keepChanging(stage: Stage, say: Say): Promise<void> {
  const { kms } = await openSession(stage.path, rootOf(stage, "first"));
  for (let count = 1; ; count += 1) {
    let key = await kms.generateKey("own", { algorithm: "AES-256-GCM", name: `endless-${count}` });
    say({ said: "acknowledged", keyId: key.keyId, use: await made(kms, key) });
    key = await kms.rotateKey(key);
    say({ said: "acknowledged", keyId: key.keyId, use: await made(kms, key) });
  }
}

/** The same until the store refuses; says by what. */
export async function fill(stage: Stage, say: Say): Promise<void> {
  const answer = await answerOf(() => keepChanging(stage, say));
  say({ said: "refused", attempt: "fill", code: "refused" in answer ? answer.refused : JSON.stringify(answer) });
}

/** Makes stores, and says so, until the process is killed. */
export async function keepCreating(stage: Stage, say: Say): Promise<void> {
  for (let count = 1; ; count += 1) {
    const path = `${stage.path}-${count}`;
    const store = await createSqliteStore(path, rootOf(stage, "first"));
    say({ said: "acknowledged", path });
    store.close();
  }
}
