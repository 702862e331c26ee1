import type { Operation } from "../../contract/words.ts";
import type { CallerEntries } from "../../encoding/associated-data.ts";
import { KmsError } from "../../errors.ts";
import { readSettings } from "../arguments.ts";
import { boundKey } from "../handles.ts";
import type { Instance } from "../instance.ts";
import { perform, type Row } from "../pipeline.ts";
import { KeyTask, Task } from "../task.ts";

/** On whose behalf methods act: an instance, and the actor of one `withActor` twin. */
export interface Caller {
  readonly instance: Instance;
  readonly actor: string | undefined;
}

/** Reads arguments synchronously and starts the work; whatever is wrong comes as a rejection that names the operation. */
export function begin<R>(caller: Caller, operation: Operation, start: () => Promise<R>): Promise<R> {
  try {
    caller.instance.assertOpen();
    return start();
  } catch (error) {
    return Promise.reject(named(error, operation));
  }
}

/** The same failure, naming the operation if it did not yet. */
export function named(error: unknown, operation: Operation): unknown {
  if (!KmsError.isInstance(error) || error.operation !== undefined) return error;
  const { code, message, provider, keyId, state, permission, retryAfterMs, outcome, requestId, cause } = error;
  return new KmsError(code, message, { operation, provider, keyId, state, permission, retryAfterMs, outcome, requestId, cause });
}

/** Takes an operation on a key through the pipeline. `extra`: the names of its own options. */
export function onKey<I, R>(
  caller: Caller,
  row: Row<KeyTask, I, R>,
  key: unknown,
  input: I,
  { options, extra, entries }: { readonly options: unknown; readonly extra?: readonly string[] | undefined; readonly entries?: CallerEntries | undefined },
): Promise<R> {
  const { instance, actor } = caller;
  const settings = readSettings(options, row.operation, instance.timeoutMs, extra);
  const task = new KeyTask(instance, actor, row.operation, boundKey(instance, key), settings);
  task.entries = entries;
  return perform(row, task, input);
}

/** Takes an operation on a provider through the pipeline. */
export function atProvider<I, R>(caller: Caller, row: Row<Task, I, R>, provider: unknown, input: I, options: unknown): Promise<R> {
  const { instance, actor } = caller;
  const settings = readSettings(options, row.operation, instance.timeoutMs);
  return perform(row, new Task(instance, actor, row.operation, instance.provider(provider), undefined, settings), input);
}
