import { KmsError, systemClock, type Clock, type Sealer } from "@kms/core";
import type { CheckpointKeeper } from "./checkpoints.ts";
import type { AssociatedDataForm } from "./event-body.ts";
import { readKey } from "./key.ts";
import type { Durability } from "./log-writer.ts";
import type { LogKeys } from "./primitives.ts";

/** What `fileAuditSink` takes. */
export interface FileAuditSinkOptions {
  /** Where the files stand; made, for its owner alone, where it is missing. Its parent must be there, and readable where the directory is made. For one sink at a time. */
  readonly directory: string;
  /** At least 32 random bytes, read once. Whoever has it can write a log that verifies; it does not belong beside the log. */
  readonly key: Uint8Array;
  /** Default "fsync": a line counts when the disk has it. "write": when the operating system has it; a power cut may lose the newest lines, the end of the process does not. */
  readonly durability?: Durability | undefined;
  /** Default "hmac": the values of associated data stand as keyed HMACs (`fingerprintAssociatedData`). "clear": as they are. */
  readonly associatedData?: AssociatedDataForm | undefined;
  /** Default 64 MiB, 4 KiB to 1 TiB. A file that has come so far takes no further batch of lines; it may be longer by one, which is at most as long again and at most about 1 MiB. */
  readonly maximumFileBytes?: number | undefined;
  /** Default none; 1 s to 10 years. A file that old takes no further batch. Looked at when something is written. */
  readonly maximumFileAgeMs?: number | undefined;
  /** Default 5,000; 1 to 600,000. How long a write may wait for the disk, and a checkpoint for sealer and keeper. */
  readonly timeoutMs?: number | undefined;
  /** Default 16 MiB; 1 MiB to 1 GiB. Events waiting for the disk, in bytes; further ones are refused. */
  readonly maximumQueueBytes?: number | undefined;
  /** Seals checkpoints. Without one there are none, and cutting off the end of the log goes unnoticed. */
  readonly sealer?: Sealer | undefined;
  /** Default 1,000 lines, at least 10: how many lines a checkpoint may be behind. */
  readonly checkpointEvery?: number | undefined;
  /** Gets every checkpoint, to be kept where the writer of the log cannot change it. Without it the end can be cut off together with the checkpoint in it. */
  readonly onCheckpoint?: CheckpointKeeper | undefined;
  /** The last checkpoint kept, at every opening but the first: one of a log that does not reach it is refused. A log opened without it may have lost its end before, and the next checkpoint covers that: `health()` says `truncationDetection: "none"` until an opening with it. Needs `sealer`. */
  readonly lastCheckpoint?: string | undefined;
  /** For dates and waiting; default the system's. */
  readonly clock?: Clock | undefined;
}

/** The same, checked and complete. */
export interface SinkSettings {
  readonly directory: string;
  readonly keys: LogKeys;
  readonly durability: Durability;
  readonly associatedData: AssociatedDataForm;
  readonly maximumFileBytes: number;
  readonly maximumFileAgeMs: number;
  readonly timeoutMs: number;
  readonly maximumQueueBytes: number;
  readonly checkpointEvery: number;
  readonly sealer: Sealer | undefined;
  readonly onCheckpoint: CheckpointKeeper | undefined;
  readonly lastCheckpoint: string | undefined;
  readonly clock: Clock;
}

const mebibyte = 1_048_576;
const yearMs = 31_536_000_000;

/** The limits of each number: its least, its greatest, and what stands for nothing said. */
const limits = {
  maximumFileBytes: [4_096, mebibyte * mebibyte, 64 * mebibyte],
  maximumFileAgeMs: [1_000, 10 * yearMs, Number.POSITIVE_INFINITY],
  timeoutMs: [1, 600_000, 5_000],
  maximumQueueBytes: [mebibyte, 1_024 * mebibyte, 16 * mebibyte],
  checkpointEvery: [10, Number.MAX_SAFE_INTEGER, 1_000],
} as const satisfies Record<string, readonly [number, number, number]>;

const names: ReadonlySet<string> = new Set([
  ...Object.keys(limits),
  "directory",
  "key",
  "durability",
  "associatedData",
  "sealer",
  "onCheckpoint",
  "lastCheckpoint",
  "clock",
]);

/** Options, read once and checked. `INVALID_ARGUMENT` for what they cannot be, a misspelt name included. */
export function readOptions(options: FileAuditSinkOptions): SinkSettings {
  const unknown = Object.keys(options).find((name) => !names.has(name));
  if (unknown !== undefined) throw invalid(`there is no option "${unknown}"`);
  const { directory, sealer, onCheckpoint, lastCheckpoint } = options;
  if (typeof directory !== "string" || directory === "" || directory.includes("\0")) {
    throw invalid("directory is no path");
  }
  if (sealer === undefined && (onCheckpoint !== undefined || lastCheckpoint !== undefined)) {
    throw invalid("onCheckpoint and lastCheckpoint need a sealer");
  }
  return {
    directory,
    keys: readKey(options.key),
    durability: oneOf("durability", ["fsync", "write"], options.durability),
    associatedData: oneOf("associatedData", ["hmac", "clear"], options.associatedData),
    maximumFileBytes: readNumber(options, "maximumFileBytes"),
    maximumFileAgeMs: readNumber(options, "maximumFileAgeMs"),
    timeoutMs: readNumber(options, "timeoutMs"),
    maximumQueueBytes: readNumber(options, "maximumQueueBytes"),
    checkpointEvery: readNumber(options, "checkpointEvery"),
    sealer,
    onCheckpoint,
    lastCheckpoint,
    clock: options.clock ?? systemClock(),
  };
}

function readNumber(options: FileAuditSinkOptions, name: keyof typeof limits): number {
  const value: unknown = options[name];
  const [least, greatest, standard] = limits[name];
  if (value === undefined) return standard;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= greatest) return value;
  throw invalid(`${name} is a whole number from ${least} to ${greatest}`);
}

function oneOf<T extends string>(name: string, words: readonly [T, ...T[]], value: unknown): T {
  if (value === undefined) return words[0];
  const found = words.find((word) => word === value);
  if (found === undefined) throw invalid(`${name} is ${words.join(" or ")}`);
  return found;
}

const invalid = (found: string): KmsError =>
  new KmsError("INVALID_ARGUMENT", `Cannot open an audit log: ${found}. Correct the options of fileAuditSink.`);
