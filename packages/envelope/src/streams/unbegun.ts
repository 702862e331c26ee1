/**
 * The same generator, which tells when it is stopped before it was begun: by itself it would then end without a word,
 * and no `finally` of its own would run. Once begun, its `finally` is the one to tell.
 */
export function tellingUnbegun<T, G extends AsyncGenerator<T, void>>(chunks: G, stopped: (error?: unknown) => void): G {
  let isBegun = false;
  const next = chunks.next.bind(chunks);
  const end = chunks.return.bind(chunks);
  const fail = chunks.throw.bind(chunks);
  return Object.assign(chunks, {
    next: () => {
      isBegun = true;
      return next();
    },
    return: (value: void | PromiseLike<void>) => {
      if (!isBegun) stopped();
      return end(value);
    },
    throw: (error: unknown) => {
      if (!isBegun) stopped(error);
      return fail(error);
    },
  });
}
