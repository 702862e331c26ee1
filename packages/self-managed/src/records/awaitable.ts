import { isPromised, type Awaitable } from "@kms/core/driver";

/** Goes on with a value at once when it is there, later when it is promised: without a promise where none is needed. */
export const after = <T, R>(value: Awaitable<T>, proceed: (value: T) => Awaitable<R>): Awaitable<R> =>
  isPromised(value) ? value.then(proceed) : proceed(value);
