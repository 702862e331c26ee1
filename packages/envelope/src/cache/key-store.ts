import type { OwnedBytes } from "@kms/core";
import type { CheckedLimits } from "./limits.ts";

/** A data key in the cache, and how far it was used. */
export class CachedKey<T extends { readonly dataKey: OwnedBytes }> {
  readonly held: T;
  readonly #madeAt: number;
  #messages = 0;
  #bytes = 0;
  /** Which use of the cache was its last. */
  lastUse = 0;

  constructor(held: T, madeAt: number) {
    this.held = held;
    this.#madeAt = madeAt;
  }

  /** Takes one message of that size from what is left; false where too little is, or the key is too old. */
  take(bytes: number, limits: CheckedLimits): boolean {
    if (!this.isYoung(limits) || this.#messages >= limits.maximumMessages) return false;
    if (this.#bytes + bytes > limits.maximumBytes) return false;
    this.#messages += 1;
    this.#bytes += bytes;
    return true;
  }

  isYoung({ now, maximumAgeMs }: CheckedLimits): boolean {
    const age = now() - this.#madeAt;
    // A clock that went back tells nothing of the age.
    return age >= 0 && age < maximumAgeMs;
  }

  wipe(): void {
    this.held.dataKey.fill(0);
  }
}

/** Data keys by what they may be used for. What leaves is overwritten; what is too old leaves by itself. */
export class KeyStore<T extends { readonly dataKey: OwnedBytes }> {
  readonly #limits: CheckedLimits;
  readonly #keys = new Map<string, CachedKey<T>>();
  #uses = 0;
  #timer: NodeJS.Timeout | undefined;
  evicted = 0;

  constructor(limits: CheckedLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#keys.size;
  }

  has(name: string): boolean {
    return this.#keys.has(name);
  }

  /** A key with enough left for a message of that size, which is taken from it. */
  take(name: string, bytes: number): T | undefined {
    const found = this.#keys.get(name);
    if (found === undefined) return undefined;
    if (!found.take(bytes, this.#limits)) {
      this.drop(name);
      return undefined;
    }
    found.lastUse = this.#nextUse();
    return found.held;
  }

  /** Keeps a key, of which a message of that size is used already. */
  put(name: string, held: T, bytes: number): void {
    const key = new CachedKey(held, this.#limits.now());
    if (!key.take(bytes, this.#limits)) return key.wipe();
    this.drop(name);
    if (this.#keys.size >= this.#limits.capacity) this.#dropOldest();
    key.lastUse = this.#nextUse();
    this.#keys.set(name, key);
    this.#wake();
  }

  drop(name: string): void {
    const found = this.#keys.get(name);
    if (found === undefined) return;
    this.#keys.delete(name);
    found.wipe();
    this.evicted += 1;
  }

  clear(): void {
    for (const name of this.#keys.keys()) this.drop(name);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #nextUse(): number {
    this.#uses += 1;
    return this.#uses;
  }

  /** Drops the one not used for longest. Looked for when room is needed, so that a use costs no order. */
  #dropOldest(): void {
    let oldest: readonly [string, CachedKey<T>] | undefined;
    for (const entry of this.#keys) if (oldest === undefined || entry[1].lastUse < oldest[1].lastUse) oldest = entry;
    if (oldest !== undefined) this.drop(oldest[0]);
  }

  /** Drops what is too old without being asked for it. Does not keep the process alive. */
  #wake(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const [name, key] of this.#keys) if (!key.isYoung(this.#limits)) this.drop(name);
      if (this.#keys.size > 0) this.#wake();
    }, this.#limits.maximumAgeMs).unref();
  }
}
