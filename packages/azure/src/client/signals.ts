import { getEventListeners } from "node:events";
import type { Call } from "@kms/core/driver";

// So many calls in flight find a signal that was used before.
const keptSignals = 64;

/** A signal of the SDK's kind for as long as one request lasts. */
export interface LentSignal {
  readonly signal: AbortSignal;
  /** The request has ended; it went well or it did not. The call ends nothing through this signal from here on. */
  readonly end: (isWell: boolean) => void;
}

/**
 * Signals that serve one call after another, where each call is one request: making one and what the SDK does with a new one
 * costs some 4 % of a request. A signal goes on to another call only when its request went well, it was not aborted, and
 * nobody listens to it any more. Unheard, a renewal of the token in the background may still hold on to it: where a later call
 * ends that, tokens are asked for again before the old one is over (`@azure/keyvault-common` keeps renewals apart by signal).
 */
export class Signals {
  readonly #idle: AbortController[] = [];

  /** A signal that is aborted when the call is interrupted. */
  lend(call: Call): LentSignal {
    const controller = this.#take();
    const { signal } = controller;
    const release = call.onInterrupt(() => controller.abort());
    return {
      signal,
      end: (isWell) => {
        release();
        if (isWell && !signal.aborted && this.#idle.length < keptSignals) this.#idle.push(controller);
      },
    };
  }

  #take(): AbortController {
    const known = this.#idle.pop();
    return known !== undefined && getEventListeners(known.signal, "abort").length === 0 ? known : new AbortController();
  }
}
