import { KmsError, type Sealer } from "@kms/core";
import { basename } from "node:path";
import { walkChain, type BadAuditEntry, type CheckpointClaims, type Walk } from "./chain-walk.ts";
import { openCheckpoint } from "./checkpoints.ts";
import { nodeDisk } from "./disk.ts";
import { fileIn, fileName, fileNumbers, type NumberedFile } from "./file-names.ts";
import { readKey } from "./key.ts";

/** What `verifyAuditLog` takes: the directory of a log, or its files in their order. */
export interface VerifyAuditLogOptions {
  readonly directory?: string | undefined;
  /** Paths, in place of `directory`. */
  readonly files?: readonly string[] | undefined;
  /** The key that the log was written under. */
  readonly key: Uint8Array;
  /** Opens `lastCheckpoint`. */
  readonly sealer?: Sealer | undefined;
  /** A checkpoint kept elsewhere, the newest best: the log must reach it and agree with it. Needs `sealer`. */
  readonly lastCheckpoint?: string | undefined;
  /** Default 1. Files before this number were taken away on purpose: what the header of this one says of them is believed. */
  readonly firstFile?: number | undefined;
}

/** What verification found. */
export interface AuditLogReport {
  readonly ok: boolean;
  /** Events that verified, up to the first bad line. */
  readonly entries: number;
  /** Files whose header verified. */
  readonly files: number;
  readonly firstBad?: BadAuditEntry | undefined;
  /** `none`: no checkpoint was given, so that a missing end goes unnoticed. `checkpoint`: one that is missing before it is found. */
  readonly truncationDetection: "checkpoint" | "none";
}

/**
 * Follows the chain of a log from its first line to its last, and names the first line that is not as it was written.
 * Reads as a stream: one line of at most 256 KiB in memory. Of a log in use, the newest line may be read half written:
 * `torn`. Not found: lines cut off after `lastCheckpoint`, and what a holder of the key wrote.
 * `INVALID_ARGUMENT` for malformed options, `TAMPERED` for a checkpoint that the sealer did not seal or a file that is no
 * regular one, `NOT_FOUND`, `PERMISSION_DENIED` and `UNAVAILABLE` as the file system says.
 */
export async function verifyAuditLog(options: VerifyAuditLogOptions): Promise<AuditLogReport> {
  const { sealer, lastCheckpoint, firstFile = 1 } = options;
  if (!Number.isSafeInteger(firstFile) || firstFile < 1) throw invalid("firstFile is the number of a file, from 1");
  const keys = readKey(options.key);
  const checkpoint = await readCheckpoint(sealer, lastCheckpoint);
  if (checkpoint !== undefined && checkpoint.file < firstFile) throw invalid("the checkpoint is of an earlier file");
  const { files, missing } = cutAtGap(await findFiles(options, firstFile), firstFile);
  const walk = await walkChain({ disk: nodeDisk, keys, files, fromGenesis: firstFile === 1, checkpoint });
  return report(walk, missing, checkpoint);
}

function report(walk: Walk, missing: string | undefined, checkpoint: CheckpointClaims | undefined): AuditLogReport {
  const gap: BadAuditEntry | undefined =
    missing === undefined ? undefined : { file: missing, line: 1, reason: "removed" };
  // Behind a gap more files follow: the log does not end there.
  const found = gap !== undefined && walk.firstBad?.reason === "truncated" ? gap : (walk.firstBad ?? gap);
  return {
    ok: found === undefined,
    entries: walk.events,
    files: walk.files,
    ...(found === undefined ? {} : { firstBad: found }),
    truncationDetection: checkpoint === undefined ? "none" : "checkpoint",
  };
}

async function readCheckpoint(
  sealer: Sealer | undefined,
  token: string | undefined,
): Promise<CheckpointClaims | undefined> {
  if (token === undefined) return undefined;
  if (sealer === undefined) throw invalid("lastCheckpoint needs a sealer that opens it");
  return openCheckpoint(sealer, token);
}

async function findFiles(options: VerifyAuditLogOptions, firstFile: number): Promise<readonly NumberedFile[]> {
  const { directory, files } = options;
  if ((directory === undefined) === (files === undefined)) throw invalid("pass either directory or files");
  if (files !== undefined) {
    return files.map((path, index) => ({ number: firstFile + index, name: basename(path), path }));
  }
  const place = directory ?? "";
  const numbers = fileNumbers(await nodeDisk.list(place));
  return numbers.filter((number) => number >= firstFile).map((number) => fileIn(place, number));
}

/** The files up to the first number that is missing; a log without any file misses its first one. */
function cutAtGap(
  files: readonly NumberedFile[],
  firstFile: number,
): { readonly files: readonly NumberedFile[]; readonly missing: string | undefined } {
  const gap = files.findIndex(({ number }, index) => number !== firstFile + index);
  if (gap < 0 && files.length > 0) return { files, missing: undefined };
  const present = files.slice(0, Math.max(gap, 0));
  return { files: present, missing: fileName(firstFile + present.length) };
}

const invalid = (found: string): KmsError =>
  new KmsError("INVALID_ARGUMENT", `Cannot verify an audit log: ${found}. Correct the options of verifyAuditLog.`);
