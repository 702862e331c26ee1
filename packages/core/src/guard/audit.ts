import type { AuditEvent, AuditSink } from "../contract/options.ts";
import type { Algorithm, KmsErrorCode, Operation, Outcome, StringMap } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { Interruption } from "./call.ts";
import { interrupted } from "./failure.ts";
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
    this.keyId = task.keyId ?? failure?.keyId; // a key that was made, where the call then failed
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
  const now = instance.time.later();
  return began !== undefined && now === call.now ? began : new Date(now);
}

/** How long the sink has to write an outcome, whatever became of the call: 10 seconds. */
const outcomeMs = 10_000;

/**
 * Writes the intent within the call. A sink that cannot refuses the call: `AUDIT_FAILED`, and nothing has happened. Where the
 * call ends first, the outcome follows the intent once that is written (`task.late`): it may be on the record.
 */
export function writeIntent(sink: AuditSink | undefined, task: Task): void | Promise<void> {
  if (sink === undefined) return;
  try {
    const written = sink.write(new RecordedEvent("intent", task, undefined));
    if (written === undefined) return;
    return task.call.within(Promise.resolve(written)).catch((cause: unknown) => {
      if (!(cause instanceof Interruption)) throw auditFailed(cause, task, "none");
      const failure = interrupted(cause);
      task.late = bounded(task, written).then(() => writeOutcome(sink, task, failure));
      throw failure;
    });
  } catch (cause) {
    throw auditFailed(cause, task, "none");
  }
}

/** Writes the outcome. A sink that cannot, or not in 10 seconds, answers `AUDIT_FAILED` with what happened; it is not undone. */
export function writeOutcome(
  sink: AuditSink | undefined,
  task: Task,
  failure: KmsError | undefined,
): void | Promise<void> {
  if (sink === undefined) return;
  const outcome = failure === undefined ? "done" : failure.outcome;
  try {
    const written = sink.write(new RecordedEvent("outcome", task, failure));
    if (written === undefined) return;
    return bounded(task, written).catch((cause: unknown) => {
      throw auditFailed(cause, task, outcome);
    });
  } catch (cause) {
    throw auditFailed(cause, task, outcome);
  }
}

// Not within the call: what ended a call must not keep its outcome from the record.
function bounded(task: Task, written: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`not written within ${outcomeMs} ms`));
    const { time } = task.instance;
    const stop = time.alarm(time.elapsed() + outcomeMs, late);
    Promise.resolve(written).finally(stop).then(resolve, reject);
  });
}

function auditFailed(cause: unknown, task: Task, outcome: Outcome): KmsError {
  const happened =
    outcome === "none" ? "The operation was not begun or changed nothing." : `The operation itself is ${outcome}.`;
  return new KmsError(
    "AUDIT_FAILED",
    `The audit sink could not write an event of ${task.operation}. ${happened} Restore the sink before going on.`,
    { operation: task.operation, provider: task.provider.name, keyId: task.keyId, outcome, cause },
  );
}
