import type { Disk } from "./disk.ts";
import type { NumberedFile } from "./file-names.ts";
import { genesis, readLine, type ChainHead, type ChainLine } from "./line.ts";
import { readLines, type RawLine } from "./line-reader.ts";
import { sameMac, type LogKeys } from "./primitives.ts";

/**
 * What is wrong with a line. `edited`: its MAC does not hold. `removed`: lines are missing from here on; the line named is
 * the first missing one. `inserted`: a line that does not belong, or a copy of an earlier one. `reordered`: the line that
 * belongs here stands further down. `replaced`: a genuine line of another chain, or not the line that the checkpoint saw.
 * `truncated`: the log ends before the checkpoint. `torn`: the last line has no end, as after a crash. `oversized`: longer
 * than 256 KiB. `wrong-key`: not one line verifies under this key.
 */
export type AuditLogFault =
  | "edited"
  | "removed"
  | "inserted"
  | "reordered"
  | "replaced"
  | "truncated"
  | "torn"
  | "oversized"
  | "wrong-key";

/** The first line that is not as it was written. */
export interface BadAuditEntry {
  /** The name of its file. */
  readonly file: string;
  /** From 1; the header of a file is its line 1. */
  readonly line: number;
  readonly reason: AuditLogFault;
}

/** A place in a chain that a sealed checkpoint vouches for. */
export interface CheckpointClaims extends ChainHead {
  readonly chain: string;
  readonly file: number;
}

/** What is walked, and from where. */
export interface WalkRequest {
  readonly disk: Disk;
  readonly keys: LogKeys;
  readonly files: readonly NumberedFile[];
  /** true: the first file begins the chain. false: what its header says of the file before it is taken as true. */
  readonly fromGenesis: boolean;
  readonly checkpoint?: CheckpointClaims | undefined;
}

/** How far the chain holds. */
export interface Walk {
  readonly head: ChainHead;
  readonly chain: string;
  /** Events that verified. */
  readonly events: number;
  /** Files of which at least the header verified. */
  readonly files: number;
  /** Where the last line that verified stands, and where it ends. */
  readonly lastFile: NumberedFile | undefined;
  readonly lastLine: number;
  readonly lastEnd: number;
  /** What the header of the last file says of the time it was made, in milliseconds. */
  readonly lastFileMadeAt: number;
  readonly firstBad?: BadAuditEntry | undefined;
  /** The line that is bad, where there is one. */
  readonly badLine?: { readonly start: number; readonly end: number } | undefined;
}

/** Follows a chain through its files up to the first bad line. Reads what is asked for and nothing else; one line is in memory. */
export async function walkChain(request: WalkRequest): Promise<Walk> {
  const walker = new Walker(request);
  const lines = readLines(request.disk, request.files);
  try {
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      const bad = await walker.take(next.value, lines);
      if (bad !== undefined) {
        const { start, end } = next.value;
        return { ...walker.walk(), firstBad: bad, badLine: { start, end } };
      }
    }
  } finally {
    await lines.return();
  }
  return { ...walker.walk(), firstBad: walker.truncation() };
}

type Lines = AsyncGenerator<RawLine, void, undefined>;

class Walker {
  readonly #request: WalkRequest;
  #head: ChainHead | undefined;
  #chain = "";
  #events = 0;
  #files = 0;
  #last: { readonly file: NumberedFile; readonly line: number } | undefined;
  #madeAt = 0;
  #lastEnd = 0;

  constructor(request: WalkRequest) {
    this.#request = request;
    this.#head = request.fromGenesis ? genesis : undefined;
  }

