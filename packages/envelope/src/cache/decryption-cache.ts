import type { OwnedBytes } from "@kms/core";
import { after, isPromised, leaveThen, type Awaitable } from "../after.ts";
import type { Entries } from "../format/associated-data.ts";
import type { MessageHeader } from "../format/header.ts";
import type { CommitmentPolicy } from "../message/commitment-policy.ts";
import { wrapRequest } from "../message/materials.ts";
import type { Deadline } from "../options.ts";
import { checkUnwrapped } from "../recipients/attempt.ts";
import { reuseOf, type Recipient, type Unwrapped } from "../recipients/recipient.ts";
import type { Tally } from "./counts.ts";
import { Flights } from "./flights.ts";
import { KeyStore } from "./key-store.ts";
import type { CheckedLimits } from "./limits.ts";
import { Uses } from "./uses.ts";

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
/** With the uses that the message was taken from; whether to keep it is settled once the header is proven, or is not. */
export type Answer = Unwrapped & {
  readonly uses?: Uses | undefined;
  /** Of the cache, when it was asked for; undefined where it came out of the cache. */
  readonly generation?: number | undefined;
};

/**
 * Data keys that messages were opened with: one serves again for the same bytes of all encrypted data keys, suite, policy
 * and associated data. It is kept once a header was proven with it, so that made-up messages fill nothing (decision 0070).
 * Nor do they take anything away: what one took is given back, and a key for which one is too long stays.
 */
export class DecryptionCache {
  readonly #recipient: Recipient;
  readonly #limits: CheckedLimits;
  readonly #tally: Tally;
  readonly #flights = new Flights<Answer>(copyOf);
  readonly keys: KeyStore<Held>;

  constructor(recipient: Recipient, limits: CheckedLimits, tally: Tally) {
    this.#recipient = recipient;
    this.#limits = limits;
    this.#tally = tally;
    this.keys = new KeyStore(limits);
  }

  /** What the recipient answers, or answered before; the data key is the caller's own copy. */
  unwrap(wanted: ToOpen): Awaitable<Answer> {
    const { bytes = 0, deadline } = wanted;
    const name = this.#nameOf(wanted);
    if (name === undefined) {
      this.#tally.bypassed += 1;
      return this.#ask(wanted, deadline);
    }
    // Whoever copies encrypted data keys can write any length behind them.
    const found = this.keys.take(name, bytes, "leaves");
    if (found !== undefined) {
      const { held, uses } = found;
      // Copied now: the cache may overwrite its own while they are asked.
      return this.#again({ ...held, dataKey: new Uint8Array(held.dataKey), uses }, wanted);
    }
    const boarded = this.#flights.board(name, bytes, deadline);
    if (boarded === undefined) return this.#fresh(name, wanted, bytes);
    return boarded.then((own) => (own === undefined ? this.unwrap(wanted) : this.#again(own, wanted)));
  }

  /** Overwrites every data key; what is under way is not kept. */
  clear(): void {
    this.keys.clear();
    this.#flights.close();
  }

  /** Keeps a data key with which the header was proven, instead of one that had too little left. */
  keep(wanted: ToOpen, { report, errors, reuse, uses, generation }: Answer, dataKey: OwnedBytes): void {
    if (uses === undefined || generation === undefined) return;
    const name = this.#nameOf(wanted);
    if (name === undefined || this.keys.holds(name, uses)) return;
    const held = { dataKey: new Uint8Array(dataKey), report, errors, reuse };
    this.keys.put(name, { held, uses }, generation);
  }

  /** For a message whose header was not proven: it counts for nothing. */
  giveBack({ bytes = 0 }: ToOpen, { uses }: Answer): void {
    uses?.giveBack(bytes);
  }

  #fresh(name: string, wanted: ToOpen, bytes: number): Awaitable<Answer> {
    const { deadline } = wanted;
    this.#tally.misses += 1;
    const uses = new Uses(this.#limits);
    uses.take(bytes);
    const { generation } = this.keys;
    const asked = this.#ask(wanted, deadline.shared());
    if (!isPromised(asked)) return answerOf(asked, uses, generation);
    const answered = asked.then((answer) => answerOf(answer, uses, generation));
    return this.#flights.begin(name, answered, { uses, deadline, keep: ({ dataKey }) => dataKey?.fill(0) });
  }

  /** An answer from before is put to whom it came from. Where that one refuses now, or there was none, all are asked anew, and the report is of today. */
  #again(own: Answer, wanted: ToOpen): Awaitable<Answer> {
    const { dataKey, reuse } = own;
    if (dataKey === undefined) {
      this.#tally.misses += 1;
      return this.#ask(wanted, wanted.deadline);
    }
    this.#tally.hits += 1;
    if (reuse === undefined) return own;
    return leaveThen(
      () => reuse(wrapRequest(wanted.entries, wanted.deadline)),
      () => own,
      () => {
        dataKey.fill(0);
        this.giveBack(wanted, own);
        return this.#ask(wanted, wanted.deadline);
      },
    );
  }

  #ask({ header, entries }: ToOpen, deadline: Deadline): Awaitable<Unwrapped> {
    const { encryptedDataKeys, suite } = header;
    const answer = this.#recipient.unwrap(encryptedDataKeys, suite.keyBytes, wrapRequest(entries, deadline));
    return after(answer, checkUnwrapped);
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

/** Read member by member: what a recipient answers may be of a class, and `reuse` a method that no spread would copy. */
const answerOf = (unwrapped: Unwrapped, uses: Uses, generation: number): Answer => {
  const { dataKey, report, errors } = unwrapped;
  return { dataKey, report, errors, reuse: reuseOf(unwrapped), uses, generation };
};

const copyOf = ({ dataKey, report, errors, reuse, uses, generation }: Answer): Answer => {
  const own = dataKey === undefined ? undefined : new Uint8Array(dataKey);
  return { dataKey: own, report, errors, reuse, uses, generation };
};
