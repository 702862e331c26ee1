import type { AssociatedData, Call } from "@kms/core/driver";

let calls = 0;

/** A call as the guard makes it, with a minute left. */
export function call(given: Partial<Call> = {}): Call {
  calls += 1;
  const { signal = new AbortController().signal } = given;
  return {
    signal,
    onInterrupt: (stop) => {
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
      return () => signal.removeEventListener("abort", stop);
    },
    remainingMs: () => 60_000,
    idempotencyToken: `token-${calls}`,
    now: Date.now(),
    accept: undefined,
    actor: undefined,
    reason: undefined,
    ...given,
  };
}

/** UTF-8 of a text. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
/** The text of UTF-8. */
export const text = (utf8: Uint8Array): string => new TextDecoder().decode(utf8);

/** Associated data as the guard passes it; this adapter reads the bytes alone. */
export const context = (aad = ""): AssociatedData => ({ map: {}, bytes: bytes(aad) });
