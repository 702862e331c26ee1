/** A value, or a promise of one: what answers at once is gone on with at once. */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with a value at once when it is there, later when it is promised: without a promise where none is needed. */
export const after = <T, R>(value: Awaitable<T>, proceed: (value: T) => Awaitable<R>): Awaitable<R> =>
  value instanceof Promise ? value.then(proceed) : proceed(value);

/** The same for leave that is asked for, and may be refused at once or later. Whatever is answered but nothing is waited for. */
export function settle<R>(
  work: () => Awaitable<void>,
  done: () => Awaitable<R>,
  failed: (error: unknown) => Awaitable<R>,
): Awaitable<R> {
  let leave: Awaitable<void>;
  try {
    leave = work();
  } catch (error) {
    return failed(error);
  }
  return leave === undefined ? done() : Promise.resolve(leave).then(done, failed);
}
