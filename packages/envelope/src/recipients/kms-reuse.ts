import type { EncryptedDataKey, OwnedBytes, ProcessOptions } from "@kms/core";
import type * as driver from "@kms/core/driver";
import { after, type Awaitable } from "../after.ts";
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
export function reuseWrapped(held: KmsKey, use: CachedUse, dataKey: OwnedBytes, request: WrapRequest): Awaitable<void> {
  if (!judgesStates(held)) return useKept(held, use, request, () => within(request));
  return wrapAgain(held, use, dataKey, request);
}

async function wrapAgain(held: KmsKey, use: CachedUse, dataKey: OwnedBytes, request: WrapRequest): Promise<void> {
  const { kms, key } = held;
  const associatedData = entriesFor(held, request);
  if (use === "wrapDataKey") {
    await kms.wrapDataKey(key, dataKey, associatedData, within(request));
    return;
  }
  const again = await kms.generateDataKey(key, 32, associatedData, within(request));
  again.plaintext.fill(0);
}

/** The same for a data key that was unwrapped. */
export function reuseUnwrapped(held: KmsKey, encrypted: EncryptedDataKey, request: WrapRequest): Awaitable<void> {
  if (!judgesStates(held)) return useKept(held, "unwrapDataKey", request, () => reading(held, request));
  return unwrapAgain(held, encrypted, request);
}

async function unwrapAgain(held: KmsKey, encrypted: EncryptedDataKey, request: WrapRequest): Promise<void> {
  const { kms, key } = held;
  const again = await kms.unwrapDataKey(key, encrypted, entriesFor(held, request), reading(held, request));
  again.fill(0);
}

/** At once, unless somebody who is asked waits. `options` say what time is left once the door is open. */
function useKept(
  held: KmsKey,
  use: CachedUse | "unwrapDataKey",
  request: WrapRequest,
  options: () => ProcessOptions,
): Awaitable<void> {
  const { kms, key } = held;
  const cached = { key, use, associatedData: entriesFor(held, request) };
  return after(door ?? openDoor(), ({ useCachedDataKey }) => useCachedDataKey(kms, cached, options()));
}

/** Whether the provider promises that a disabled key stops at once: that promise a cache must not break. */
const judgesStates = ({ kms, key }: KmsKey): boolean =>
  kms.capabilities(key.provider).disableVisibleWithinMs !== undefined;
