import { KmsError } from "@kms/core";
import { answerOf, answersOf, type Answer, type Answers } from "../answers.ts";
import type { Finding } from "../findings.ts";
import { openSession, type Session } from "../session.ts";
import { rootOf, type RootName, type Stage } from "../stage.ts";
import { reads } from "../uses.ts";
import type { Acknowledged } from "./scenarios.ts";

const rootNames: readonly RootName[] = ["first", "second", "third"];

/** What a store answers after it was left by somebody, and how long opening it took. */
export interface Reopened {
  readonly answers: Answers;
  /** Milliseconds of the first opening, which repairs what the kill left. */
  readonly reopenMs: number;
}

/** Opens a store through each root, and asks it everything. */
export async function reopened(stage: Stage, at: number): Promise<Reopened> {
  const answers = new Map<string, Answer>();
  const began = performance.now();
  let reopenMs = 0;
  for (const name of rootNames) {
    const opened = await answerOf(async () => {
      const session = await openSession(stage.path, rootOf(stage, name), { at });
      reopenMs ||= performance.now() - began;
      await session.close();
      return "opens";
    });
    answers.set(`root ${name}`, opened);
  }
  const opening = await through(stage, at, (session) => answersOf(session, stage));
  for (const [question, answer] of opening ?? []) answers.set(question, answer);
  return { answers, reopenMs };
}

/** Runs with the store open through the first root that opens it; undefined when none does. */
async function through<R>(stage: Stage, at: number, run: (session: Session) => Promise<R>): Promise<R | undefined> {
  for (const name of rootNames) {
    const session = await openSession(stage.path, rootOf(stage, name), { at }).catch(refusedOnly);
    if (session === undefined) continue;
    try {
      return await run(session);
    } finally {
      await session.close();
    }
  }
  return undefined;
}

// A root that does not open is asked for on purpose, and its code stands in the answers.
function refusedOnly(error: unknown): undefined {
  if (!KmsError.isInstance(error)) throw error;
  return undefined;
}

/** Does the store still read what the change was acknowledged with, and does it take a new key that is there when it is opened again? */
export async function goesOn(stage: Stage, at: number, acknowledged: Acknowledged = {}): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const { keyId, use } = acknowledged;
  if (keyId !== undefined && use !== undefined) {
    const answer = await through(stage, at, ({ kms }) =>
      answerOf(async () => reads(kms, await kms.getKey("own", keyId, { algorithm: "AES-256-GCM" }), use)),
    );
    if (!isTrue(answer)) findings.push({ kind: "lost", what: `the acknowledged use of ${keyId}: ${shown(answer)}` });
  }
  const algorithm = "AES-256-GCM";
  const name = "after-the-kill";
  const written = await through(stage, at, ({ kms }) =>
    answerOf(async () => (await kms.generateKey("own", { algorithm, name })).algorithm === algorithm),
  );
  const kept = await through(stage, at, ({ kms }) =>
    answerOf(async () => (await kms.getKey("own", name, { algorithm })).algorithm === algorithm),
  );
  if (!isTrue(written)) findings.push({ kind: "other", what: `a new key is refused: ${shown(written)}` });
  else if (!isTrue(kept)) findings.push({ kind: "lost", what: `the key made after it is gone: ${shown(kept)}` });
  return findings;
}

const isTrue = (answer: Answer | undefined): boolean =>
  answer !== undefined && "value" in answer && answer.value === "true";
const shown = (answer: Answer | undefined): string => JSON.stringify(answer) ?? "no root opens the store";
