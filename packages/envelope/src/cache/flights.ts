import { KmsError, type OwnedBytes } from "@kms/core";
import { cancelled } from "../errors.ts";
import type { Deadline } from "../options.ts";
import type { Uses } from "./uses.ts";

/** A call under way for a data key, and who waits for it. */
interface Flight<T> {
  readonly uses: Uses;
  /** Of whoever began it: the call has no more time. */
  readonly deadline: Deadline;
  readonly waiting: Set<Waiter<T>>;
}

interface Waiter<T> {
  readonly resolve: (own: T) => void;
  readonly reject: (error: unknown) => void;
}

/** What a call begins with. */
export interface Beginning<T> {
  /** Of the data key that is to come; the caller's message is taken from them already. */
  readonly uses: Uses;
  readonly deadline: Deadline;
  /** Given the answer itself once everybody has a copy. */
  readonly keep: (answer: T) => void;
}

/**
 * Calls under way for data keys. One call serves as many as its data key has uses for; who comes beyond them begins another
 * beside it. Each is given a copy of his own, made at the moment when the key comes: who has left by then is given none.
 */
export class Flights<T extends { readonly dataKey: OwnedBytes | undefined }> {
  readonly #copyOf: (answer: T) => T;
  readonly #boarding = new Map<string, Flight<T>>();

  constructor(copyOf: (answer: T) => T) {
    this.#copyOf = copyOf;
  }

  /**
   * Waits for what is under way under that name, if a message of that size is left in it, until the caller's own deadline.
   * It answers `undefined` where the call failed for want of time, and the caller has at least twice as much left as whoever
   * began the call: the caller looks again. Those who came a moment later, with the same time, share the failure.
   */
  board(name: string, bytes: number, deadline: Deadline): Promise<T | undefined> | undefined {
    const flight = this.#boarding.get(name);
    if (flight?.uses.take(bytes) !== true) return undefined;
    return wait<T | undefined, T>(flight, deadline, (error) => {
      const isOver = KmsError.isInstance(error) && error.code === "DEADLINE_EXCEEDED";
      if (isOver || (mayPass(error) && deadline.remainingMs() >= 2 * flight.deadline.remainingMs())) return undefined;
      throw error;
    });
  }

  /** Takes nobody in any more who comes from now on; who waits goes on waiting. */
  close(): void {
    this.#boarding.clear();
  }

  /** Waits for a call that begins, and has others wait for it. A caller who leaves does not end it for them. */
  begin(name: string, asked: Promise<T>, { uses, deadline, keep }: Beginning<T>): Promise<T> {
    const flight: Flight<T> = { uses, deadline, waiting: new Set() };
    this.#boarding.set(name, flight);
    const landed = (): void => {
      if (this.#boarding.get(name) === flight) this.#boarding.delete(name);
    };
    asked.then(
      (answer) => {
        landed();
        for (const { resolve } of flight.waiting) resolve(this.#copyOf(answer));
        keep(answer);
      },
      (error: unknown) => {
        landed();
        for (const { reject } of flight.waiting) reject(error);
      },
    );
    return wait<T, T>(flight, deadline, (error) => {
      throw error;
    });
  }
}

/** What is tried again for as long as there is time. */
const mayPass = (error: unknown): boolean =>
  KmsError.isInstance(error) && (error.code === "UNAVAILABLE" || error.code === "THROTTLED");

/** Waits until the answer, the signal (`CANCELLED`) or the end of the time (`DEADLINE_EXCEEDED`): whichever is first. */
function wait<T, Own extends T>(
  { waiting }: Flight<Own>,
  deadline: Deadline,
  failed: (error: unknown) => T,
): Promise<T> {
  const { signal } = deadline;
  return new Promise<T>((resolve, reject) => {
    const end = (): void => {
      waiting.delete(waiter);
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    };
    const leave = (error: KmsError): void => {
      end();
      reject(error);
    };
    const stop = (): void => (signal === undefined ? undefined : leave(cancelled(signal)));
    const waiter: Waiter<Own> = {
      resolve: (own) => {
        end();
        resolve(own);
      },
      reject: (error) => {
        end();
        resolve(Promise.reject(error).catch(failed));
      },
    };
    const late = (): void => leave(new KmsError("DEADLINE_EXCEEDED", "The data key did not come within timeoutMs."));
    const timer = setTimeout(late, deadline.remainingMs());
    signal?.addEventListener("abort", stop, { once: true });
    waiting.add(waiter);
  });
}
