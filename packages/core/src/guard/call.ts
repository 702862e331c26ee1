import { randomId } from "../algorithms/primitives.ts";
import type { Call } from "../contract/driver.ts";
import { KmsError } from "../errors.ts";
import type { EffectiveTime } from "./time.ts";

/** What ended a call from outside: the deadline, the caller's signal, or the instance closing. */
export class Interruption extends Error {
  readonly code: "DEADLINE_EXCEEDED" | "CANCELLED" | "CLOSED";

  constructor(code: Interruption["code"]) {
    super(code);
    this.code = code;
  }
}

/** What a driver is told of a call. Signal, timer and token are made when first asked for: local work never asks. */
export class GuardCall implements Call {
  readonly now: number;
  readonly accept: "suspended" | "compromised" | undefined;
  readonly #time: EffectiveTime;
  readonly #timeoutMs: number;
  readonly #callerSignal: AbortSignal | undefined;
  readonly #inFlight: Set<GuardCall>;
  readonly #startedAt: number;
  #controller: AbortController | undefined;
  #token: string | undefined;
  #interrupted: Promise<never> | undefined;
  #interrupt: ((code: Interruption["code"]) => void) | undefined;
  #stopTimer: AbortController | undefined;
  #cancelled: (() => void) | undefined;

  constructor(
    time: EffectiveTime,
    now: number,
    settings: {
      readonly timeoutMs: number;
      readonly signal: AbortSignal | undefined;
      readonly accept: GuardCall["accept"];
    },
    inFlight: Set<GuardCall>,
  ) {
    this.now = now;
    this.accept = settings.accept;
    this.#time = time;
    this.#timeoutMs = settings.timeoutMs;
    this.#callerSignal = settings.signal;
    this.#inFlight = inFlight;
    this.#startedAt = time.elapsed();
    if (settings.signal?.aborted) throw new KmsError("CANCELLED", "The call was cancelled before it began.");
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get remainingMs(): () => number {
    return () => Math.max(0, Math.ceil(this.#startedAt + this.#timeoutMs - this.#time.elapsed()));
  }

  get idempotencyToken(): string {
    return (this.#token ??= randomId());
  }

  /** The promise's answer, unless the call is interrupted first: then an `Interruption`. */
  within<T>(promise: Promise<T>): Promise<T> {
    this.#interrupted ??= this.#watch();
    return Promise.race([promise, this.#interrupted]);
  }

  /** Sleeps within the call. */
  pause(ms: number): Promise<void> {
    return this.within(this.#time.sleep(ms, this.signal));
  }

  /** Ends the call from outside. */
  interrupt(code: Interruption["code"]): void {
    this.#interrupt?.(code);
  }

  /** Gives back timer and listeners; every call ends with it. */
  dispose(): void {
    if (this.#interrupted === undefined) return;
    this.#stopTimer?.abort();
    if (this.#cancelled !== undefined) this.#callerSignal?.removeEventListener("abort", this.#cancelled);
    this.#inFlight.delete(this);
  }

  #watch(): Promise<never> {
    const stop = new AbortController();
    this.#stopTimer = stop;
    this.#inFlight.add(this);
    const interrupted = new Promise<never>((_, reject) => {
      this.#interrupt = (code) => {
        const interruption = new Interruption(code);
        reject(interruption); // before the driver hears of it, so that its own error does not win the race
        this.#controller ??= new AbortController();
        this.#controller.abort(interruption);
      };
    });
    interrupted.catch(() => undefined); // it is raced where it matters
    this.#cancelled = () => this.interrupt("CANCELLED");
    this.#callerSignal?.addEventListener("abort", this.#cancelled, { once: true });
    if (this.#callerSignal?.aborted) this.interrupt("CANCELLED");
    this.#time.sleep(this.remainingMs(), stop.signal).then(
      () => this.interrupt("DEADLINE_EXCEEDED"),
      () => undefined, // disposed
    );
    return interrupted;
  }
}
