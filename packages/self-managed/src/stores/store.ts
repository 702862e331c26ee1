import type { Awaitable, DriverHealth } from "@kms/core/driver";
import type { StoredKey } from "../records/key-record.ts";

/**
 * Where own keys are kept. Several drivers may stand over one store: whatever one commits, the others see at their next
 * use, because `changeCounter` has moved. A store answers what is committed, or throws; it never answers half a record.
 * It may answer at once: then every use of a key is synchronous.
 */
export interface KeyStore {
  /** 128 random bits in lower-case hexadecimal, fixed at the store's creation; the first part of every key id. */
  readonly storeId: string;
  /** Milliseconds until `changeCounter` has moved for whoever has the same records open elsewhere; 0: at once. Stands in the manifest. */
  readonly visibleWithinMs: number;
  /** Cheap and without I/O: a number that differs from every earlier one once any record was created or replaced by anybody. */
  readonly changeCounter: () => number;
  /**
   * Cheap and without I/O: the latest effective time that anybody wrote into this store, in milliseconds (`crypto-rules`
   * 26). A clock that was set back behind it is not believed; 0 while nothing was written.
   */
  readonly latestTime: () => number;
  /**
   * Keeps an effective time as the latest one, unless it knows a later one: a date that was enforced stays enforced,
   * whatever the clock says after a restart. Counts as a change.
   */
  readonly advanceTime: (at: number) => Awaitable<void>;
  /**
   * True where the store seals a copy of the material that it is given: whoever made it overwrites it afterwards. Without
   * it, the material of a record that was given is the store's.
   */
  readonly copiesMaterial?: boolean | undefined;
  /** False when the id is taken; then nothing is written. */
  readonly create: (record: StoredKey) => Awaitable<boolean>;
  /** Undefined when there is no such record. */
  readonly get: (id: string) => Awaitable<StoredKey | undefined>;
  readonly list: () => Iterable<StoredKey> | AsyncIterable<StoredKey>;
  /**
   * Compare-and-set: false when the stored revision is not `expectedRevision`; then nothing is written. Material that
   * the new record no longer carries is erased.
   */
  readonly replace: (record: StoredKey, expectedRevision: number) => Awaitable<boolean>;
  /** What the store does not protect against, in words for an operator. */
  readonly health: () => Awaitable<DriverHealth>;
  /** For whoever made the store: a driver that closes leaves it open, since others may use it. Afterwards all but `storeId` is `CLOSED`. */
  readonly close: () => Awaitable<void>;
}
