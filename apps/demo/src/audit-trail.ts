import { randomBytes } from "node:crypto";
import { fileAuditSink, verifyAuditLog, type AuditLogReport } from "@kms/audit";
import { memoryAuditSink, type AuditEvent, type AuditSink, type Clock, type Sealer } from "@kms/core";

/** What an instance recorded: in files that nobody edits unnoticed, and in memory, to be asked while the story goes on. */
export interface AuditTrail extends AuditSink {
  /** What was recorded, oldest first. */
  readonly events: () => readonly AuditEvent[];
  /** How many older events memory lost; the files have them. */
  readonly overwritten: () => number;
  /** Where the files stand. */
  readonly directory: string;
  /** Verifies the log in a directory under this trail's key: with the last checkpoint, which was kept elsewhere, or as if that had been lost. */
  readonly verify: (directory: string, checkpoint: "kept" | "lost") => Promise<AuditLogReport>;
}

/** What a trail is opened with. */
export interface AuditTrailOptions {
  /** Made where it is missing; its parent must be there. */
  readonly directory: string;
  /** Seals checkpoints. */
  readonly sealer: Sealer;
  readonly clock: Clock;
}

/** Begins a trail under a fresh key. An event counts once the files have it: where they do not take it, `Kms` refuses the call. */
export async function openAuditTrail({ directory, sealer, clock }: AuditTrailOptions): Promise<AuditTrail> {
  const key = randomBytes(32);
  // An application sends checkpoints to another machine; here they stay out of the folder that the log stands in.
  let lastCheckpoint: string | undefined;
  const onCheckpoint = (token: string): void => {
    lastCheckpoint = token;
  };
  const files = await fileAuditSink({ directory, key, sealer, onCheckpoint, clock });
  const memory = memoryAuditSink({ capacity: 100_000 });
  return Object.freeze({
    write: async (event: AuditEvent) => {
      await files.write(event);
      await memory.write(event);
    },
    close: () => files.close(),
    events: memory.events,
    overwritten: memory.overwritten,
    directory,
    verify: (place: string, checkpoint: "kept" | "lost") =>
      verifyAuditLog({ directory: place, key, ...(checkpoint === "kept" ? { sealer, lastCheckpoint } : {}) }),
  });
}
