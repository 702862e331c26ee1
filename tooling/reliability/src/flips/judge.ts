import type { Answer, Answers } from "../answers.ts";
import { absent } from "../answers.ts";
import type { FlipOutcome } from "../jobs.ts";

/**
 * The codes by which a store may refuse what was altered. `WRONG_ROOT_KEY`: of a slot whose salt or commitment was
 * altered nobody can tell whether it was, or whether the root is another. `DECRYPTION_FAILED` is none: it blames a
 * ciphertext.
 */
export const refusals: ReadonlySet<string> = new Set(["TAMPERED", "WRONG_ROOT_KEY"]);

/**
 * What came of a flip, from the answers before and after it. Refused: something refuses by one of the codes, and nothing
 * is answered otherwise. That `get` finds no key whose id was altered is no wrong answer where the list then refuses: the
 * proof of absence comes with the store's digest; it is counted. Inert: all is answered as before. Missed: something is
 * answered otherwise, or refused by a code that tells something else, and nobody refused as they should.
 */
export function judgeFlip(before: Answers, found: Answers): FlipOutcome {
  const changed = [...found].filter(([question, answer]) => !isSame(before.get(question), answer));
  const untyped = changed.find(([, answer]) => "untyped" in answer);
  if (untyped !== undefined) return outcome("untyped", changed);
  const wrong = changed.filter(([, answer]) => "value" in answer && !isAbsent(answer));
  const refusing = changed.filter(([, answer]) => "refused" in answer && refusals.has(answer.refused));
  const isAbsentTold = changed.some(([, answer]) => isAbsent(answer));
  if (wrong.length > 0) return outcome("missed", wrong);
  if (refusing.length > 0) return { ...outcome("refused", refusing), absent: isAbsentTold };
  return outcome(changed.length === 0 ? "inert" : "missed", changed);
}

const isSame = (one: Answer | undefined, other: Answer): boolean => JSON.stringify(one) === JSON.stringify(other);

const isAbsent = (answer: Answer): boolean => "value" in answer && answer.value === JSON.stringify(absent);

function outcome(kind: FlipOutcome["kind"], told: readonly (readonly [string, Answer])[]): FlipOutcome {
  const words = new Set(
    told.map(([question, answer]) => ("refused" in answer ? answer.refused : `${question}: ${JSON.stringify(answer)}`)),
  );
  return { kind, told: [...words].join(", ").slice(0, 300), absent: false };
}
