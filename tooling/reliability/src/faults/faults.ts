import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Tally } from "../findings.ts";
import { castOfKills, copyStage, makeStage, type Stage } from "../stage.ts";
import type { Size } from "../kills/kills.ts";
import { injectFaults } from "./injected.ts";
import { limitFile, readOnlyFile } from "./limited.ts";
import { corruptPages, fillDisk, lock, loseSlots, useWrongRoot } from "./real.ts";

/** Every fault, each over a copy of one stage. */
export async function tryFaults(directory: string, size: Size): Promise<readonly Tally[]> {
  const { plain } = await makeStage(directory, castOfKills);
  const place = (name: string): string => {
    const path = join(directory, name);
    mkdirSync(path);
    return path;
  };
  const copy = (name: string): Stage => copyStage(plain, join(place(name), "copy"));
  const tallies: Tally[] = [...(await injectFaults(plain, directory, size))];
  tallies.push(await fillDisk(copy("full")));
  tallies.push(await lock(copy("locked")));
  tallies.push(await useWrongRoot(copy("wrong-root")));
  tallies.push(await loseSlots(copy("slots"), directory));
  tallies.push(await corruptPages(copy("pages"), directory));
  if (process.platform === "win32") return tallies;
  tallies.push(await limitFile(copy("limited")));
  tallies.push(await readOnlyFile(plain));
  return tallies;
}
