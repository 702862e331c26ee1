import { invalidArgument } from "../errors.ts";
import { checkRecipient } from "../recipients/check-recipient.ts";
import { generateFor } from "../recipients/drawn.ts";
import type { Recipient } from "../recipients/recipient.ts";
import type { DataKeyCacheCounts, Tally } from "./counts.ts";
import { DecryptionCache } from "./decryption-cache.ts";
import { EncryptionCache } from "./encryption-cache.ts";
import { readCacheLimits, type DataKeyCacheLimits, type DataKeyCacheOptions } from "./limits.ts";

/** A recipient whose data keys serve more than once. */
export interface CachedRecipient extends Recipient {
  readonly counts: () => DataKeyCacheCounts;
  /** Overwrites every data key now, and keeps none of those asked for before. The cache can be used on. */
  readonly clear: () => void;
}

/** Both directions of a cache. */
export interface DataKeyCache {
  readonly encryption: EncryptionCache;
  readonly decryption: DecryptionCache;
}

const caches = new WeakMap<Recipient, DataKeyCache>();

/** The cache of a recipient that `cachedRecipient` made. */
export const cacheOf = (recipient: Recipient): DataKeyCache | undefined => caches.get(recipient);

/**
 * The same recipient with a cache of data keys in this process (`crypto-rules` 22): a data key serves for messages of one
 * suite and the same associated data, and for the messages that carry it, within all three limits. Several who need one at the
 * same time wait for one call. Each use is still put to policy, restriction, `authorize` and audit; what the cache saves is
 * the provider, which therefore does not see it: a key disabled or rotated there is noticed once `maximumAgeMs` has passed. States
 * of own keys are enforced at every use. Streams pass the cache by, since their length is not known; so does a message
 * larger than `maximumBytes`. Data keys that leave are overwritten.
 * `INVALID_ARGUMENT` for a missing limit, and for a recipient that has a cache already.
 */
export function cachedRecipient(
  recipient: Recipient,
  limits: DataKeyCacheLimits,
  options?: DataKeyCacheOptions,
): CachedRecipient {
  checkRecipient(recipient);
  if (cacheOf(recipient) !== undefined) {
    throw invalidArgument("make a cache of data keys", "the recipient has one already", "Give the one beneath it.");
  }
  const checked = readCacheLimits(limits, options);
  const tally: Tally = { hits: 0, misses: 0, bypassed: 0 };
  const encryption = new EncryptionCache(recipient, checked, tally);
  const decryption = new DecryptionCache(recipient, checked, tally);
  const cached = Object.freeze<CachedRecipient>({
    name: recipient.name,
    // Of the one beneath, for whatever an application puts around this one: data keys are then generated and asked about as there.
    generate: (lengthBytes, request) => generateFor(recipient, lengthBytes, request),
    reuse:
      recipient.reuse === undefined ? undefined : (use, dataKey, request) => recipient.reuse?.(use, dataKey, request),
    wrap: (dataKey, request) => recipient.wrap(dataKey, request),
    unwrap: (encrypted, lengthBytes, request) => recipient.unwrap(encrypted, lengthBytes, request),
    counts: () => ({
      ...tally,
      evicted: encryption.keys.evicted + decryption.keys.evicted,
      held: encryption.keys.size + decryption.keys.size,
    }),
    clear: () => {
      encryption.clear();
      decryption.clear();
    },
  });
  caches.set(cached, { encryption, decryption });
  return cached;
}
