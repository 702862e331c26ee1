import type { Awaitable, CryptoOperation, Operation, StringMap } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { checkRestriction } from "../keys/action-configuration.ts";
import { checkPolicy, type PolicyQuestion } from "../keys/policy.ts";
import { writeIntent, writeOutcome } from "./audit.ts";
import { Interruption } from "./call.ts";
import { interrupted } from "./failure.ts";
import { isPromised } from "./promised.ts";
import { KeyTask, type Task } from "./task.ts";
import { isTraced, traced } from "./trace.ts";

/** One operation: what is checked, done and answered. The table of all rows is `guard/operations`. */
export interface Row<T extends Task, I, R> {
  readonly operation: Operation;
  /** protect, process: uses of a key. manage: changes a key. read: tells about one. */
  readonly effect: "protect" | "process" | "manage" | "read";
  /** The provider may be changed: `outcome` counts, and nothing is repeated. */
  readonly mutates: boolean;
  /** Refusals that leave no audit event: purpose, capability, limits. */
  readonly check?: ((task: T, input: I) => void) | undefined;
  /** What policy is asked; without it, nothing. */
  readonly question?: ((task: T, input: I) => PolicyQuestion) | undefined;
  /** Version, driver, and comparing what the answer names. Synchronous where the driver is. */
  readonly work: (task: T, input: I) => Awaitable<R>;
}

/** A row whose file is loaded when the operation is first called: what few calls need, no import of this package costs. */
export interface LaterRow<T extends Task, I, R> {
  readonly operation: Operation;
  readonly load: () => Promise<Row<T, I, R>>;
  /** What `load` answered: importing a module again costs as much as an encryption. */
  loaded?: Row<T, I, R> | undefined;
}

const noEntries: StringMap = Object.freeze(Object.create(null) as Record<string, string>);

/**
 * Every operation goes through here, in the order of `design` §3.1: checks without an event, audit intent, policy,
 * restriction, `authorize`, then the row's own work, then the audit outcome. Arguments were read before. Where none of these
 * waits, the answer is there at once, and what fails is thrown.
 */
export function perform<T extends Task, I, R>(row: Row<T, I, R> | LaterRow<T, I, R>, task: T, input: I): Awaitable<R> {
  if ("load" in row) {
    if (row.loaded !== undefined) return perform(row.loaded, task, input);
    return row.load().then((loaded) => {
      row.loaded = loaded;
      task.instance.assertOpen();
      return perform(loaded, task, input);
    });
  }
  return isTraced() ? traced(task, () => run(row, task, input)) : run(row, task, input);
}

function run<T extends Task, I, R>(row: Row<T, I, R>, task: T, input: I): Awaitable<R> {
  check(row, task, input);
  const intent = writeIntent(task.instance.audit, task);
  if (intent === undefined) return recorded(row, task, input);
  return intent.then(
    () => recorded(row, task, input),
    (cause: unknown) => {
      task.end();
      throw cause;
    },
  );
}

/** What is done once the intent stands in the record: its outcome will stand there too. */
function recorded<T extends Task, I, R>(row: Row<T, I, R>, task: T, input: I): Awaitable<R> {
  let working: Awaitable<R>;
  try {
    const allowed = allow(row, task, input);
    working = allowed === undefined ? row.work(task, input) : allowed.then(() => row.work(task, input));
  } catch (cause) {
    return failed(row, task, cause);
  }
  if (!isPromised(working)) return succeeded(task, working);
  return working.then(
    (result) => succeeded(task, result),
    (cause: unknown) => failed(row, task, cause),
  );
}

function succeeded<R>(task: Task, result: R): Awaitable<R> {
  const concluded = conclude(task, undefined);
  return concluded === undefined ? result : concluded.then(() => result);
}

/** Throws at once what failed at once. */
function failed<T extends Task>({ mutates }: Row<T, never, unknown>, task: T, cause: unknown): Promise<never> {
  const failure = task.failureOf(cause, mutates);
  const concluded = conclude(task, failure);
  if (concluded === undefined) throw failure;
  return concluded.then(() => {
    throw failure;
  });
}

/** Writes the outcome, then gives back what the call held, also where the sink fails. */
function conclude(task: Task, failure: KmsError | undefined): void | Promise<void> {
  const { call, instance } = task;
  let written: void | Promise<void> = undefined;
  try {
    written = writeOutcome(instance.audit, task, failure);
  } finally {
    if (written === undefined) call.dispose();
  }
  return written?.finally(() => call.dispose());
}

function check<T extends Task, I>(row: Row<T, I, unknown>, task: T, input: I): void {
  try {
    row.check?.(task, input);
  } catch (cause) {
    throw task.failureOf(cause, false);
  }
}

/** Today's policy, then the handle's restriction, then the application's `authorize`. */
function allow<T extends Task, I>(row: Row<T, I, unknown>, task: T, input: I): void | Promise<void> {
  const { instance } = task;
  if (row.mutates && instance.time.leapt) {
    throw new KmsError(
      "CONFLICT",
      "The wall clock leapt by a day or more, so changes are refused. Check the clock, then call acknowledgeClock.",
    );
  }
  if (row.question !== undefined) checkPolicy(instance.policy, row.question(task, input), task.now);
  if (task instanceof KeyTask && task.key.claims.restriction !== undefined) restrict(row, task);
  return authorized(task);
}

function restrict(row: Row<never, never, unknown>, task: KeyTask): void {
  const { restriction } = task.key.claims;
  if (restriction === undefined || row.effect === "read") return;
  if (row.effect !== "manage") {
    return checkRestriction(restriction, row.operation as CryptoOperation, task.entries?.map ?? noEntries, task.now);
  }
  throw new KmsError(
    "POLICY_VIOLATION",
    `A restricted handle only uses its key; ${row.operation} needs the handle that was restricted.`,
  );
}

/** Asks the application. `PERMISSION_DENIED` when its `authorize` throws, or answers `false`: no program means that as consent. */
export function authorized(task: Task): void | Promise<void> {
  const { authorize } = task.instance;
  if (authorize === undefined) return;
  const { actor, operation, keyId } = task;
  try {
    const answer = authorize(
      Object.freeze({
        actor,
        operation,
        provider: task.provider.name,
        keyId,
        associatedData: task.entries?.map ?? noEntries,
      }),
    );
    if (answer === undefined) return undefined;
    return task.call.within(Promise.resolve(answer).then(assertAllowed)).catch((cause: unknown) => deny(cause, task));
  } catch (cause) {
    deny(cause, task);
  }
}

function assertAllowed(answer: unknown): void {
  if (answer === false) throw new TypeError("authorize answered false. It is asked to throw, and to say why.");
}

function deny(cause: unknown, task: Task): never {
  if (cause instanceof Interruption) throw interrupted(cause);
  throw new KmsError("PERMISSION_DENIED", `The application's authorize denied ${task.operation}.`, { cause });
}
