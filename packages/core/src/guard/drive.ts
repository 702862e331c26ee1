import type { Awaitable, KmsErrorCode } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { Interruption, type GuardCall } from "./call.ts";
import { amended } from "./failure.ts";
import { isPromised } from "./promised.ts";
import type { Task } from "./task.ts";

/** What calling a driver does at the provider. */
export interface Effect {
  readonly mutates: boolean;
  /** Doing it twice does no harm: the one retry policy applies. */
  readonly repeatable: boolean;
}
/** Uses of a key, and reads. */
export const harmless: Effect = Object.freeze({ mutates: false, repeatable: true });
/** Changes: never retried, and a lost race is `outcome: "unknown"`. */
export const changing: Effect = Object.freeze({ mutates: true, repeatable: false });

const transient: ReadonlySet<KmsErrorCode> = new Set<KmsErrorCode>(["THROTTLED", "UNAVAILABLE", "CORRUPTED"]);
const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * Calls a driver within the limits of the instance: a place among the calls in flight, the deadline, the caller's signal,
 * and for what is safe to repeat the retry policy. A driver that answers synchronously costs none of these.
 */
export function drive<A>(task: Task, effect: Effect, work: (call: GuardCall) => Awaitable<A>): Awaitable<A> {
  const { limiter } = task.provider;
  if (effect.mutates) assertGoing(task);
  if (!limiter.tryEnter()) return enterAndTry({ task, effect, work, retries: 0 });
  let answer: Awaitable<A>;
  try {
    answer = work(task.call);
  } catch (cause) {
    limiter.leave();
    return again({ task, effect, work, retries: 0 }, task.failureOf(cause, effect.mutates));
  }
  if (isPromised(answer)) return finish({ task, effect, work, retries: 0 }, answer);
  limiter.leave();
  return answer;
}

/** A change is not begun for a call that has ended: before the first wait, nothing else looks. */
function assertGoing(task: Task): void {
  try {
    task.call.assertGoing();
  } catch (cause) {
    throw task.failureOf(cause, harmless.mutates);
  }
}

/** A call that was not answered at once, and how often it was tried again. */
interface Attempt<A> {
  readonly task: Task;
  readonly effect: Effect;
  readonly work: (call: GuardCall) => Awaitable<A>;
  readonly retries: number;
}

async function finish<A>(attempt: Attempt<A>, answer: Promise<A>): Promise<A> {
  const { task, effect } = attempt;
  let failure: KmsError;
  try {
    return await task.call.within(answer);
  } catch (cause) {
    if (effect.mutates && cause instanceof Interruption) return await endedChange(task, answer, cause);
    failure = task.failureOf(cause, effect.mutates);
  } finally {
    task.provider.limiter.leave();
  }
  return again(attempt, failure);
}

/** What became of a change that was ended from outside: its driver's last word, under the code of what ended it. Throws that. */
async function endedChange<A>(task: Task, answer: Promise<A>, cause: Interruption): Promise<A> {
  const last = await lastWord(answer);
  if (last?.status === "fulfilled") return last.value;
  const said: unknown = last?.reason;
  throw amended(task.failureOf(KmsError.isInstance(said) ? said : cause, true), { code: cause.code });
}

// Captured here: a test that fakes timers later does not hold up whoever waits for a change.
const nextTurn = setImmediate;
/** Turns of the event loop: the vendors' clients drop what they do at once when they are told to. */
const lastTurns = 3;

/**
 * What a driver says of a change that was ended from outside: it alone may know the key that it made, or by what to find
 * it. Undefined where it says nothing in the moment that it is given.
 */
async function lastWord<A>(answer: Promise<A>): Promise<PromiseSettledResult<A> | undefined> {
  let last: PromiseSettledResult<A> | undefined;
  answer.then(
    (value) => (last = { status: "fulfilled", value }),
    (reason: unknown) => (last = { status: "rejected", reason }),
  );
  for (let turn = 0; turn < lastTurns && last === undefined; turn += 1) {
    await new Promise((resolve) => nextTurn(resolve));
  }
  return last;
}

/** Throws at once, unless it will be tried again: a synchronous failure stays synchronous. */
function again<A>(attempt: Attempt<A>, failure: KmsError): Promise<A> {
  const { task, effect, retries } = attempt;
  if (!effect.repeatable || retries >= task.instance.retries || !transient.has(failure.code)) throw failure;
  return pauseAndTry({ ...attempt, retries: retries + 1 }, failure);
}

/** Full jitter, doubling from 100 ms to 5 s; the provider's own hint is a floor. A pause that would outlast the deadline is not begun. */
async function pauseAndTry<A>(attempt: Attempt<A>, failure: KmsError): Promise<A> {
  const { task, retries } = attempt;
  const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** (retries - 1));
  const pauseMs = Math.max(failure.retryAfterMs ?? 0, Math.ceil(Math.random() * ceiling));
  if (pauseMs >= task.call.remainingMs()) throw failure;
  try {
    await task.call.pause(pauseMs);
  } catch (cause) {
    throw task.failureOf(cause, harmless.mutates);
  }
  return enterAndTry(attempt);
}

async function enterAndTry<A>(attempt: Attempt<A>): Promise<A> {
  const { task, work } = attempt;
  const { limiter } = task.provider;
  const entering = limiter.enter(task.call.signal);
  try {
    await task.call.within(entering);
  } catch (cause) {
    // A place may have been given in the same moment: nobody is there to take it.
    entering.then(
      () => limiter.leave(),
      () => undefined,
    );
    throw task.failureOf(cause, harmless.mutates); // nothing was begun
  }
  return finish(attempt, begin(work, task.call));
}

const begin = async <A>(work: (call: GuardCall) => Awaitable<A>, call: GuardCall): Promise<A> => work(call);

/** Asks again and again, with growing pauses, until there is an answer and `ready` is content. `NOT_READY` with the key id at the deadline. */
export async function poll<A>(
  task: Task,
  ask: () => Awaitable<A | undefined>,
  ready: (answer: A) => boolean = () => true,
): Promise<A> {
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
      const answer = await ask();
      if (answer !== undefined && ready(answer)) return answer;
      await task.call.pause(pauseMs);
    }
  } catch (cause) {
    // What was asked says its own outcome; only the pause between is known to have changed nothing.
    const failure = KmsError.isInstance(cause) ? cause : task.failureOf(cause, harmless.mutates);
    if (failure.code !== "DEADLINE_EXCEEDED" || failure.outcome !== "none") throw failure;
    throw new KmsError(
      "NOT_READY",
      "The provider had not finished when the call's time was over. Go on with getKey and the key id given here.",
      { keyId: task.keyId },
    );
  }
}

/** Whatever fails once the provider has changed something says what is done: `outcome: "done"` and the key id. */
export async function afterwards<R>(task: Task, keyId: string, done: string, work: () => Promise<R>): Promise<R> {
  task.keyId = keyId;
  try {
    return await work();
  } catch (error) {
    if (!KmsError.isInstance(error)) throw error;
    throw amended(error, { message: `${error.message} ${done}`, keyId, outcome: "done" });
  }
}
