import { KmsError, type Clock } from "@kms/core";
import { walkChain, type CheckpointClaims, type Walk } from "./chain-walk.ts";
import type { Disk, LogFile } from "./disk.ts";
import { errnoOf, tamperedLog } from "./errors.ts";
import { fileIn, fileNumbers } from "./file-names.ts";
import type { Losses, LogTail } from "./log-writer.ts";
import { randomId, type LogKeys } from "./primitives.ts";

/** What opening a log needs. */
export interface LogPlace {
  readonly disk: Disk;
  readonly directory: string;
  readonly keys: LogKeys;
  readonly clock: Clock;
  readonly checkpoint: CheckpointClaims | undefined;
}

/** Where a log was left, and what of it had to be set aside. */
export interface OpenedLog {
  readonly tail: LogTail;
  readonly losses: Losses | undefined;
  /** Whether an end that was cut off before would have been found: the log reaches a checkpoint, or is begun here. */
  readonly isEndKnown: boolean;
}

/**
 * Verifies the end of the log in a directory and opens it behind its last line: the whole chain of the last file, or from
 * the checkpoint's file on. A last line without an end was never acknowledged: a crash left it. It is copied to
 * `audit-….torn-…`, cut off, and told by the next line. Anything else that is wrong is `TAMPERED` and left as it is.
 */
export async function openLog(place: LogPlace): Promise<OpenedLog> {
  const numbers = fileNumbers(await place.disk.list(place.directory));
  const lastNumber = numbers.at(-1) ?? 1;
  const walk = await walkEnd(place, numbers, lastNumber);
  const file = fileIn(place.directory, lastNumber);
  // Who made the file may have been killed before its name would last; lines behind that name count from now on.
  if (numbers.length > 0) await place.disk.syncDirectory(place.directory);
  const handle = await place.disk.open(file.path, "append");
  try {
    const goesOn = walk.lastFile?.number === lastNumber;
    const length = goesOn ? walk.lastEnd : 0;
    const losses = await setAside(place, { handle, path: file.path, length });
    const madeAt = goesOn ? walk.lastFileMadeAt : place.clock.now();
    const chain = walk.chain === "" ? randomId() : walk.chain;
    // A file that holds no line may have held some.
    const isEndKnown = place.checkpoint !== undefined || numbers.length === 0;
    return { tail: { chain, head: walk.head, file, handle, length, madeAt }, losses, isEndKnown };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Walks the files that matter; a file that holds no line yet does not begin a chain where others came before. */
async function walkEnd(place: LogPlace, numbers: readonly number[], lastNumber: number): Promise<Walk> {
  const { disk, directory, keys, checkpoint } = place;
  const from = Math.min(checkpoint?.file ?? lastNumber, lastNumber);
  for (const first of new Set([from, Math.max(1, lastNumber - 1)])) {
    const wanted = numbers.filter((number) => number >= first);
    if (wanted.some((number, index) => number !== first + index)) throw tamperedLog("a file is missing");
    const files = wanted.map((number) => fileIn(directory, number));
    const walk = await walkChain({ disk, keys, files, fromGenesis: first === 1, checkpoint });
    const isTorn = walk.firstBad?.reason === "torn" && walk.firstBad.file === files.at(-1)?.name;
    if (walk.firstBad !== undefined && !isTorn) throw refused(walk);
    if (walk.head.entry < (checkpoint?.entry ?? 0)) throw tamperedLog("it ends before the checkpoint");
    if (walk.lastFile !== undefined || first === 1) return walk;
  }
  throw tamperedLog("its last two files hold no line");
}

const refused = ({ firstBad }: Walk): KmsError =>
  tamperedLog(`line ${firstBad?.line} of ${firstBad?.file} is not as it was written (${firstBad?.reason})`);

interface TornFile {
  readonly handle: LogFile;
  readonly path: string;
  readonly length: number;
}

async function setAside({ disk, directory }: LogPlace, torn: TornFile): Promise<Losses | undefined> {
  const { length } = await torn.handle.identity();
  if (length === torn.length) return undefined;
  // At most one line: what is longer than a line was refused before.
  const bytes = new Uint8Array(length - torn.length);
  let held = 0;
  for (let count = -1; count !== 0 && held < bytes.length; held += count) {
    count = await torn.handle.read(bytes.subarray(held), torn.length + held);
  }
  const keptAs = await keep(disk, torn.path, bytes.subarray(0, held));
  await disk.syncDirectory(directory);
  await torn.handle.truncate(torn.length);
  await torn.handle.sync();
  return { refused: 0, cutBytes: length - torn.length, keptAs };
}

/** Writes bytes to the first free name beside a file; nothing is overwritten. */
async function keep(disk: Disk, path: string, bytes: Uint8Array): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const aside = path.replace(/\.jsonl$/, `.torn-${attempt}`);
    const file = await openFree(disk, aside);
    if (file === undefined) continue;
    try {
      await file.write(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return aside.slice(aside.lastIndexOf("/") + 1);
  }
}

async function openFree(disk: Disk, path: string): Promise<LogFile | undefined> {
  try {
    return await disk.open(path, "create");
  } catch (error) {
    if (KmsError.isInstance(error) && errnoOf(error.cause) === "EEXIST") return undefined;
    throw error;
  }
}
