import type { KeyHandle } from "../../contract/key.ts";
import type { Algorithm, Awaitable, Operation } from "../../contract/words.ts";
import type { CallerEntries } from "../../encoding/associated-data.ts";
import { KmsError } from "../../errors.ts";
import { readSettings } from "../arguments.ts";
import { amended } from "../failure.ts";
import { boundKey } from "../handles.ts";
import type { Caller } from "../instance.ts";
import { perform, type LaterRow, type Row } from "../pipeline.ts";
import { KeyTask, Task } from "../task.ts";

/** Reads arguments synchronously and starts the work; whatever is wrong comes as a rejection that names the operation. */
export function begin<R>(caller: Caller, operation: Operation, start: () => Awaitable<R>): Promise<R> {
  try {
    return Promise.resolve(beginNow(caller, operation, start));
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The same without a promise where nothing waits: then what is wrong is thrown. */
export function beginNow<R>(caller: Caller, operation: Operation, start: () => Awaitable<R>): Awaitable<R> {
  try {
    caller.instance.assertOpen();
    return start();
  } catch (error) {
    throw named(error, operation);
  }
}

/** The same failure, naming the operation if it did not yet. Whatever else was thrown, an argument threw when it was read. */
export function named(error: unknown, operation: Operation): KmsError {
  if (!KmsError.isInstance(error)) {
    const message = "An argument could not be read: a getter or proxy of it threw. Give plain values.";
    return new KmsError("INVALID_ARGUMENT", message, { operation, cause: error });
  }
  return error.operation === undefined ? amended(error, { operation }) : error;
}

/** A row answers a handle of the algorithm it was given; the wide type of the table does not say so. */
export const handleOf = <A extends Algorithm>(made: Awaitable<KeyHandle>): Awaitable<KeyHandle<A>> =>
  made as Awaitable<KeyHandle<A>>;

/** What an operation on a key was given; `extra` names the options that are its own. */
export interface KeyArguments<I> {
  readonly key: unknown;
  readonly input: I;
  readonly options: unknown;
  readonly extra?: readonly string[] | undefined;
  readonly entries?: CallerEntries | undefined;
  /** For the record, where it does not stand in the options. */
  readonly reason?: string | undefined;
  /** The version that the caller names. */
  readonly version?: string | undefined;
}

/** Takes an operation on a key through the pipeline. */
export function onKey<I, R>(
  caller: Caller,
  row: Row<KeyTask, I, R> | LaterRow<KeyTask, I, R>,
  given: KeyArguments<I>,
): Awaitable<R> {
  const { instance } = caller;
  const settings = readSettings(given.options, row.operation, instance.timeoutMs, given.extra);
  const task = new KeyTask(caller, row.operation, boundKey(instance, given.key), settings);
  task.entries = given.entries;
  task.version = given.version;
  task.reason ??= given.reason;
  return perform(row, task, given.input);
}

/** What an operation on a provider was given. */
export interface ProviderArguments<I> {
  readonly provider: unknown;
  readonly input: I;
  readonly options: unknown;
  /** The algorithm that the caller names. */
  readonly algorithm?: Algorithm | undefined;
}

/** Takes an operation on a provider through the pipeline. */
export function atProvider<I, R>(
  caller: Caller,
  row: Row<Task, I, R> | LaterRow<Task, I, R>,
  given: ProviderArguments<I>,
): Awaitable<R> {
  const { instance } = caller;
  const settings = readSettings(given.options, row.operation, instance.timeoutMs);
  const task = new Task(caller, row.operation, instance.provider(given.provider), settings);
  task.algorithm = given.algorithm;
  return perform(row, task, given.input);
}
