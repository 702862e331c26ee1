/** The door: the sink, and the verifier of what it wrote. */
export { fileAuditSink, type FileAuditSink, type FileAuditSinkHealth } from "./file-audit-sink.ts";
export type { FileAuditSinkOptions } from "./options.ts";
export type { AssociatedDataForm } from "./event-body.ts";
export type { CheckpointKeeper, LastCheckpoint } from "./checkpoints.ts";
export type { Durability } from "./log-writer.ts";
export type { QueueState } from "./commit-queue.ts";
export { verifyAuditLog, type AuditLogReport, type VerifyAuditLogOptions } from "./verify-audit-log.ts";
export type { AuditLogFault, BadAuditEntry } from "./chain-walk.ts";
export { fingerprintAssociatedData, type FingerprintRequest } from "./key.ts";
