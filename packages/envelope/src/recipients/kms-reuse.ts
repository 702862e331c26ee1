import type { EncryptedDataKey, OwnedBytes } from "@kms/core";
import type * as driver from "@kms/core/driver";
import { entriesFor, reading, within, type KmsKey } from "./kms-call.ts";
import type { CachedUse, WrapRequest } from "./recipient.ts";

// Loaded with the first hit of a cache: it is a sixth of what the import of this package would cost.
let door: typeof driver | undefined;
const openDoor = async (): Promise<typeof driver> => (door = await import("@kms/core/driver"));

/**
 * Puts another use of a cached data key to everybody who is asked of a first one: policy, restriction, `authorize` and audit,
 * without the provider (`useCachedDataKey`). Where the provider judges states in this process, as own keys do, it is asked
 * itself: the data key is generated or wrapped once more, and what comes of it is overwritten.
 */
export async function reuseWrapped(
  held: KmsKey,
  use: CachedUse,
  dataKey: OwnedBytes,
  request: WrapRequest,
): Promise<void> {
  const { kms, key } = held;
  const associatedData = entriesFor(held, request);
  if (!judgesStates(held)) {
    const { useCachedDataKey } = door ?? (await openDoor());
    return useCachedDataKey(kms, { key, use, associatedData }, within(request));
  }
  if (use === "wrapDataKey") {
    await kms.wrapDataKey(key, dataKey, associatedData, within(request));
    return;
  }
  const again = await kms.generateDataKey(key, 32, associatedData, within(request));
  again.plaintext.fill(0);
}

/** The same for a data key that was unwrapped. */
export async function reuseUnwrapped(held: KmsKey, encrypted: EncryptedDataKey, request: WrapRequest): Promise<void> {
  const { kms, key } = held;
  const associatedData = entriesFor(held, request);
  if (!judgesStates(held)) {
    const { useCachedDataKey } = door ?? (await openDoor());
    return useCachedDataKey(kms, { key, use: "unwrapDataKey", associatedData }, reading(held, request));
  }
  const again = await kms.unwrapDataKey(key, encrypted, associatedData, reading(held, request));
  again.fill(0);
}

/** Whether the provider promises that a disabled key stops at once: that promise a cache must not break. */
const judgesStates = ({ kms, key }: KmsKey): boolean =>
  kms.capabilities(key.provider).disableVisibleWithinMs !== undefined;
