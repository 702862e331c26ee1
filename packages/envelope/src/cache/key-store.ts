import type { OwnedBytes } from "@kms/core";
import type { CheckedLimits } from "./limits.ts";
import type { Uses } from "./uses.ts";

/** A data key that is used, and what its uses are counted by. */
export interface Taken<T> {
  readonly held: T;
  readonly uses: Uses;
}

/** A data key in the cache. */
interface CachedKey<T> extends Taken<T> {
  /** Which use of the cache was its last. */
  lastUse: number;
}

/**
 * Data keys by what they may be used for. What leaves is overwritten; what is too old leaves by itself, at the latest an
 * eighth of `maximumAgeMs` after its end.
 */
export class KeyStore<T extends { readonly dataKey: OwnedBytes }> {
  readonly #limits: CheckedLimits;
  readonly #keys = new Map<string, CachedKey<T>>();
  #lastUse = 0;
  #timer: NodeJS.Timeout | undefined;
  evicted = 0;
  /** How often all was cleared: a key asked for before that is not kept after it. */
  generation = 0;

  constructor(limits: CheckedLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#keys.size;
  }

  /** Whether the key there is the one with these uses. */
  holds(name: string, uses: Uses): boolean {
    return this.#keys.get(name)?.uses === uses;
  }

  /**
   * A key with enough left for a message of that size, which is taken from it. One that has too little left is dropped, or
   * stays where `whatDoesNotFit` says so; too old, it is dropped in any case.
   */
  take(name: string, bytes: number, whatDoesNotFit: "drops" | "leaves"): Taken<T> | undefined {
    const found = this.#keys.get(name);
    if (found === undefined) return undefined;
    if (!found.uses.take(bytes)) {
      if (whatDoesNotFit === "drops" || found.uses.leftMs <= 0) this.drop(name);
      return undefined;
    }
    found.lastUse = this.#nextUse();
    return found;
  }

  /**
   * Keeps a key of which something is left, asked for in this generation, instead of the one there; overwrites any other at
   * once.
   */
  put(name: string, { held, uses }: Taken<T>, generation: number): void {
    if (uses.isOver || generation !== this.generation) {
      held.dataKey.fill(0);
      this.evicted += 1;
      return;
    }
    this.drop(name);
    if (this.#keys.size >= this.#limits.capacity) this.#dropOldest();
    this.#keys.set(name, { held, uses, lastUse: this.#nextUse() });
    this.#wake(this.#limits.maximumAgeMs);
  }

  drop(name: string): void {
    const found = this.#keys.get(name);
    if (found === undefined) return;
    this.#keys.delete(name);
    found.held.dataKey.fill(0);
    this.evicted += 1;
  }

  clear(): void {
    this.generation += 1;
    for (const name of this.#keys.keys()) this.drop(name);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #nextUse(): number {
    this.#lastUse += 1;
    return this.#lastUse;
  }

  /** Drops the one not used for longest. Looked for when room is needed, so that a use costs no order. */
  #dropOldest(): void {
    let oldest: readonly [string, CachedKey<T>] | undefined;
    for (const entry of this.#keys) if (oldest === undefined || entry[1].lastUse < oldest[1].lastUse) oldest = entry;
    if (oldest !== undefined) this.drop(oldest[0]);
  }

  /** Drops what is too old without being asked for it. Does not keep the process alive. */
  #wake(afterMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      let next = Number.POSITIVE_INFINITY;
      for (const [name, { uses }] of this.#keys) {
        const left = uses.leftMs;
        if (left > 0) next = Math.min(next, left);
        else this.drop(name);
      }
      // Not for each key by itself: thousands may end one after the other.
      if (this.#keys.size > 0) this.#wake(Math.max(next, this.#limits.maximumAgeMs / 8));
    }, afterMs).unref();
  }
}
