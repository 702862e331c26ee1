import type { Awaitable, CryptoOperation, Operation, StringMap } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { checkRestriction } from "../keys/action-configuration.ts";
import { checkPolicy, type PolicyQuestion } from "../keys/policy.ts";
import { writeIntent, writeOutcome } from "./audit.ts";
import { Interruption } from "./call.ts";
import { interrupted, toKmsError } from "./failure.ts";
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
 * restriction, `authorize`, then the row's own work, then the audit outcome. Arguments were read before.
 */
export function perform<T extends Task, I, R>(row: Row<T, I, R> | LaterRow<T, I, R>, task: T, input: I): Promise<R> {
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

async function run<T extends Task, I, R>(row: Row<T, I, R>, task: T, input: I): Promise<R> {
  const { audit } = task.instance;
  try {
    check(row, task, input);
    const intent = writeIntent(audit, task);
    if (intent !== undefined) await intent;
    let result: R;
    try {
      const allowed = allow(row, task, input);
      if (allowed !== undefined) await allowed;
      const working = row.work(task, input);
      result = working instanceof Promise ? await working : working;
    } catch (cause) {
      const failure = toKmsError(cause, {
        operation: task.operation,
        provider: task.provider,
        keyId: task.keyId,
        mutates: row.mutates,
      });
      if (failure.code === "DECRYPTION_FAILED") task.noteDiagnostic(cause);
      const outcome = writeOutcome(audit, task, failure);
      if (outcome !== undefined) await outcome;
      throw failure;
    }
    const outcome = writeOutcome(audit, task, undefined);
    if (outcome !== undefined) await outcome;
    return result;
  } finally {
    task.call.dispose();
  }
}

function check<T extends Task, I>(row: Row<T, I, unknown>, task: T, input: I): void {
  try {
    row.check?.(task, input);
  } catch (cause) {
    throw toKmsError(cause, { operation: task.operation, provider: task.provider, keyId: task.keyId, mutates: false });
  }
}

/** Today's policy, then the handle's restriction, then the application's `authorize`. */
function allow<T extends Task, I>(row: Row<T, I, unknown>, task: T, input: I): void | Promise<void> {
  const { instance, call } = task;
  if (row.mutates && instance.time.leapt) {
    throw new KmsError(
      "CONFLICT",
      "The wall clock leapt by a day or more, so changes are refused. Check the clock, then call acknowledgeClock.",
    );
  }
  if (row.question !== undefined) checkPolicy(instance.policy, row.question(task, input), call.now);
  if (task instanceof KeyTask && task.key.claims.restriction !== undefined) restrict(row, task);
  return authorized(task);
}

function restrict(row: Row<never, never, unknown>, task: KeyTask): void {
  const { restriction } = task.key.claims;
  if (restriction === undefined || row.effect === "read") return;
  if (row.effect !== "manage") {
    return checkRestriction(
      restriction,
      row.operation as CryptoOperation,
      task.entries?.map ?? noEntries,
      task.call.now,
    );
  }
  throw new KmsError(
    "POLICY_VIOLATION",
    `A restricted handle only uses its key; ${row.operation} needs the handle that was restricted.`,
  );
}

/** Asks the application. `PERMISSION_DENIED` when its `authorize` throws. */
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
    return answer === undefined
      ? undefined
      : task.call.within(Promise.resolve(answer)).catch((cause: unknown) => deny(cause, task));
  } catch (cause) {
    deny(cause, task);
  }
}

function deny(cause: unknown, task: Task): never {
  if (cause instanceof Interruption) throw interrupted(cause);
  throw new KmsError("PERMISSION_DENIED", `The application's authorize denied ${task.operation}.`, { cause });
}
