import { randomId } from "../algorithms/primitives.ts";
import type { Call } from "../contract/driver.ts";
import { KmsError } from "../errors.ts";
import type { CallSettings } from "./arguments.ts";
import type { Instance } from "./instance.ts";

/** What ended a call from outside: the deadline, the caller's signal, or the instance closing. */
export class Interruption extends Error {
  readonly code: "DEADLINE_EXCEEDED" | "CANCELLED" | "CLOSED";

  constructor(code: Interruption["code"]) {
    super(code);
    this.code = code;
  }
}

/** What only a call that waits needs. */
interface Watch {
  /** How to end what is waited for; ending what has settled does nothing. */
  readonly waiting: ((interruption: Interruption) => void)[];
  stopAlarm: () => void;
  readonly cancelled: (() => void) | undefined;
}

/** What a driver is told of a call. Signal, timer and token are made when first asked for: local work never asks. */
export class GuardCall implements Call {
  readonly now: number;
  /** Set by the task that the call belongs to. */
  actor: string | undefined = undefined;
  readonly #instance: Instance;
  readonly #settings: CallSettings;
  readonly #startedAt: number;
  #controller: AbortController | undefined;
  #interruption: Interruption | undefined;
  #stops: Set<() => void> | undefined;
  #token: string | undefined;
  #watch: Watch | undefined;

  /** `CANCELLED` when the caller's signal is aborted already. */
  constructor(instance: Instance, settings: CallSettings) {
    this.now = instance.time.now();
    this.#instance = instance;
    this.#settings = settings;
    this.#startedAt = instance.time.lastElapsed;
    if (settings.signal?.aborted) throw new KmsError("CANCELLED", "The call was cancelled before it began.");
  }

  get accept(): CallSettings["accept"] {
    return this.#settings.accept;
  }

  get reason(): string | undefined {
    return this.#settings.reason;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#interruption !== undefined) this.#controller.abort(this.#interruption);
    }
    return this.#controller.signal;
  }

  get onInterrupt(): (stop: () => void) => () => void {
    return (stop) => {
      const stops = (this.#stops ??= new Set());
      if (this.#interruption !== undefined) stop();
      else stops.add(stop);
      return () => stops.delete(stop);
    };
  }

  get remainingMs(): () => number {
    return () => Math.max(0, Math.ceil(this.#endsAt - this.#instance.time.elapsed()));
  }

  get idempotencyToken(): string {
    return (this.#token ??= randomId());
  }

  get #endsAt(): number {
    return this.#startedAt + this.#settings.timeoutMs;
  }

  /** Elapsed time when the call began. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** The promise's answer, unless the call is interrupted first: then an `Interruption`. */
  within<T>(promise: Promise<T>): Promise<T> {
    this.#watch ??= this.#begin();
    const { waiting } = this.#watch;
    // Not Promise.race, which makes four promises more. Whichever settles first counts.
    return new Promise((resolve, reject) => {
      if (this.#interruption === undefined) waiting.push(reject);
      else reject(this.#interruption);
      promise.then(resolve, reject);
    });
  }

  /** Throws what ended the call, where something did: nothing more is begun then. */
  assertGoing(): void {
    if (this.#interruption !== undefined) throw this.#interruption;
    if (this.#settings.signal?.aborted) throw new Interruption("CANCELLED");
    if (this.#instance.time.elapsed() >= this.#endsAt) throw new Interruption("DEADLINE_EXCEEDED");
  }

  /** Sleeps within the call. */
  pause(ms: number): Promise<void> {
    return this.within(this.#instance.time.sleep(ms, this.signal));
  }

  /** Ends the call from outside. */
  interrupt(code: Interruption["code"]): void {
    const watch = this.#watch;
    if (watch === undefined || this.#interruption !== undefined) return;
    const interruption = new Interruption(code);
    this.#interruption = interruption;
    // Before the driver hears of it, so that its own error does not win the race.
    for (const end of watch.waiting) end(interruption);
    this.#controller?.abort(interruption);
    for (const stop of this.#stops ?? []) stop();
  }

  /** Gives back timer and listeners. Every call ends with it; one that goes on later watches anew for what is left of its time. */
  dispose(): void {
    if (this.#watch === undefined) return;
    const { stopAlarm, cancelled } = this.#watch;
    stopAlarm();
    if (cancelled !== undefined) this.#settings.signal?.removeEventListener("abort", cancelled);
    this.#watch = undefined;
    this.#instance.leave(this);
  }

  #begin(): Watch {
    const { signal } = this.#settings;
    const cancelled = signal === undefined ? undefined : (): void => this.interrupt("CANCELLED");
    const watch: Watch = { waiting: [], stopAlarm: () => undefined, cancelled };
    this.#watch = watch;
    if (cancelled !== undefined) signal?.addEventListener("abort", cancelled, { once: true });
    if (signal?.aborted) this.interrupt("CANCELLED");
    const { inFlight, time } = this.#instance;
    inFlight.add(this);
    watch.stopAlarm = time.alarm(this.#endsAt, () => this.interrupt("DEADLINE_EXCEEDED"));
    return watch;
  }
}
