import type { CallOptions } from "@kms/core";
import { cancelled, invalidArgument } from "./errors.ts";

/**
 * A copy of options, read once; empty for none. It inherits nothing, so that what somebody put into `Object.prototype` is
 * not taken for given. `INVALID_ARGUMENT` for another value, or a member that `known` does not list.
 */
export function readOptions<O extends object>(options: O | undefined, known: ReadonlySet<string>): Partial<O> {
  if (options === undefined) return none;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const found = options === null ? "null" : Array.isArray(options) ? "a list" : typeof options;
    throw invalidArgument("read the options", `found ${found}`, "Pass an object, or nothing.");
  }
  const given: Partial<O> = { __proto__: null, ...options };
  for (const name of Object.keys(given)) {
    if (!known.has(name)) {
      throw invalidArgument("read the options", `found ${JSON.stringify(name.slice(0, 40))}`, unknownOption(known));
    }
  }
  return given;
}

const none: object = Object.freeze({ __proto__: null });

const unknownOption = (known: ReadonlySet<string>): string => `The options here are ${[...known].join(", ")}.`;

/** A whole number from `minimum` to `maximum`, `fallback` when absent; `INVALID_ARGUMENT` otherwise. */
export function readCount(value: unknown, name: string, range: CountRange): number {
  const { minimum, maximum, fallback } = range;
  if (value === undefined) return fallback;
  const isCount = typeof value === "number" && (Number.isSafeInteger(value) || value === Infinity);
  if (isCount && value >= minimum && value <= maximum) return value;
  throw invalidArgument(`use ${name}`, "it is out of range", `Give a whole number from ${minimum} to ${maximum}.`);
}

/** The range of an option that counts something. */
export interface CountRange {
  readonly minimum: number;
  readonly maximum: number;
  readonly fallback: number;
}

const defaultTimeoutMs = 10_000;

/**
 * How long a call may still wait for keys, and what ends it early. The time runs from `check`: a stream may wait for its header
 * as long as it takes. Nothing is armed: it is asked before each attempt.
 */
export class Deadline {
  readonly signal: AbortSignal | undefined;
  readonly #timeoutMs: number;
  #endsAt: number | undefined;

  constructor(options: CallOptions) {
    const { signal, timeoutMs } = options;
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw invalidArgument("use signal", "it is no AbortSignal", "Pass the signal of an AbortController.");
    }
    this.signal = signal;
    const range = { minimum: 1, maximum: 2 ** 31 - 1, fallback: defaultTimeoutMs };
    this.#timeoutMs = readCount(timeoutMs, "timeoutMs", range);
  }

  /** The same time without the signal, from now on: for work that others wait for too. */
  shared(): Deadline {
    const shared = new Deadline({ signal: undefined, timeoutMs: this.remainingMs() });
    shared.check();
    return shared;
  }

  /** Starts the time. `CANCELLED` once the signal has come. */
  check(): void {
    this.#endsAt = performance.now() + this.#timeoutMs;
    if (this.signal?.aborted === true) throw cancelled(this.signal);
  }

  /** Milliseconds left, at least 1: a call that is late ends by its own time limit. */
  remainingMs(): number {
    if (this.#endsAt === undefined) return this.#timeoutMs;
    return Math.max(1, Math.ceil(this.#endsAt - performance.now()));
  }
}
