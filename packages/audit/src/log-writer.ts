import { KmsError, type Clock } from "@kms/core";
import { Buffer } from "node:buffer";
import { logFormat } from "./chain-walk.ts";
import type { Disk, FileIdentity, LogFile } from "./disk.ts";
import { tamperedLog } from "./errors.ts";
import { objectOf, quoted } from "./event-body.ts";
import { fileIn, maximumFileNumber, type NumberedFile } from "./file-names.ts";
import { writeLine, type ChainHead, type LineContent } from "./line.ts";
import type { LogKeys } from "./primitives.ts";
import type { WriterLock } from "./writer-lock.ts";

/** When a line counts as written: `fsync`, when the disk says so; `write`, when the operating system has it. */
export type Durability = "fsync" | "write";

/** What a writer needs to know. */
export interface WriterSettings {
  readonly disk: Disk;
  readonly directory: string;
  readonly lock: WriterLock;
  readonly keys: LogKeys;
  readonly clock: Clock;
  readonly durability: Durability;
  readonly maximumFileBytes: number;
  readonly maximumFileAgeMs: number;
}

/** Where a log was left. */
export interface LogTail {
  readonly chain: string;
  readonly head: ChainHead;
  readonly file: NumberedFile;
  /** The open file, and up to where it holds. */
  readonly handle: LogFile;
  readonly length: number;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
}

/** What stands on the disk and counts once it is acknowledged. */
export interface Committed {
  readonly head: ChainHead;
  readonly length: number;
  readonly tellsOf: Losses;
}

/** What failures cut away and refused since the log last told. */
export interface Losses {
  readonly refused: number;
  readonly cutBytes: number;
  readonly keptAs?: string | undefined;
}

const noLosses: Losses = Object.freeze({ refused: 0, cutBytes: 0 });

/**
 * The end of a log: writes batches of lines behind it. What `commit` wrote counts only once it is acknowledged; whatever
 * else is there by the next commit (a failure, or a disk that answered too late) is cut away first. One commit at a time.
 */
export class LogWriter {
  readonly chain: string;
  readonly #settings: WriterSettings;
  #head: ChainHead;
  #file: NumberedFile;
  #handle: LogFile;
  #identity: FileIdentity | undefined;
  #length: number;
  #madeAt: number;
  #isClean = true;
  #attempted = 0;
  #broken: KmsError | undefined;
  #losses: Losses = noLosses;

  constructor(settings: WriterSettings, tail: LogTail) {
    this.#settings = settings;
    this.chain = tail.chain;
    this.#head = tail.head;
    this.#file = tail.file;
    this.#handle = tail.handle;
    this.#length = tail.length;
    this.#madeAt = tail.madeAt;
  }

  get head(): ChainHead {
    return this.#head;
  }

  get file(): NumberedFile {
    return this.#file;
  }

  /** Remembers what the next commit has to tell. */
  note(losses: Losses): void {
    this.#losses = sum(this.#losses, losses);
  }

