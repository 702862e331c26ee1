import { tracingChannel } from "node:diagnostics_channel";
import type { Algorithm, Awaitable, KmsErrorCode, Operation } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import type { Task } from "./task.ts";

/** What listeners of the tracing channel `kms:operation` see: never bytes, tokens or associated data. */
export interface TracedOperation {
  readonly operation: Operation;
  readonly provider: string;
  /** Known at the end where the operation makes or finds the key. */
  keyId: string | undefined;
  algorithm: Algorithm | undefined;
  /** Set when the operation ended in an error. */
  code?: KmsErrorCode | undefined;
}

const channel = tracingChannel<TracedOperation>("kms:operation");

/** Somebody listens. */
export const isTraced = (): boolean => channel.hasSubscribers;

/** Runs an operation with the events of a tracing channel around it (`start`, `end`, `error`, `asyncStart`, `asyncEnd`); results are never published. */
export async function traced<R>(task: Task, run: () => Awaitable<R>): Promise<R> {
  const context = contextOf(task);
  try {
    const running = channel.start.runStores(context, async () => run());
    channel.end.publish(context);
    return await running;
  } catch (error) {
    publishError(context, error);
    throw error;
  } finally {
    publishEnd(context, task);
  }
}

/** The same around a list, from the first entry asked for to the last. */
export async function* tracedList<T>(task: Task, run: () => AsyncGenerator<T>): AsyncGenerator<T> {
  if (!isTraced()) {
    yield* run();
    return;
  }
  const context = contextOf(task);
  channel.start.publish(context);
  channel.end.publish(context);
  try {
    yield* run();
  } catch (error) {
    publishError(context, error);
    throw error;
  } finally {
    publishEnd(context, task);
  }
}

const contextOf = ({ operation, provider, keyId, algorithm }: Task): TracedOperation => ({
  operation,
  provider: provider.name,
  keyId,
  algorithm,
});

function publishError(context: TracedOperation, error: unknown): void {
  context.code = KmsError.isInstance(error) ? error.code : "UNKNOWN";
  channel.error.publish(context);
}

function publishEnd(context: TracedOperation, { keyId, algorithm }: Task): void {
  context.keyId = keyId;
  context.algorithm = algorithm;
  channel.asyncStart.publish(context);
  channel.asyncEnd.publish(context);
}
