import type { OwnedBytes } from "@kms/core";
import type { Awaitable } from "../after.ts";
import type { Entries } from "../format/associated-data.ts";
import type { MessageHeader } from "../format/header.ts";
import type { CommitmentPolicy } from "../message/commitment-policy.ts";
import { wrapRequest } from "../message/materials.ts";
import type { Deadline } from "../options.ts";
import type { Recipient, Unwrapped } from "../recipients/recipient.ts";
import type { Tally } from "./counts.ts";
import { Flights } from "./flights.ts";
import { KeyStore } from "./key-store.ts";
import type { CheckedLimits } from "./limits.ts";

/** A message to be opened, as far as its data key is concerned. */
export interface ToOpen {
  readonly header: MessageHeader;
  readonly policy: CommitmentPolicy;
  /** All associated data. */
  readonly entries: Entries;
  /** Of the body, which is longer than the plaintext; undefined where it is not known beforehand, as of a stream. */
  readonly bytes: number | undefined;
  readonly deadline: Deadline;
}

/** Names beyond this are not kept: messages for hundreds of recipients. */
const longestNameBytes = 16_384;

type Held = Unwrapped & { readonly dataKey: OwnedBytes };
/** What the cache answered, so that it is not kept again. */
type Answered = Held & { readonly isCached: true };

/**
 * Data keys that messages were opened with: one serves again for the same bytes of all encrypted data keys, suite, policy
 * and associated data. It is kept once a header was proven with it, so that made-up messages fill nothing.
 */
export class DecryptionCache {
  readonly #recipient: Recipient;
  readonly #limits: CheckedLimits;
  readonly #tally: Tally;
  readonly #flights = new Flights<Unwrapped>();
  readonly keys: KeyStore<Held>;

  constructor(recipient: Recipient, limits: CheckedLimits, tally: Tally) {
    this.#recipient = recipient;
    this.#limits = limits;
    this.#tally = tally;
    this.keys = new KeyStore(limits);
  }

  /** What the recipient answers, or answered before; the data key is the caller's own copy. */
  unwrap(wanted: ToOpen): Awaitable<Unwrapped> {
    const name = this.#nameOf(wanted);
    if (name === undefined) {
      this.#tally.bypassed += 1;
      return this.#ask(wanted, wanted.deadline);
    }
    const found = this.keys.take(name, wanted.bytes ?? 0);
    if (found !== undefined) return this.#again(found, wanted);
    const awaited = this.#flights.get(name, wanted.deadline);
    if (awaited !== undefined) return awaited.then(() => this.unwrap(wanted));
    this.#tally.misses += 1;
    const asked = this.#ask(wanted, wanted.deadline.shared());
    if (!(asked instanceof Promise)) return asked;
    return this.#flights.wait(name, asked, wanted.deadline).catch((error: unknown) => {
      // Who left before it came has no use for it.
      asked.then(({ dataKey }) => dataKey?.fill(0)).catch(() => {});
      throw error;
    });
  }

  /** Keeps a data key with which the header was proven. */
  keep(wanted: ToOpen, unwrapped: Unwrapped, dataKey: OwnedBytes): void {
    if ("isCached" in unwrapped) return;
    const name = this.#nameOf(wanted);
    if (name === undefined || this.keys.has(name)) return;
    const { report, errors, reuse } = unwrapped;
    this.keys.put(name, { dataKey: new Uint8Array(dataKey), report, errors, reuse }, wanted.bytes ?? 0);
  }

  #again(found: Held, wanted: ToOpen): Awaitable<Unwrapped> {
    this.#tally.hits += 1;
    // Copied now: the cache may overwrite its own while they are asked.
    const { report, errors, reuse } = found;
    const own: Answered = { dataKey: new Uint8Array(found.dataKey), report, errors, reuse, isCached: true };
    if (reuse === undefined) return own;
    const asked = reuse(wrapRequest(wanted.entries, wanted.deadline));
    // Where that key refuses now, whoever else can open the message is asked, and the report is of today.
    return asked.then(
      () => own,
      () => {
        own.dataKey.fill(0);
        return this.#ask(wanted, wanted.deadline);
      },
    );
  }

  #ask({ header, entries }: ToOpen, deadline: Deadline): Awaitable<Unwrapped> {
    return this.#recipient.unwrap(header.encryptedDataKeys, header.suite.keyBytes, wrapRequest(entries, deadline));
  }

  #nameOf({ header, policy, entries, bytes }: ToOpen): string | undefined {
    if (bytes === undefined || bytes > this.#limits.maximumBytes) return undefined;
    const { boundBytes, stored, suite } = header;
    if (boundBytes.length > longestNameBytes) return undefined;
    // The bytes of the header tell their own end; beyond what it stores, what was given.
    const more = entries === stored ? "" : entries.bytes.toString("latin1");
    return `${suite.id}\n${policy}\n${boundBytes.toString("latin1")}${more}`;
  }
}
