import { KmsError, type Clock } from "@kms/core";
import { Buffer } from "node:buffer";
import { diskError } from "./errors.ts";
import type { LineContent } from "./line.ts";
import type { LogWriter } from "./log-writer.ts";
import { overdue, within } from "./within.ts";

/** What a queue needs to know. */
export interface QueueSettings {
  readonly clock: Clock;
  /** How long a line may wait, from being asked for until it counts as written. */
  readonly timeoutMs: number;
  readonly maximumQueueBytes: number;
  readonly maximumFileBytes: number;
  /** Told of every batch that counts as written. */
  readonly onCommit: (events: number) => void;
}

/** `failing`: the last batch could not be written; the next one tries again. `stuck`: the disk has not answered in time. */
export type QueueState = "open" | "failing" | "stuck";

interface Waiting extends LineContent {
  readonly bytes: number;
  readonly since: number;
  readonly resolve: () => void;
  readonly reject: (error: KmsError) => void;
}

// One write of 1 MiB: more lines in one batch save no further sync worth having.
const maximumBatchBytes = 1_048_576;

/** Lines on their way to the disk, in the order asked for. What waits while a batch is written shares the next one. */
export class CommitQueue {
  readonly #log: LogWriter;
  readonly #settings: QueueSettings;
  readonly #elapsed: () => number;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #state: QueueState = "open";
  #answer: Promise<void> | undefined;
  #commits = 0;
  #refused = 0;

  constructor(log: LogWriter, settings: QueueSettings) {
    this.#log = log;
    this.#settings = settings;
    this.#elapsed = settings.clock.monotonic ?? settings.clock.now;
  }

  get state(): QueueState {
    return this.#state;
  }

  /** Lines that wait, batches that were written, lines that were refused. */
  get counts(): { readonly waiting: number; readonly commits: number; readonly refused: number } {
    return { waiting: this.#waiting.length, commits: this.#commits, refused: this.#refused };
  }

  /**
   * Resolves once the line counts as written. Refused, and not written: `UNAVAILABLE` while the disk is stuck or when it
   * fails, `DEADLINE_EXCEEDED` after `timeoutMs`, `THROTTLED` when too much waits.
   */
  write(content: LineContent): Promise<void> {
    const bytes = Buffer.byteLength(content.body);
    if (this.#state === "stuck") return this.#refuse(stuck());
    if (this.#waitingBytes + bytes > this.#settings.maximumQueueBytes) return this.#refuse(full(this.#waiting.length));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...content, bytes, since: this.#elapsed(), resolve, reject });
      this.#waitingBytes += bytes;
      this.#running ??= this.#run();
    });
  }

  /** Counts a line that never came to wait. */
  noteRefusal(): void {
    this.#refused += 1;
    this.#log.note({ refused: 1, cutBytes: 0 });
  }

  /** While `stuck`: resolves when the disk has answered. Never rejects. */
  get answer(): Promise<void> | undefined {
    return this.#answer;
  }

  /** Resolves when nothing is under way; never rejects. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // calls of the same turn share the first batch
    while (this.#waiting.length > 0) await this.#commit(this.#take());
    this.#running = undefined;
  }

  #take(): readonly Waiting[] {
    const most = Math.min(maximumBatchBytes, this.#settings.maximumFileBytes);
    let count = 0;
    let bytes = 0;
    for (const line of this.#waiting) {
      if (count > 0 && bytes + line.bytes > most) break;
      count += 1;
      bytes += line.bytes;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const { timeoutMs, clock, onCommit } = this.#settings;
    const remainingMs = timeoutMs - (this.#elapsed() - (batch[0]?.since ?? 0));
    if (remainingMs <= 0) return this.#fail(batch, late(timeoutMs));
    const committing = this.#log.commit(batch);
    try {
      const committed = await within(committing, remainingMs, clock);
      if (committed === overdue) return this.#getStuck(batch, committing);
      this.#log.acknowledge(committed);
    } catch (error) {
      this.#state = "failing";
      return this.#fail(batch, diskError("Writing to the audit log", error));
    }
    this.#state = "open";
    this.#commits += 1;
    for (const { resolve } of batch) resolve();
    onCommit(batch.length);
  }

  /** Refuses whatever waits, and everything to come until the disk has answered: then its late work is cut away. */
  #getStuck(batch: readonly Waiting[], committing: Promise<unknown>): void {
    this.#state = "stuck";
    const answered = (): void => {
      this.#state = "failing";
      this.#answer = undefined;
    };
    this.#answer = committing.then(answered, answered);
    this.#fail([...batch, ...this.#waiting.splice(0)], late(this.#settings.timeoutMs));
    this.#waitingBytes = 0;
  }

  #fail(batch: readonly Waiting[], error: KmsError): void {
    this.#refused += batch.length;
    this.#log.note({ refused: batch.length, cutBytes: 0 });
    for (const { reject } of batch) reject(error);
  }

  #refuse(error: KmsError): Promise<void> {
    this.noteRefusal();
    return Promise.reject(error);
  }
}

const late = (timeoutMs: number): KmsError =>
  new KmsError(
    "DEADLINE_EXCEEDED",
    `Writing to the audit log was not done after ${timeoutMs} ms; the line does not count as written. Look at the disk.`,
  );
const stuck = (): KmsError =>
  new KmsError(
    "UNAVAILABLE",
    "Cannot write to the audit log: its disk has not answered an earlier write yet. Look at the disk; nothing more is taken until it answers.",
  );
const full = (waiting: number): KmsError =>
  new KmsError(
    "THROTTLED",
    `Cannot write to the audit log: ${waiting} lines wait already. Call less often, or raise maximumQueueBytes.`,
  );
