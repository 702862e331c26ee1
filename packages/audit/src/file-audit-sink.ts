import { KmsError, type AuditEvent, type AuditSink } from "@kms/core";
import { dirname, resolve } from "node:path";
import { Checkpoints, openCheckpoint, type LastCheckpoint } from "./checkpoints.ts";
import { CommitQueue, type QueueState } from "./commit-queue.ts";
import { nodeDisk, type Disk } from "./disk.ts";
import { diskError } from "./errors.ts";
import { eventBody } from "./event-body.ts";
import { LogWriter, type Durability } from "./log-writer.ts";
import { openLog, type OpenedLog } from "./open-log.ts";
import { readOptions, type FileAuditSinkOptions, type SinkSettings } from "./options.ts";
import { overdue, within } from "./within.ts";
import { lockDirectory, type WriterLock } from "./writer-lock.ts";

/** How a sink is. */
export interface FileAuditSinkHealth {
  /** `open`; `failing`: the last batch was refused, the next one tries again; `stuck`: the disk has not answered in time. */
  readonly state: QueueState | "closed";
  readonly durability: Durability;
  /**
   * `checkpoint`: checkpoints are sealed and handed to `onCheckpoint`, and the log reached `lastCheckpoint` when it was
   * opened, or was begun then. `none`: the end of the log can be cut off unnoticed, or can have been before it was opened.
   */
  readonly truncationDetection: "checkpoint" | "none";
  /** The number of the last line, headers and checkpoints counted. */
  readonly entry: number;
  /** The name of the file being written. */
  readonly file: string;
  /** Events that wait for the disk. */
  readonly waiting: number;
  /** Batches written since opening; each is one write and, under `fsync`, one sync. */
  readonly commits: number;
  /** Events refused since opening. */
  readonly refused: number;
  /** The last checkpoint since opening. Lines after its `entry` can be cut off unnoticed. */
  readonly lastCheckpoint: LastCheckpoint | undefined;
  /** Why the last attempt at a checkpoint failed. */
  readonly checkpointFailure: KmsError | undefined;
}

/** An audit sink over files. */
export interface FileAuditSink extends AuditSink {
  /**
   * Resolves once the event counts as written (`durability`). Rejects where it does not, and then it is not in the log:
   * `DEADLINE_EXCEEDED` after `timeoutMs`, `UNAVAILABLE` for a full, failing or stuck disk, `PERMISSION_DENIED` for a
   * read-only one, `THROTTLED` when too much waits, `TOO_LARGE` for an event that no line holds (256 KiB), `TAMPERED`
   * when somebody else moved or wrote the file, `INVALID_ARGUMENT` for what is no event, `CLOSED`. `Kms` answers all of
   * them with `AUDIT_FAILED`.
   */
  readonly write: (event: AuditEvent) => Promise<void>;
  readonly health: () => FileAuditSinkHealth;
  /** Writes what waits, seals a last checkpoint, and lets go of files and directory, also when one of these fails. */
  readonly close: () => Promise<void>;
}

/**
 * Opens a hash-chained audit log in a directory, or begins one. What is there is verified first: the whole chain of the
 * last file. `INVALID_ARGUMENT` for malformed options, `CONFLICT` while another sink has the directory, `TAMPERED` for a
 * log that does not verify under the key or does not reach `lastCheckpoint`, `PERMISSION_DENIED`, `NOT_FOUND` and
 * `UNAVAILABLE` as the file system says, `UNSUPPORTED` on Windows. Opening waits for the disk as long as it takes.
 */
export const fileAuditSink = (options: FileAuditSinkOptions): Promise<FileAuditSink> => openSink(options, nodeDisk);

