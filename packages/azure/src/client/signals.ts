import { getEventListeners } from "node:events";
import type { Call } from "@kms/core/driver";

/** A signal for one request, and what to call once that has ended. */
export interface LentSignal {
  readonly signal: AbortSignal;
  readonly release: () => void;
}

/** Lends signals that are aborted when the call is interrupted, by its deadline too. */
export type LendSignal = (call: Pick<Call, "onInterrupt">) => LentSignal;

/**
 * The SDK takes real signals alone: whatever else it is given, it puts behind one. A signal that was not aborted, and that
 * nobody listens to any more, is lent again: making one costs as much as all that this adapter does beside.
 */
export function lendSignals(): LendSignal {
  const spare: AbortController[] = [];
  return ({ onInterrupt }) => {
    const controller = spare.pop() ?? new AbortController();
    const { signal } = controller;
    const forget = onInterrupt(() => controller.abort());
    return {
      signal,
      release: () => {
        forget();
        if (!signal.aborted && getEventListeners(signal, "abort").length === 0) spare.push(controller);
      },
    };
  };
}
