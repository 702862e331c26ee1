/** What the guard remembers of a key between calls: its current version, where the caller names it. */
export interface KeyMemory {
  currentVersion: string | undefined;
  /** When the current version was made, in milliseconds since the epoch. */
  currentMadeAt: number | undefined;
  /** Elapsed time when it was read; -Infinity when it must be read again. */
  readAt: number;
  /** The instance's count of changes when this key was last changed: what was read before does not count. */
  changedAt: number;
}

/**
 * One memory per key, shared by every handle of it, so that a rotation through one is known to all: the guard never
 * protects under a version that it knows to be superseded. It lives as long as some handle does.
 */
export class Memories {
  readonly #held = new Map<string, WeakRef<KeyMemory>>();
  readonly #gone = new FinalizationRegistry<string>((name) => {
    if (this.#held.get(name)?.deref() === undefined) this.#held.delete(name);
  });

  of(provider: string, keyId: string): KeyMemory {
    const name = `${provider}\n${keyId}`;
    const known = this.#held.get(name)?.deref();
    if (known !== undefined) return known;
    const memory: KeyMemory = { currentVersion: undefined, currentMadeAt: undefined, readAt: -Infinity, changedAt: 0 };
    this.#held.set(name, new WeakRef(memory));
    this.#gone.register(memory, name);
    return memory;
  }
}