/** The same over a given disk. */
export async function openSink(options: FileAuditSinkOptions, disk: Disk): Promise<FileAuditSink> {
  const given = readOptions(options);
  const settings = { ...given, directory: resolve(given.directory) };
  await makeDirectory(disk, settings.directory);
  const lock = await lockDirectory(settings.directory);
  try {
    const { writer, isEndKnown } = await openWriter(settings, disk, lock);
    return new Sink({ ...settings, isEndKnown }, writer, lock).face();
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Makes a directory, and its name last: that of one which is there too, for who made it may have been killed before. */
async function makeDirectory(disk: Disk, path: string): Promise<void> {
  const isNew = await disk.makeDirectory(path);
  try {
    await disk.syncDirectory(dirname(path));
  } catch (error) {
    // Into a parent that this process may not read somebody else put the directory, and answers for its name.
    if (isNew || !KmsError.isInstance(error) || error.code !== "PERMISSION_DENIED") throw error;
  }
}

interface OpenedWriter extends Pick<OpenedLog, "isEndKnown"> {
  readonly writer: LogWriter;
}

async function openWriter(settings: SinkSettings, disk: Disk, lock: WriterLock): Promise<OpenedWriter> {
  const { sealer, lastCheckpoint } = settings;
  const checkpoint =
    sealer === undefined || lastCheckpoint === undefined ? undefined : await openCheckpoint(sealer, lastCheckpoint);
  const { tail, losses, isEndKnown } = await openLog({ ...settings, disk, checkpoint });
  try {
    const writer = new LogWriter({ ...settings, disk, lock }, tail);
    if (losses !== undefined) writer.note(losses);
    // The header of a new file, or what had to be set aside: a disk that takes no line is found here.
    if (tail.length === 0 || losses !== undefined) writer.acknowledge(await writer.commit([]));
    return { writer, isEndKnown };
  } catch (error) {
    await tail.handle.close();
    throw error;
  }
}

interface OpenSettings extends SinkSettings, Pick<OpenedLog, "isEndKnown"> {}

class Sink {
  readonly #settings: OpenSettings;
  readonly #log: LogWriter;
  readonly #lock: WriterLock;
  readonly #queue: CommitQueue;
  readonly #checkpoints: Checkpoints | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: OpenSettings, log: LogWriter, lock: WriterLock) {
    const { sealer, checkpointEvery: every, onCheckpoint: keep } = settings;
    this.#settings = settings;
    this.#log = log;
    this.#lock = lock;
    this.#queue = new CommitQueue(log, { ...settings, onCommit: () => this.#checkpoints?.afterCommit() });
    this.#checkpoints =
      sealer === undefined ? undefined : new Checkpoints({ ...settings, sealer, every, keep }, log, this.#queue);
  }

  face(): FileAuditSink {
    return Object.freeze({
      write: (event: AuditEvent) => this.#write(event),
      health: () => this.#health(),
      close: () => (this.#closing ??= this.#close()),
    });
  }

  async #write(event: AuditEvent): Promise<void> {
    if (this.#closing !== undefined) {
      throw new KmsError("CLOSED", "Cannot write an audit event: the sink was closed. Open another one.");
    }
    // Read in the caller's turn: changing the event afterwards changes nothing.
    await this.#queue.write({ kind: "event", body: this.#bodyOf(event) });
  }

  #bodyOf(event: AuditEvent): string {
    const { keys, associatedData } = this.#settings;
    try {
      return eventBody(event, keys, associatedData);
    } catch (error) {
      this.#queue.noteRefusal();
      throw error;
    }
  }

  #health(): FileAuditSinkHealth {
    const { durability, onCheckpoint, isEndKnown } = this.#settings;
    return {
      state: this.#closing === undefined ? this.#queue.state : "closed",
      durability,
      truncationDetection: onCheckpoint !== undefined && isEndKnown ? "checkpoint" : "none",
      entry: this.#log.head.entry,
      file: this.#log.file.name,
      ...this.#queue.counts,
      lastCheckpoint: this.#checkpoints?.last,
      checkpointFailure: this.#checkpoints?.failure,
    };
  }

  async #close(): Promise<void> {
    await this.#queue.idle();
    const [sealed] = await Promise.allSettled([this.#checkpoints?.sealLast()]);
    await this.#queue.idle();
    await this.#letGo();
    if (sealed.status === "rejected") throw sealed.reason;
  }

  async #letGo(): Promise<void> {
    // A write that the disk still holds could land behind the next sink's lines: file and lock stay until it answers.
    const { answer } = this.#queue;
    if (answer !== undefined) {
      answer.then(() => this.#release()).catch(() => undefined); // told already: close has failed
      throw unreleased("its disk has not answered an earlier write yet");
    }
    const { timeoutMs, clock } = this.#settings;
    const released = await within(this.#release(), timeoutMs, clock);
    if (released === overdue) throw unreleased(`its disk has not answered for ${timeoutMs} ms`);
  }

  async #release(): Promise<void> {
    const [closed] = await Promise.allSettled([this.#log.close()]);
    await this.#lock.release();
    if (closed.status === "rejected") throw diskError("Closing the audit log", closed.reason);
  }
}

const unreleased = (found: string): KmsError =>
  new KmsError(
    "UNAVAILABLE",
    `Cannot close the audit log: ${found}. Look at the disk; file and lock are let go once it answers.`,
  );