  /** Goes on by one line, or says what is wrong with it; to tell faults apart, the lines after it are read too. */
  async take(raw: RawLine, following: Lines): Promise<BadAuditEntry | undefined> {
    const here = { file: raw.file.name, line: raw.line };
    if (raw.state !== "whole") return { ...here, reason: raw.state };
    const line = readLine(this.#request.keys, raw.bytes);
    if (line === undefined) return { ...here, reason: await this.#whyForeign(following) };
    const expected = this.#head ?? { entry: line.entry - 1, mac: line.last };
    if (line.entry > expected.entry + 1) {
      const reason = (await this.#isFurtherDown(expected.entry + 1, following)) ? "reordered" : "removed";
      return { ...this.#firstMissing(line, raw), reason };
    }
    if (line.entry <= expected.entry) return { ...here, reason: "inserted" };
    if (!sameMac(line.last, expected.mac) || !this.#fits(line, raw)) return { ...here, reason: "replaced" };
    this.#accept(line, raw);
    return undefined;
  }

  walk(): Walk {
    return {
      head: this.#head ?? genesis,
      chain: this.#chain,
      events: this.#events,
      files: this.#files,
      lastFile: this.#last?.file,
      lastLine: this.#last?.line ?? 0,
      lastEnd: this.#lastEnd,
      lastFileMadeAt: this.#madeAt,
    };
  }

  /** Where the log ended before its checkpoint. */
  truncation(): BadAuditEntry | undefined {
    const { checkpoint, files } = this.#request;
    if (checkpoint === undefined || (this.#head ?? genesis).entry >= checkpoint.entry) return undefined;
    const file = this.#last?.file.name ?? files[0]?.name ?? "";
    return { file, line: (this.#last?.line ?? 0) + 1, reason: "truncated" };
  }

  #accept(line: ChainLine, raw: RawLine): void {
    this.#head = { entry: line.entry, mac: line.mac };
    this.#last = { file: raw.file, line: raw.line };
    this.#lastEnd = raw.end;
    if (line.kind === "event") this.#events += 1;
    if (line.kind !== "header") return;
    this.#files += 1;
    this.#chain = String(line.body["chain"]);
    this.#madeAt = Date.parse(String(line.body["at"]));
  }

  /** A header names its format, chain and file; a checkpoint names a line. */
  #fits(line: ChainLine, raw: RawLine): boolean {
    const { checkpoint } = this.#request;
    if ((raw.line === 1) !== (line.kind === "header")) return false;
    if (checkpoint?.entry === line.entry && !sameMac(checkpoint.mac, line.mac)) return false;
    if (line.kind !== "header") return true;
    const { chain, file, format } = line.body;
    if (format !== logFormat || file !== raw.file.number) return false;
    return chain === (checkpoint?.chain ?? (this.#chain === "" ? chain : this.#chain));
  }

  /** A line that no holder of the key made. */
  async #whyForeign(following: Lines): Promise<AuditLogFault> {
    const { keys } = this.#request;
    const head = this.#head;
    const next = await following.next();
    if (next.done === true) return this.#last === undefined ? "wrong-key" : "edited";
    const line = next.value.state === "whole" ? readLine(keys, next.value.bytes) : undefined;
    if (line !== undefined && head !== undefined && line.entry === head.entry + 1 && sameMac(line.last, head.mac)) {
      return "inserted";
    }
    if (this.#last !== undefined || line !== undefined) return "edited";
    return (await someLine(following, keys, () => true)) ? "edited" : "wrong-key";
  }

  #isFurtherDown(entry: number, following: Lines): Promise<boolean> {
    return someLine(following, this.#request.keys, (line) => line.entry === entry);
  }

  /** Where the missing line should stand: at the end of the file before, when a new file begins too early. */
  #firstMissing(line: ChainLine, raw: RawLine): { readonly file: string; readonly line: number } {
    const last = this.#last;
    if (raw.line > 1 || last === undefined || line.kind !== "header") return { file: raw.file.name, line: raw.line };
    return { file: last.file.name, line: last.line + 1 };
  }
}

/** What a header says of the format of its file. */
export const logFormat = "kms-audit/1";

async function someLine(lines: Lines, keys: LogKeys, wanted: (line: ChainLine) => boolean): Promise<boolean> {
  for await (const raw of lines) {
    const line = raw.state === "whole" ? readLine(keys, raw.bytes) : undefined;
    if (line !== undefined && wanted(line)) return true;
  }
  return false;
}
