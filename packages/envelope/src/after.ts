import { isPromise } from "node:util/types";
import { KmsError } from "@kms/core";

/** A value, or a promise of one: what answers at once is gone on with at once. */
export type Awaitable<T> = T | Promise<T>;

/** Whether it is to be waited for: also a promise of another realm or of a library, which is no `Promise` of this one. */
export const isPromised = <T>(value: Awaitable<T>): value is Promise<T> =>
  isPromise(value) || typeof (value as { readonly then?: unknown } | undefined)?.then === "function";

/** Goes on with a value at once when it is there, later when it is promised: without a promise where none is needed. */
export const after = <T, R>(value: Awaitable<T>, proceed: (value: T) => Awaitable<R>): Awaitable<R> =>
  isPromised(value) ? Promise.resolve(value).then(proceed) : proceed(value);

/** `PERMISSION_DENIED` for leave that is answered as `false`: no program means that as consent. */
export function assertLeave(answer: unknown): void {
  if (answer !== false) return;
  throw new KmsError(
    "PERMISSION_DENIED",
    "A recipient answered false when asked for leave. It is asked to throw, and to say why.",
  );
}

/** Asks for leave, which is given or refused at once or later, then goes on. Whatever is answered but nothing is waited for. */
export function leaveThen<R>(
  ask: () => Awaitable<void>,
  given: () => Awaitable<R>,
  refused: (error: unknown) => Awaitable<R>,
): Awaitable<R> {
  let leave: Awaitable<void>;
  try {
    leave = ask();
  } catch (error) {
    return refused(error);
  }
  return leave === undefined ? given() : Promise.resolve(leave).then(assertLeave).then(given, refused);
}
