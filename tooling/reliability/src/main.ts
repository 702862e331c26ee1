import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { lookForSecrets } from "./canary/canary.ts";
import { tryFaults } from "./faults/faults.ts";
import type { Tally } from "./findings.ts";
import { flipEverything } from "./flips/flips.ts";
import { killCreation } from "./kills/creation.ts";
import { killScenarios, type Size } from "./kills/kills.ts";
import { killCreators, killWriters } from "./kills/storms.ts";
import { shortfalls, sums, table } from "./report.ts";
import { withTemporary } from "./temporary.ts";

const help = `npm run reliability [-- --small]

Kills processes at every write of a store, flips every byte of its rows and file, lets its disk fail in every way, and looks
for key bytes in what is left. Prints a table, findings, and as its last line
kills N, lost N; flips N, missed N

  --small  fewer kills, every sixteenth byte of the rows and of the file
  --help   this

lost: something acknowledged is not there, or does not open what it had encrypted. missed: a flip after which an answer
differs and nobody refused. Exits with 1 for either, for every other finding, and where less was done than a run must do.`;

type Part = (directory: string, size: Size) => Promise<Tally | readonly Tally[]>;

const parts: Readonly<Record<string, Part>> = {
  "kills while a store is made": killCreation,
  "kills at each write": killScenarios,
  "kills of writers": killWriters,
  "kills of creators": killCreators,
  flips: flipEverything,
  faults: tryFaults,
  canary: lookForSecrets,
};

async function run(isSmall: boolean): Promise<boolean> {
  const size: Size = { isSmall, atATime: Math.max(2, Math.min(availableParallelism(), 4)) };
  const began = performance.now();
  const seconds = (): number => Math.round((performance.now() - began) / 1000);
  const tallies: Tally[] = [];
  for (const [name, part] of Object.entries(parts)) {
    const found = await withTemporary((directory) => part(directory, size));
    tallies.push(...[found].flat());
    console.error(`${name}: done after ${seconds()} s`);
  }
  console.log(table(tallies));
  console.log(`node ${process.version}, ${seconds()} s`);
  const short = shortfalls(tallies);
  for (const line of short) console.log(line);
  console.log(sums(tallies));
  return short.length === 0 && tallies.every(({ findings }) => findings.length === 0);
}

const { values } = parseArgs({ options: { small: { type: "boolean" }, help: { type: "boolean" } } });
if (values.help === true) console.log(help);
else process.exitCode = (await run(values.small ?? false)) ? 0 : 1;
