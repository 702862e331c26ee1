import { tracingChannel } from "node:diagnostics_channel";
import type { Algorithm, KmsErrorCode, Operation } from "../contract/words.ts";
import { KmsError } from "../errors.ts";

/** What listeners of the tracing channel `kms:operation` see: never bytes, tokens or associated data. */
export interface TracedOperation {
  readonly operation: Operation;
  readonly provider: string;
  readonly keyId: string | undefined;
  readonly algorithm: Algorithm | undefined;
  /** Set when the operation ended in an error. */
  code?: KmsErrorCode | undefined;
}

const channel = tracingChannel<TracedOperation>("kms:operation");

/** Somebody listens. */
export const isTraced = (): boolean => channel.hasSubscribers;

/** Runs an operation with `start`, `end`, `error` and `asyncEnd` published around it; results are never published. */
export async function traced<R>(context: TracedOperation, run: () => Promise<R>): Promise<R> {
  try {
    const running = channel.start.runStores(context, run);
    channel.end.publish(context);
    return await running;
  } catch (error) {
    context.code = KmsError.isInstance(error) ? error.code : "UNKNOWN";
    channel.error.publish(context);
    throw error;
  } finally {
    channel.asyncEnd.publish(context);
  }
}
