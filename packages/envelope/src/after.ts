/** A value, or a promise of one: what answers at once is gone on with at once. */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with a value at once when it is there, later when it is promised: without a promise where none is needed. */
export const after = <T, R>(value: Awaitable<T>, proceed: (value: T) => Awaitable<R>): Awaitable<R> =>
  value instanceof Promise ? value.then(proceed) : proceed(value);

/** The same for work that may fail, at once or later; `failed` says what becomes of it then. */
export function settle<T, R>(
  work: () => Awaitable<T>,
  done: (value: T) => Awaitable<R>,
  failed: (error: unknown) => Awaitable<R>,
): Awaitable<R> {
  let value: Awaitable<T>;
  try {
    value = work();
  } catch (error) {
    return failed(error);
  }
  return value instanceof Promise ? value.then(done, failed) : done(value);
}
