import { after, type Awaitable } from "../after.ts";
import type { Entries } from "../format/associated-data.ts";
import type { WrittenSuiteId } from "../format/suites.ts";
import { freshMaterials, wrapRequest, type EncryptionMaterials } from "../message/materials.ts";
import type { Deadline } from "../options.ts";
import type { Recipient } from "../recipients/recipient.ts";
import type { Tally } from "./counts.ts";
import { Flights } from "./flights.ts";
import { KeyStore } from "./key-store.ts";
import type { CheckedLimits } from "./limits.ts";

/** A message to be made, as far as its data key is concerned. */
export interface ToMake {
  readonly suite: WrittenSuiteId;
  readonly entries: Entries;
  /** Of plaintext; undefined where it is not known beforehand, as of a stream. */
  readonly bytes: number | undefined;
  readonly deadline: Deadline;
}

/** Data keys that new messages are made with: one serves again for the same suite and the same associated data. */
export class EncryptionCache {
  readonly #recipient: Recipient;
  readonly #limits: CheckedLimits;
  readonly #tally: Tally;
  readonly #flights = new Flights<void>();
  readonly keys: KeyStore<EncryptionMaterials>;

  constructor(recipient: Recipient, limits: CheckedLimits, tally: Tally) {
    this.#recipient = recipient;
    this.#limits = limits;
    this.#tally = tally;
    this.keys = new KeyStore(limits);
  }

  /** Materials of which the data key is the caller's own copy. */
  materials(wanted: ToMake): Awaitable<EncryptionMaterials> {
    const { suite, entries, bytes, deadline } = wanted;
    if (bytes === undefined || bytes > this.#limits.maximumBytes) {
      this.#tally.bypassed += 1;
      return freshMaterials(this.#recipient, suite, entries, deadline);
    }
    const name = `${suite}\n${entries.bytes.toString("latin1")}`;
    const found = this.keys.take(name, bytes);
    if (found !== undefined) return this.#again(found, deadline);
    const awaited = this.#flights.get(name, deadline);
    // Who waited looks again: what came may be used up by others who waited.
    if (awaited !== undefined) return awaited.then(() => this.materials(wanted));
    this.#tally.misses += 1;
    return this.#fresh(name, wanted, bytes);
  }

  #fresh(name: string, { suite, entries, deadline }: ToMake, bytes: number): Awaitable<EncryptionMaterials> {
    const fetched = freshMaterials(this.#recipient, suite, entries, deadline.shared());
    const own = after(fetched, (materials) => {
      const copy = copyOf(materials);
      this.keys.put(name, materials, bytes);
      return copy;
    });
    if (!(own instanceof Promise)) return own;
    const kept = own.then(() => {});
    return this.#flights.wait(name, kept, deadline).then(
      () => own,
      (error: unknown) => {
        // Who left before it came has no use for a copy.
        own.then(({ dataKey }) => dataKey.fill(0)).catch(() => {});
        throw error;
      },
    );
  }

  /** Whoever is asked for a data key is asked before one is used again. */
  #again(found: EncryptionMaterials, deadline: Deadline): Awaitable<EncryptionMaterials> {
    this.#tally.hits += 1;
    // Copied now: the cache may overwrite its own while they are asked.
    const own = copyOf(found);
    const { reuse } = this.#recipient;
    if (reuse === undefined) return own;
    const asked = reuse("generateDataKey", own.dataKey, wrapRequest(own.entries, deadline));
    if (!(asked instanceof Promise)) return own;
    return asked.then(
      () => own,
      (error: unknown) => {
        own.dataKey.fill(0);
        throw error;
      },
    );
  }
}

const copyOf = ({ dataKey, encrypted, entries, privateKey }: EncryptionMaterials): EncryptionMaterials => ({
  dataKey: new Uint8Array(dataKey),
  encrypted,
  entries,
  privateKey,
});
