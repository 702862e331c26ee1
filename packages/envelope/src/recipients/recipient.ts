import type { Bytes, EncryptedDataKey, OwnedBytes, StringMap } from "@kms/core";
import type { Awaitable } from "../after.ts";
import type { Attempt } from "./report.ts";

/** What a data key is wrapped for, and how long that may take. */
export interface WrapRequest {
  /** All associated data of the message, what it does not store included; in signed suites the public key too. */
  readonly associatedData: StringMap;
  /** The same in its serialised form. */
  readonly associatedDataBytes: Bytes;
  /** Whoever waits ends by this, and within `remainingMs`: nobody ends it for him. */
  readonly signal: AbortSignal | undefined;
  readonly remainingMs: () => number;
}

/** A fresh data key in clear, and wrapped for everybody who is to open the message. */
export interface GeneratedDataKey {
  readonly dataKey: OwnedBytes;
  readonly encrypted: readonly EncryptedDataKey[];
}

/** The data key, or why there is none. */
export interface Unwrapped extends Attempt {
  readonly dataKey: OwnedBytes | undefined;
  /** Asked before the data key is used again out of a cache; throws or rejects to refuse, and `false` refuses too. Without it nobody is asked. */
  readonly reuse?: ((request: WrapRequest) => Awaitable<void>) | undefined;
}

/** `reuse` of an answer, by itself: it may be a method, of a class of the application's. */
export const reuseOf = (unwrapped: Unwrapped): Unwrapped["reuse"] =>
  unwrapped.reuse === undefined ? undefined : (request) => unwrapped.reuse?.(request);

/** As what a data key was got that is used again out of a cache. */
export type CachedUse = "generateDataKey" | "wrapDataKey";

/**
 * Who can open a message: a key of a provider (`kmsRecipient`), a key of the application's own format (`rawAesRecipient`,
 * `rawRsaRecipient`), or several of which any can (`anyOf`). The members are for those; an application passes recipients on.
 * Answers that are there at once are no promises.
 */
export interface Recipient {
  /** How reports name it. */
  readonly name: string;
  /** A fresh data key, wrapped. Without it, one is drawn and given to `wrap`. */
  readonly generate?: ((lengthBytes: 16 | 24 | 32, request: WrapRequest) => Awaitable<GeneratedDataKey>) | undefined;
  /** The data key, wrapped. The bytes stay the caller's: they are overwritten after the answer. */
  readonly wrap: (dataKey: OwnedBytes, request: WrapRequest) => Awaitable<readonly EncryptedDataKey[]>;
  /**
   * Asked before a data key of this recipient is used again out of a cache; throws or rejects to refuse, and `false` refuses
   * too. Without it nobody is asked.
   */
  readonly reuse?: ((use: CachedUse, dataKey: OwnedBytes, request: WrapRequest) => Awaitable<void>) | undefined;
  /**
   * The data key out of the first of `encrypted` that is this recipient's and opens, in memory of its own: it is overwritten
   * after use. What does not open, or cannot be asked, goes into `report` and `errors`. What is thrown reaches the caller of
   * `decrypt`; of one of several it counts as unreachable, or as what its code says.
   */
  readonly unwrap: (
    encrypted: readonly EncryptedDataKey[],
    lengthBytes: number,
    request: WrapRequest,
  ) => Awaitable<Unwrapped>;
}
