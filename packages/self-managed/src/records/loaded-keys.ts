import {
  conditionOf,
  permits,
  type Awaitable,
  type Call,
  type VersionRecord,
  type VersionReference,
} from "@kms/core/driver";
import { recipes, type Recipe, type SelfManagedAlgorithm } from "../algorithms.ts";
import { after } from "./awaitable.ts";
import { closed, decryptionFailed, invalidState, notFound, wrongAlgorithm } from "../errors.ts";
import { loadSecret, type KeyObject } from "../primitives.ts";
import type { KeyStore } from "../stores/store.ts";
import { keepEnforced } from "./enforcing.ts";
import type { StoredKey, StoredVersion } from "./key-record.ts";

/** What the use of a key works with: valid for this one call. */
export interface LoadedVersion {
  readonly id: string;
  readonly version: string;
  readonly recipe: Recipe;
  readonly secret: KeyObject;
}

/**
 * The keys in use, ready for synchronous use. Every use compares the store's change counter; once that has moved, a key's
 * record is read again before its next use, so no state of another driver is missed. The state is judged at every use.
 */
export class LoadedKeys {
  readonly #store: KeyStore;
  readonly #keys = new Map<string, LoadedKey>();
  readonly #mostKeys: number;
  #isOpen = true;

  /** Loaded keys beyond `mostKeys` are let go, oldest first, and loaded again when they are used. */
  constructor(store: KeyStore, mostKeys = 10_000) {
    this.#store = store;
    this.#mostKeys = mostKeys;
  }

  /** Runs a use that protects: the version must be Active. `INVALID_STATE` with the state otherwise; `NOT_FOUND`. */
  protect<R>(key: VersionReference, call: Call, run: (version: LoadedVersion) => R): Awaitable<R> {
    return after(this.#find(key), (loaded) => run(this.#permitted(loaded, key, "protect", call)));
  }

  /** Runs a use that reads what was protected: in Suspended and Compromised only with `call.accept` of that state. */
  process<R>(key: VersionReference, call: Call, run: (version: LoadedVersion) => R): Awaitable<R> {
    return after(this.#find(key), (loaded) => run(this.#permitted(loaded, key, "process", call)));
  }

  /** As `process`, where the version stands in bytes that an attacker can alter: one that does not exist is `DECRYPTION_FAILED`. */
  open<R>(key: VersionReference, call: Call, run: (version: LoadedVersion) => R): Awaitable<R> {
    return after(this.#find(key), (loaded) => {
      if (!loaded.has(key.version)) throw decryptionFailed();
      return run(this.#permitted(loaded, key, "process", call));
    });
  }

  /**
   * Lets go of a key that was changed, or may have been, so that nothing of a destroyed one waits for a next use that never
   * comes. Best effort: Node erases a secret once it is collected (`crypto-rules` 28).
   */
  release(id: string): void {
    this.#keys.delete(id);
  }

  /** Lets go of every loaded key; what comes after is `CLOSED`. */
  close(): void {
    this.#isOpen = false;
    this.#keys.clear();
  }

  /** `CLOSED` after `close`. */
  assertOpen(): void {
    if (!this.#isOpen) throw closed();
  }

  #find(key: VersionReference): Awaitable<LoadedKey> {
    this.assertOpen();
    const counter = this.#store.changeCounter();
    const loaded = this.#keys.get(key.id);
    // A version that is not known may have been made a moment ago, elsewhere: it is looked for before it is refused.
    if (loaded?.seenAt === counter && loaded.has(key.version)) return loaded;
    return after(this.#store.get(key.id), (record) => this.#keep(key.id, record, counter));
  }

  #keep(id: string, record: StoredKey | undefined, counter: number): LoadedKey {
    this.assertOpen();
    const known = this.#keys.get(id);
    if (known !== undefined && known.revision === record?.revision) {
      known.seenAt = counter;
      return known;
    }
    this.#keys.delete(id);
    if (record === undefined) throw notFound(id);
    const loaded = new LoadedKey(record, counter);
    // Not kept where something was changed while it was read: it may be this key, which was let go meanwhile.
    if (this.#store.changeCounter() !== counter) return loaded;
    const [oldest] = this.#keys.size < this.#mostKeys ? [] : this.#keys.keys();
    if (oldest !== undefined) this.#keys.delete(oldest);
    this.#keys.set(id, loaded);
    return loaded;
  }

  #permitted(loaded: LoadedKey, key: VersionReference, effect: "protect" | "process", call: Call): LoadedVersion {
    if (loaded.algorithm !== key.algorithm) throw wrongAlgorithm(key, loaded.algorithm);
    const version = loaded.version(key.version);
    const now = Math.max(call.now, this.#store.latestTime());
    const condition = conditionOf(version.dates, now);
    if (permits(condition, effect, call.accept)) return version;
    keepEnforced(this.#store, version.dates.notAfter?.getTime(), now);
    const attempted = effect === "protect" ? "Protecting with a key" : "Reading what a key protected";
    throw invalidState(key.id, key.version, condition, attempted);
  }
}

class LoadedKey {
  readonly algorithm: SelfManagedAlgorithm;
  readonly revision: number;
  /** The change counter at which the record was last known to be current. */
  seenAt: number;
  readonly #record: StoredKey;
  readonly #versions = new Map<string, PreparedVersion>();

  constructor(record: StoredKey, seenAt: number) {
    this.algorithm = record.algorithm;
    this.revision = record.revision;
    this.seenAt = seenAt;
    this.#record = record;
  }

  has(version: string): boolean {
    return this.#versions.has(version) || this.#stored(version) !== undefined;
  }

  version(version: string): PreparedVersion {
    const known = this.#versions.get(version);
    if (known !== undefined) return known;
    const stored = this.#stored(version);
    if (stored === undefined) throw notFound(this.#record.id, version);
    const prepared = new PreparedVersion(this.#record, stored);
    this.#versions.set(version, prepared);
    return prepared;
  }

  #stored(version: string): StoredVersion | undefined {
    return this.#record.versions.find((stored) => stored.version === version);
  }
}

class PreparedVersion implements LoadedVersion {
  readonly id: string;
  readonly version: string;
  readonly recipe: Recipe;
  readonly dates: Pick<VersionRecord, "native" | "notBefore" | "notAfter">;
  readonly #stored: StoredVersion;
  #secret: KeyObject | undefined;

  constructor(record: StoredKey, stored: StoredVersion) {
    this.id = record.id;
    this.version = stored.version;
    this.recipe = recipes[record.algorithm];
    this.dates = {
      native: stored.native,
      notBefore: stored.notBefore === undefined ? undefined : new Date(stored.notBefore),
      notAfter: stored.notAfter === undefined ? undefined : new Date(stored.notAfter),
    };
    this.#stored = stored;
  }

  /** Made at the first permitted use: a version that only waits costs nothing. */
  get secret(): KeyObject {
    if (this.#secret !== undefined) return this.#secret;
    if (this.#stored.material === undefined) throw invalidState(this.id, this.version, "destroyed", "Using a key");
    this.#secret = this.#stored.material.use((bytes) => loadSecret(this.recipe, bytes));
    return this.#secret;
  }
}
