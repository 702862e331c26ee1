import { systemClock, type Clock } from "@kms/core";
import { invalidArgument } from "../errors.ts";
import { readCount, readOptions } from "../options.ts";

/** How far one data key is used: all three are required, since no default is right for everybody. */
export interface DataKeyCacheLimits {
  /** Milliseconds, 1 to 86,400,000 (a day). Within them a key that was disabled or rotated at its provider may still serve. */
  readonly maximumAgeMs: number;
  /** Messages under one data key, 1 to 2^32. */
  readonly maximumMessages: number;
  /** Plaintext under one data key, in bytes, 1 to 2^53 − 1. */
  readonly maximumBytes: number;
}

/** Options of a cache. */
export interface DataKeyCacheOptions {
  /** Data keys kept at a time, for each direction; the one not used for longest goes first. 1 to 10,000, default 1,000. */
  readonly capacity?: number | undefined;
  /** Default the system's. */
  readonly clock?: Clock | undefined;
}

/** Both, checked. */
export interface CheckedLimits extends DataKeyCacheLimits {
  readonly capacity: number;
  /** Milliseconds that do not go back where the clock has such. */
  readonly now: () => number;
}

const limitNames: ReadonlySet<string> = new Set(["maximumAgeMs", "maximumMessages", "maximumBytes"]);
const optionNames: ReadonlySet<string> = new Set(["capacity", "clock"]);

/** `INVALID_ARGUMENT` for a limit that is missing or out of its range, and for unknown members. */
export function readCacheLimits(limits: DataKeyCacheLimits, options: DataKeyCacheOptions | undefined): CheckedLimits {
  const given = readOptions(limits, limitNames);
  const { capacity, clock = systemClock() } = readOptions(options, optionNames);
  checkClock(clock);
  return {
    maximumAgeMs: required(given.maximumAgeMs, "maximumAgeMs", 86_400_000),
    maximumMessages: required(given.maximumMessages, "maximumMessages", 2 ** 32),
    maximumBytes: required(given.maximumBytes, "maximumBytes", Number.MAX_SAFE_INTEGER),
    capacity: readCount(capacity, "capacity", { minimum: 1, maximum: 10_000, fallback: 1_000 }),
    now: () => clock.monotonic?.() ?? clock.now(),
  };
}

function checkClock(clock: Partial<Clock> | null): void {
  if (typeof clock?.now === "function") return;
  throw invalidArgument("use the clock", "it does not tell the time", "Give one with now(), or none.");
}

function required(value: unknown, name: string, maximum: number): number {
  if (value !== undefined) return readCount(value, name, { minimum: 1, maximum, fallback: 1 });
  throw invalidArgument("make a cache of data keys", `${name} is missing`, "Say how far one data key may be used.");
}
