import { join } from "node:path";
import type { Answer, Refusal } from "../attempt.ts";
import { assert, type Scene } from "../scene.ts";
import { counted } from "../wording.ts";

/** The one file of a log as short as the demo's. */
export const logFile = "audit-00000001.jsonl";

/** Lines cut off the end of a copy. */
const cutLines = 10;

// What files are protected by, and what it is made to look like.
const reading: Readonly<Record<string, string>> = {
  generateDataKey: "unwrapDataKey",
  sign: "verify",
  generateMac: "verifyMac",
};
const protecting = new RegExp(`"operation":"(${Object.keys(reading).join("|")})"`);

interface Edit {
  readonly what: string;
  readonly expected: Answer;
  readonly lines: readonly string[];
}

/** Edits copies of the log as somebody without its key would; the verifier names the first line that is not as it was written. */
export async function editedLog(
  scene: Scene,
  log: readonly string[],
): Promise<{ readonly facts: readonly string[]; readonly refusals: readonly Refusal[] }> {
  const refusals: Refusal[] = [];
  for (const [index, edit] of edits(log).entries()) refusals.push(await named(scene, edit, index));
  return { facts: [await cutWithoutCheckpoint(scene, log)], refusals };
}

/** Lines are counted from 1; the first is the header of the file. */
function edits(log: readonly string[]): readonly Edit[] {
  const middle = Math.floor(log.length / 2);
  const [line, next] = [log[middle] ?? "", log[middle + 1] ?? ""];
  const used = log.findIndex((text) => protecting.test(text));
  const changed = (log[used] ?? "").replace(
    protecting,
    (_whole, operation: string) => `"operation":"${reading[operation]}"`,
  );
  const left = log.length - cutLines;
  return [
    {
      what: "audit log, the operation of an event changed",
      expected: `edited, line ${used + 1}`,
      lines: log.with(used, changed),
    },
    { what: "audit log, a line removed", expected: `removed, line ${middle + 1}`, lines: log.toSpliced(middle, 1) },
    {
      what: "audit log, two lines swapped",
      expected: `reordered, line ${middle + 1}`,
      lines: log.toSpliced(middle, 2, next, line),
    },
    {
      what: "audit log, a line copied below itself",
      expected: `inserted, line ${middle + 2}`,
      lines: log.toSpliced(middle, 0, line),
    },
    {
      what: `audit log, the last ${cutLines} lines cut off`,
      expected: `truncated, line ${left + 1}`,
      lines: log.slice(0, left),
    },
  ];
}

async function named(scene: Scene, { what, expected, lines }: Edit, index: number): Promise<Refusal> {
  const directory = await copy(scene, `edited-${index + 1}`, lines);
  const { ok, firstBad } = await scene.audit.verify(directory, "kept");
  const found = ok || firstBad === undefined ? "accepted" : (`${firstBad.reason}, line ${firstBad.line}` as const);
  return { what, expected: [expected], found, ok: found === expected };
}

/** Every line that is left is genuine: who has no checkpoint cannot know that more were written, and the report says so. */
async function cutWithoutCheckpoint(scene: Scene, log: readonly string[]): Promise<string> {
  const directory = await copy(scene, "cut", log.slice(0, -cutLines));
  const { ok, truncationDetection } = await scene.audit.verify(directory, "lost");
  assert(truncationDetection === "none", "A verifier without a checkpoint says that it finds a log cut off.");
  return `without that checkpoint, ${counted(cutLines, "line")} cut off the end ${ok ? "go unnoticed" : "are noticed"}: the report says truncationDetection "${truncationDetection}"`;
}

async function copy({ folder }: Scene, name: string, lines: readonly string[]): Promise<string> {
  await folder.write(`audit-${name}/${logFile}`, `${lines.join("\n")}\n`);
  return join(folder.path, `audit-${name}`);
}
