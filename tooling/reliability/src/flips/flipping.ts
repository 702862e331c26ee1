import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { askAll } from "../answers.ts";
import type { FlipJob, Said } from "../jobs.ts";
import { dayMs, start } from "../session.ts";
import type { Stage } from "../stage.ts";
import { judgeFlip } from "./judge.ts";
import { bytesOfFile, bytesOfRows } from "./targets.ts";

// When the destruction of a version of the stage is over.
const late = start + 41 * dayMs;

/** Flips the bytes of a job one after another, each in a fresh copy, and says what came of each. */
export async function flip({ of, stage, directory, from, step }: FlipJob, say: (said: Said) => void): Promise<void> {
  const targets = of === "file" ? bytesOfFile(stage.path) : await bytesOfRows(stage.path);
  // A file of its own for each: libsql lets go of one only when its statements are collected.
  const copyTo = (name: string): Stage => {
    const path = join(directory, `${of}-${name}.db`);
    copyFileSync(stage.path, path);
    return { ...stage, path };
  };
  const untouched = copyTo(`before-${from}`);
  const before = await askAll(untouched, late);
  remove(untouched);
  for (let at = from; at < targets.length; at += step) {
    const target = targets[at];
    if (target === undefined) break;
    const copy = copyTo(String(at));
    await target.flipIn(copy.path);
    say({ said: "flipped", at, place: target.place, outcome: judgeFlip(before, await askAll(copy, late)) });
    remove(copy);
  }
}

function remove({ path }: Stage): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(`${path}${suffix}`, { force: true });
}
