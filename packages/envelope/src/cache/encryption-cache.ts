import { KmsError } from "@kms/core";
import { isPromised, leaveThen, type Awaitable } from "../after.ts";
import type { Entries } from "../format/associated-data.ts";
import type { WrittenSuiteId } from "../format/suites.ts";
import { freshMaterials, wrapRequest, type EncryptionMaterials } from "../message/materials.ts";
import type { Deadline } from "../options.ts";
import type { Recipient } from "../recipients/recipient.ts";
import type { Tally } from "./counts.ts";
import { Flights } from "./flights.ts";
import { KeyStore } from "./key-store.ts";
import type { CheckedLimits } from "./limits.ts";
import { Uses } from "./uses.ts";

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
  readonly #flights = new Flights<EncryptionMaterials>(copyOf);
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
    const name = `${suite},${entries.name}`;
    const found = this.keys.take(name, bytes, "drops");
    // Copied now: the cache may overwrite its own while they are asked.
    if (found !== undefined) return this.#again(name, copyOf(found.held), deadline);
    const boarded = this.#flights.board(name, bytes, deadline);
    if (boarded === undefined) return this.#fresh(name, wanted, bytes);
    return boarded.then((own) => (own === undefined ? this.materials(wanted) : this.#again(name, own, deadline)));
  }

  /** Overwrites every data key; what is under way is not kept. */
  clear(): void {
    this.keys.clear();
    this.#flights.close();
  }

  #fresh(name: string, { suite, entries, deadline }: ToMake, bytes: number): Awaitable<EncryptionMaterials> {
    this.#tally.misses += 1;
    const uses = new Uses(this.#limits);
    uses.take(bytes);
    const { generation } = this.keys;
    const keep = (held: EncryptionMaterials): void => this.keys.put(name, { held, uses }, generation);
    const fetched = freshMaterials(this.#recipient, suite, entries, deadline.shared());
    if (isPromised(fetched)) return this.#flights.begin(name, fetched, { uses, deadline, keep });
    const own = copyOf(fetched);
    keep(fetched);
    return own;
  }

  /**
   * Whoever is asked for a data key is asked before one is used again. What policy does not allow any more is not kept: the key
   * may have been rotated elsewhere, which shows when a data key is asked for anew.
   */
  #again(name: string, own: EncryptionMaterials, deadline: Deadline): Awaitable<EncryptionMaterials> {
    this.#tally.hits += 1;
    const recipient = this.#recipient;
    if (recipient.reuse === undefined) return own;
    return leaveThen(
      () => recipient.reuse?.("generateDataKey", own.dataKey, wrapRequest(own.entries, deadline)),
      () => own,
      (error) => {
        own.dataKey.fill(0);
        if (KmsError.isInstance(error) && error.code === "POLICY_VIOLATION") this.keys.drop(name);
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