  /**
   * Writes lines and, under `fsync`, waits for the disk. `TAMPERED` where file or lock is not what this writer left: then
   * it writes no more, so that nothing of what happened is cut away.
   */
  async commit(contents: readonly LineContent[]): Promise<Committed> {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      return await this.#write(contents);
    } catch (error) {
      if (KmsError.isInstance(error) && error.code === "TAMPERED") this.#broken = error;
      throw error;
    }
  }

  async #write(contents: readonly LineContent[]): Promise<Committed> {
    if (!this.#isClean) await this.#cutBack();
    if (this.#isFull()) await this.#rotate();
    const { bytes, head, tellsOf } = this.#compose(contents);
    const length = this.#length + bytes.length;
    this.#isClean = false;
    this.#attempted = bytes.length;
    await this.#handle.write(bytes);
    if (this.#settings.durability === "fsync") await this.#handle.sync();
    if (this.#length === 0) await this.#settings.disk.syncDirectory(this.#settings.directory);
    await this.#checkPlace(length);
    return { head, length, tellsOf };
  }

  /** From here on, what was committed counts. */
  acknowledge({ head, length, tellsOf }: Committed): void {
    this.#head = head;
    this.#length = length;
    this.#isClean = true;
    const { refused, cutBytes } = this.#losses;
    this.#losses = { refused: refused - tellsOf.refused, cutBytes: cutBytes - tellsOf.cutBytes };
  }

  async close(): Promise<void> {
    try {
      if (this.#broken !== undefined) return;
      if (!this.#isClean) await this.#cutBack();
      await this.#handle.sync();
    } finally {
      await this.#handle.close();
    }
  }

  #compose(contents: readonly LineContent[]): { bytes: Buffer; head: ChainHead; tellsOf: Losses } {
    const tellsOf = this.#losses;
    const mustTell = tellsOf.refused > 0 || tellsOf.cutBytes > 0;
    const all: LineContent[] = this.#length === 0 ? [{ kind: "header", body: this.#headerBody() }] : [];
    if (mustTell) all.push({ kind: "recovery", body: this.#recoveryBody(tellsOf) });
    all.push(...contents);
    const texts: string[] = [];
    let head = this.#head;
    for (const content of all) {
      const line = writeLine(this.#settings.keys, head, content);
      head = line.head;
      texts.push(line.text);
    }
    return { bytes: Buffer.from(texts.join("")), head, tellsOf };
  }

  async #cutBack(): Promise<void> {
    const { length } = await this.#handle.identity();
    if (length < this.#length) throw tamperedLog(`${this.#file.name} lost lines that were written`);
    if (length > this.#length + this.#attempted) throw tamperedLog(`${this.#file.name} was written by somebody else`);
    await this.#handle.truncate(this.#length);
    await this.#handle.sync();
    this.#isClean = true;
    this.note({ refused: 0, cutBytes: length - this.#length });
  }

  #isFull(): boolean {
    if (this.#length === 0) return false;
    const { maximumFileBytes, maximumFileAgeMs, clock } = this.#settings;
    return this.#length >= maximumFileBytes || clock.now() - this.#madeAt >= maximumFileAgeMs;
  }

  async #rotate(): Promise<void> {
    const { disk, directory, clock } = this.#settings;
    if (this.#file.number >= maximumFileNumber) throw tamperedLog("no number is left for another file");
    await this.#handle.sync();
    const file = fileIn(directory, this.#file.number + 1);
    // An attempt that failed may have left it, empty; a file with content is not touched.
    const handle = await disk.open(file.path, "append");
    if ((await handle.identity()).length > 0) {
      await handle.close();
      throw tamperedLog(`${file.name} is there already`);
    }
    const old = this.#handle;
    this.#file = file;
    this.#handle = handle;
    this.#identity = undefined;
    this.#length = 0;
    this.#madeAt = clock.now();
    await old.close();
  }

  /** The path still leads to the file that was written, nobody else wrote into it, and nobody else may. */
  async #checkPlace(length: number): Promise<void> {
    const { disk, lock } = this.#settings;
    this.#identity ??= await this.#handle.identity();
    const [found, isLocked] = await Promise.all([disk.identity(this.#file.path), lock.isHeld()]);
    const { device, inode } = this.#identity;
    if (found?.device !== device || found.inode !== inode) throw tamperedLog(`${this.#file.name} was moved or removed`);
    if (found.length !== length) throw tamperedLog(`${this.#file.name} was written by somebody else`);
    if (!isLocked) throw tamperedLog("its lock was removed");
  }

  #headerBody(): string {
    return objectOf(
      new Map([
        ["at", quoted(new Date(this.#madeAt).toISOString())],
        ["chain", quoted(this.chain)],
        ["file", String(this.#file.number)],
        ["format", quoted(logFormat)],
      ]),
    );
  }

  #recoveryBody({ refused, cutBytes, keptAs }: Losses): string {
    const members = new Map([
      ["at", quoted(new Date(this.#settings.clock.now()).toISOString())],
      ["cutBytes", String(cutBytes)],
      ["refused", String(refused)],
    ]);
    if (keptAs !== undefined) members.set("keptAs", quoted(keptAs));
    return objectOf(members);
  }
}

const sum = (a: Losses, b: Losses): Losses => ({
  refused: a.refused + b.refused,
  cutBytes: a.cutBytes + b.cutBytes,
  keptAs: b.keptAs ?? a.keptAs,
});
