import type { AuditEvent, AuditSink } from "../contract/options.ts";
import type { Algorithm, KmsErrorCode, Operation, Outcome, StringMap } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import type { Task } from "./task.ts";

/** One event; a class, so that all have the same shape. */
class RecordedEvent implements AuditEvent {
  readonly at: Date;
  readonly phase: "intent" | "outcome";
  readonly actor: string | undefined;
  readonly operation: Operation;
  readonly provider: string;
  readonly keyId: string | undefined;
  readonly keyVersion: string | undefined;
  readonly algorithm: Algorithm | undefined;
  readonly code: KmsErrorCode | undefined;
  readonly outcome: Outcome | undefined;
  readonly requestId: string | undefined;
  readonly correlation: string;
  readonly reason: string | undefined;
  readonly associatedData: StringMap | undefined;
  readonly diagnostic: string | undefined;

  constructor(phase: "intent" | "outcome", task: Task, failure: KmsError | undefined) {
    this.at = dateOf(task, phase);
    this.phase = phase;
    this.actor = task.actor;
    this.operation = task.operation;
    this.provider = task.provider.name;
    this.keyId = task.keyId;
    this.keyVersion = task.version;
    this.algorithm = task.algorithm;
    this.code = failure?.code;
    this.outcome = phase === "intent" ? undefined : (failure?.outcome ?? "done");
    this.requestId = failure?.requestId;
    this.correlation = task.correlation;
    this.reason = task.reason;
    this.associatedData = task.entries?.map;
    this.diagnostic = task.diagnostic;
  }
}

/** The time of an event. Local work ends in the millisecond in which it began: then both events share one date. */
function dateOf(task: Task, phase: "intent" | "outcome"): Date {
  const { began, call, instance } = task;
  if (phase === "intent") return (task.began = new Date(call.now));
  const now = instance.time.now();
  return began !== undefined && now === call.now ? began : new Date(now);
}

/** Writes the intent. A sink that cannot refuses the call: `AUDIT_FAILED`, and nothing has happened. */
export function writeIntent(sink: AuditSink | undefined, task: Task): void | Promise<void> {
  if (sink === undefined) return;
  return guarded(() => sink.write(new RecordedEvent("intent", task, undefined)), task, "none");
}

/** Writes the outcome. A sink that cannot answers `AUDIT_FAILED` with what happened; it is not undone. */
export function writeOutcome(
  sink: AuditSink | undefined,
  task: Task,
  failure: KmsError | undefined,
): void | Promise<void> {
  if (sink === undefined) return;
  return guarded(
    () => sink.write(new RecordedEvent("outcome", task, failure)),
    task,
    failure === undefined ? "done" : failure.outcome,
  );
}

function guarded(write: () => void | Promise<void>, task: Task, outcome: Outcome): void | Promise<void> {
  try {
    const written = write();
    return written === undefined
      ? undefined
      : task.call.within(Promise.resolve(written)).catch((cause: unknown) => refuse(cause, task, outcome));
  } catch (cause) {
    refuse(cause, task, outcome);
  }
}

function refuse(cause: unknown, task: Task, outcome: Outcome): never {
  const happened =
    outcome === "none" ? "The operation was not begun or changed nothing." : `The operation itself is ${outcome}.`;
  throw new KmsError(
    "AUDIT_FAILED",
    `The audit sink could not write an event of ${task.operation}. ${happened} Restore the sink before going on.`,
    {
      operation: task.operation,
      provider: task.provider.name,
      keyId: task.keyId,
      outcome,
      cause,
    },
  );
}
