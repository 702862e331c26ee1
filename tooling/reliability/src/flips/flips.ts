import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { runChild, together } from "../children.ts";
import { tally, type Finding, type Tally } from "../findings.ts";
import type { FlipJob, Said } from "../jobs.ts";
import type { Size } from "../kills/kills.ts";
import { castOfFlips, makeStage } from "../stage.ts";

type Flipped = Said & { readonly said: "flipped" };

// A library that ends the process over an altered byte does so again and again: a few times tell it all.
const mostCrashes = 20;

/** Flips every byte of the rows of a small store, then of its file: in the small size every sixteenth. */
export async function flipEverything(directory: string, size: Size): Promise<readonly Tally[]> {
  const { plain: stage } = await makeStage(directory, castOfFlips);
  const tallies: Tally[] = [];
  for (const of of ["rows", "file"] as const) {
    const stride = size.isSmall ? 16 : 1;
    const shards = Array.from({ length: size.atATime }, (_, shard) => shard * stride);
    const copies = join(directory, of);
    mkdirSync(copies);
    const step = stride * size.atATime;
    const parts = await together(shards, size.atATime, (from) =>
      flipOn({ job: "flip", of, stage, directory: copies, from, step }),
    );
    const flips = parts.flatMap(({ flipped }) => flipped);
    tallies.push(
      tallyOf(
        of,
        flips,
        parts.flatMap(({ crashes }) => crashes),
      ),
    );
  }
  return tallies;
}

interface Part {
  readonly flipped: readonly Flipped[];
  readonly crashes: readonly Finding[];
}

/** Runs a part in a process, and where that ends before its time goes on behind the byte that ended it. */
async function flipOn(job: FlipJob): Promise<Part> {
  const flipped: Flipped[] = [];
  const crashes: Finding[] = [];
  for (let from = job.from; crashes.length < mostCrashes;) {
    const { said, isStuck, output } = await runChild({ ...job, from });
    const found = said.filter((word) => word.said === "flipped");
    flipped.push(...found);
    if (said.at(-1)?.said === "done") break;
    const at = (found.at(-1)?.at ?? from - job.step) + job.step;
    const how = isStuck ? "hangs" : "ends";
    crashes.push({ kind: "missed", what: `flip ${at}: the process ${how} without a refusal: ${output.slice(-300)}` });
    from = at + job.step;
  }
  return { flipped, crashes };
}

/** The row of a report over flips. In a row every flip is refused; in the file those of free bytes change nothing. */
export function tallyOf(of: FlipJob["of"], flips: readonly Flipped[], crashes: readonly Finding[]): Tally {
  const count = (kind: Flipped["outcome"]["kind"]): number =>
    flips.filter(({ outcome }) => outcome.kind === kind).length;
  const isMissed = ({ kind }: Flipped["outcome"]): boolean => kind === "missed" || (of === "rows" && kind === "inert");
  const absent = flips.filter(({ outcome }) => outcome.absent).length;
  const findings = flips.flatMap(({ place, outcome }): readonly Finding[] => {
    if (isMissed(outcome)) return [{ kind: "missed", what: `${place}: ${outcome.told || "nobody refused"}` }];
    return outcome.kind === "untyped" ? [{ kind: "other", what: `${place}: ${outcome.told}` }] : [];
  });
  const inert = of === "file" ? `, ${count("inert")} inert (every answer as before)` : "";
  const told = absent === 0 ? "" : `, ${absent} of them told absent by get first`;
  return tally(`flip: ${of}`, {
    flips: flips.length + crashes.length,
    findings: [...findings, ...crashes],
    note: `${count("refused")} refused${told}${inert}`,
  });
}
