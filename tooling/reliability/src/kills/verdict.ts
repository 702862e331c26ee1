import type { Answer, Answers } from "../answers.ts";
import type { Finding } from "../findings.ts";

/** What a store may answer after a kill. */
export interface Expected {
  /** As it was. */
  readonly before: Answers;
  /** As it is once the change is made. */
  readonly after: Answers;
  /** Was the change acknowledged before the kill? Then only `after` will do. */
  readonly acknowledged: boolean;
}

/**
 * What is wrong with a store after a kill. Its answers are all as before the change, or all as after it; as after it
 * once that was acknowledged. A key that does not read what it made is lost, and so is an acknowledged change undone.
 */
export function verdict({ before, after, acknowledged }: Expected, found: Answers): readonly Finding[] {
  const undone = differences(before, found);
  const unmade = differences(after, found);
  if (unmade.length === 0) return [];
  if (undone.length === 0) return acknowledged ? [lost("the change was acknowledged and is not there")] : [];
  const neither = undone.filter((question) => unmade.includes(question));
  const unread = neither.filter((question) => /^(read|get|root) /.test(question));
  if (unread.length > 0) return unread.map((question) => lost(`${question}: ${brief(found.get(question))}`));
  const which = neither.length > 0 ? neither : unmade;
  return [
    { kind: "other", what: `half a change: ${which.map((one) => `${one}: ${brief(found.get(one))}`).join("; ")}` },
  ];
}

const lost = (what: string): Finding => ({ kind: "lost", what });

/** The questions that are answered otherwise. */
export function differences(one: Answers, other: Answers): readonly string[] {
  const questions = new Set([...one.keys(), ...other.keys()]);
  return [...questions].filter((question) => told(one.get(question)) !== told(other.get(question)));
}

// Ids of new slots and tokens of calls are random; everything else is the same in every run.
const random = /\\"(?:createdBy|id)\\":\\"[0-9a-f-]{16,36}\\",?/g;
const told = (answer: Answer | undefined): string => (JSON.stringify(answer) ?? "nothing").replaceAll(random, "");
const brief = (answer: Answer | undefined): string => told(answer).slice(0, 200);
