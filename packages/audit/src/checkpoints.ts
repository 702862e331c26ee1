import { KmsError, type Clock, type Json, type Sealer } from "@kms/core";
import type { CheckpointClaims } from "./chain-walk.ts";
import { quoted } from "./event-body.ts";
import type { CommitQueue } from "./commit-queue.ts";
import type { LogWriter } from "./log-writer.ts";
import { overdue, within } from "./within.ts";

/** Where the last checkpoint goes, so that it is not lost with the log. */
export type CheckpointKeeper = (token: string) => void | Promise<void>;

/** What checkpoints are made with. */
export interface CheckpointSettings {
  readonly sealer: Sealer;
  /** How many lines one may be behind. */
  readonly every: number;
  readonly keep: CheckpointKeeper | undefined;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** The last checkpoint that was sealed and, where there is a keeper, kept. */
export interface LastCheckpoint {
  readonly token: string;
  /** The number of the last line that it vouches for. */
  readonly entry: number;
}

/** Seals how far the log has come, every so many lines: beside the writing, never in its way. */
export class Checkpoints {
  readonly #settings: CheckpointSettings;
  readonly #log: LogWriter;
  readonly #queue: CommitQueue;
  #last: LastCheckpoint | undefined;
  #failure: KmsError | undefined;
  #sealing: Promise<void> | undefined;
  // A log that is gone on with may have come far since the last one: its first batch shows.
  #attemptedAt = 0;

  constructor(settings: CheckpointSettings, log: LogWriter, queue: CommitQueue) {
    this.#settings = settings;
    this.#log = log;
    this.#queue = queue;
  }

  get last(): LastCheckpoint | undefined {
    return this.#last;
  }

  /** Why the last attempt came to nothing. */
  get failure(): KmsError | undefined {
    return this.#failure;
  }

  /** Looks whether a checkpoint is due. One that fails is tried again after as many lines. */
  afterCommit(): void {
    if (this.#sealing !== undefined || this.#log.head.entry - this.#attemptedAt < this.#settings.every) return;
    // Its failure is told by `failure`; writing goes on.
    this.seal().catch(() => undefined);
  }

  /** Seals one now; shares one under way. Rejects where sealing or keeping fails or takes longer than `timeoutMs`. */
  seal(): Promise<void> {
    this.#sealing ??= this.#attempt().finally(() => {
      this.#sealing = undefined;
    });
    return this.#sealing;
  }

  /** Seals one behind everything written, unless the last one stands there. Nothing may be written meanwhile. */
  async sealLast(): Promise<void> {
    await this.#sealing?.catch(() => undefined); // what it did not cover is covered now
    // The line of a checkpoint needs no other.
    if (this.#last === undefined || this.#log.head.entry > this.#last.entry + 1) await this.seal();
  }

  async #attempt(): Promise<void> {
    const { timeoutMs, clock } = this.#settings;
    const stop = new AbortController();
    this.#attemptedAt = this.#log.head.entry;
    try {
      const done = await within(this.#sealAndKeep(stop.signal), timeoutMs, clock);
      if (done === overdue) throw new Error(`not done after ${timeoutMs} ms`);
      this.#failure = undefined;
    } catch (cause) {
      this.#failure = new KmsError(
        "AUDIT_FAILED",
        "A checkpoint of the audit log could not be sealed and kept. Look at sealer and onCheckpoint; the log itself goes on.",
        { cause },
      );
      throw this.#failure;
    } finally {
      stop.abort();
    }
  }

  async #sealAndKeep(signal: AbortSignal): Promise<void> {
    const { sealer, keep, clock } = this.#settings;
    const { entry, mac } = this.#log.head;
    const { chain, file } = this.#log;
    const at = new Date(clock.now()).toISOString();
    const token = await sealer.seal("audit-checkpoint", { at, chain, entry, file: file.number, mac }, signal);
    // A late one is not heard: kept now, it would take the place of a newer one, which vouches for more.
    signal.throwIfAborted();
    await keep?.(token);
    if (this.#last === undefined || entry > this.#last.entry) this.#last = { token, entry };
    signal.throwIfAborted();
    await this.#queue.write({ kind: "checkpoint", body: `{"token":${quoted(token)}}` });
  }
}

/** What a checkpoint vouches for. `TAMPERED` for a token that the sealer did not seal as one. */
export async function openCheckpoint(sealer: Sealer, token: string): Promise<CheckpointClaims> {
  const claims: Json = await sealer.open("audit-checkpoint", token);
  const { chain, entry, file, mac } = (typeof claims === "object" && claims !== null ? claims : {}) as Partial<
    Record<string, Json>
  >;
  if (typeof chain !== "string" || typeof mac !== "string" || !isCount(entry) || !isCount(file)) {
    throw new KmsError(
      "TAMPERED",
      "Cannot use a checkpoint: its claims are none of an audit log. Pass what onCheckpoint was given.",
    );
  }
  return { chain, entry, file, mac };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;
