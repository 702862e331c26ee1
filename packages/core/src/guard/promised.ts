import type { Awaitable } from "../contract/words.ts";

/**
 * Whether it is to be waited for: also a promise of another realm, such as a test runner's, or of a library, which is no
 * `Promise` of this one. What local work answers is told apart without a call into the runtime.
 */
export const isPromised = <T>(value: Awaitable<T>): value is Promise<T> =>
  value instanceof Promise ||
  (typeof value === "object" && value !== null && typeof (value as { readonly then?: unknown }).then === "function");
