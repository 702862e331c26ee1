import type { Awaitable, KmsErrorCode } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import type { GuardCall } from "./call.ts";
import { toKmsError } from "./failure.ts";
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
  if (!limiter.tryEnter()) return waitAndDrive(task, effect, work);
  let answer: Awaitable<A>;
  try {
    answer = work(task.call);
  } catch (cause) {
    limiter.leave();
    return driveAgain(task, effect, work, refusal(task, effect, cause), 0);
  }
  if (answer instanceof Promise) return finish(task, effect, work, answer, 0);
  limiter.leave();
  return answer;
}

/** A synchronous failure is thrown at once, unless it will be tried again. */
function driveAgain<A>(task: Task, effect: Effect, work: (call: GuardCall) => Awaitable<A>, failure: KmsError, retriesSoFar: number): Promise<A> {
  if (!effect.repeatable || retriesSoFar >= task.instance.retries || !transient.has(failure.code)) throw failure;
  return pauseAndDrive(task, effect, work, failure, retriesSoFar + 1);
}

async function finish<A>(task: Task, effect: Effect, work: (call: GuardCall) => Awaitable<A>, answer: Promise<A>, retriesSoFar: number): Promise<A> {
  let failure: KmsError;
  try {
    return await task.call.within(answer);
  } catch (cause) {
    failure = refusal(task, effect, cause);
  } finally {
    task.provider.limiter.leave();
  }
  return driveAgain(task, effect, work, failure, retriesSoFar);
}

async function waitAndDrive<A>(task: Task, effect: Effect, work: (call: GuardCall) => Awaitable<A>, retriesSoFar = 0): Promise<A> {
  const { limiter } = task.provider;
  try {
    await task.call.within(limiter.enter(task.call.signal));
  } catch (cause) {
    throw refusal(task, harmless, cause); // nothing was begun
  }
  return finish(task, effect, work, begin(work, task.call), retriesSoFar);
}

async function begin<A>(work: (call: GuardCall) => Awaitable<A>, call: GuardCall): Promise<A> {
  return work(call);
}

/** Full jitter, doubling from 100 ms to 5 s; the provider's own hint is a floor. A pause that would outlast the deadline is not begun. */
async function pauseAndDrive<A>(task: Task, effect: Effect, work: (call: GuardCall) => Awaitable<A>, failure: KmsError, retriesSoFar: number): Promise<A> {
  const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** (retriesSoFar - 1));
  const pauseMs = Math.max(failure.retryAfterMs ?? 0, Math.ceil(Math.random() * ceiling));
  if (pauseMs >= task.call.remainingMs()) throw failure;
  try {
    await task.call.pause(pauseMs);
  } catch (cause) {
    throw refusal(task, harmless, cause);
  }
  return waitAndDrive(task, effect, work, retriesSoFar);
}

const refusal = (task: Task, effect: Effect, cause: unknown): KmsError => {
  const failure = toKmsError(cause, { operation: task.operation, provider: task.provider, keyId: task.keyId, mutates: effect.mutates });
  if (failure.code === "DECRYPTION_FAILED") task.noteDiagnostic(cause);
  return failure;
};

/** Asks again and again, with growing pauses, until `ready` is content. `NOT_READY` with the key id at the deadline. */
export async function poll<A>(task: Task, ask: () => Awaitable<A>, ready: (answer: A) => boolean): Promise<A> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
    const answer = await ask();
    if (ready(answer)) return answer;
    if (pauseMs >= task.call.remainingMs()) {
      throw new KmsError("NOT_READY", "The provider had not finished when the call's time was over. Go on with getKey and the key id given here.", {
        keyId: task.keyId,
      });
    }
    await task.call.pause(pauseMs);
  }
}
