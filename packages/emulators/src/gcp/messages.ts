import type { CryptoKey } from "./crypto-key.ts";
import type { KeyVersion, VersionState } from "./key-version.ts";
import type { Message } from "./input.ts";
import type { KeyRing } from "./store.ts";

/** A `google.protobuf.Timestamp` or `Duration`, to the millisecond. */
export const timeOf = (ms: number): Message => ({
  seconds: String(Math.floor(ms / 1000)),
  nanos: (ms - Math.floor(ms / 1000) * 1000) * 1_000_000,
});

/** A KeyRing as it goes out. */
export const ringMessage = ({ name, createdAtMs }: KeyRing): Message => ({ name, createTime: timeOf(createdAtMs) });

/**
 * A CryptoKeyVersion as it goes out. Source: resources.proto, CryptoKeyVersion: `destroy_time` only in
 * DESTROY_SCHEDULED, `destroy_event_time` only in DESTROYED; provider facts §8.3: no `generate_time` while pending.
 */
export function versionMessage(
  version: KeyVersion,
  nowMs: number,
  state: VersionState = version.stateAt(nowMs),
): Message {
  const { name, algorithm, level, createdAtMs, generatedAtMs } = version.is;
  const { destroyAtMs } = version;
  return {
    name,
    state,
    protectionLevel: level,
    algorithm,
    createTime: timeOf(createdAtMs),
    ...(state === "PENDING_GENERATION" ? {} : { generateTime: timeOf(generatedAtMs) }),
    ...(state === "DESTROY_SCHEDULED" && destroyAtMs !== undefined ? { destroyTime: timeOf(destroyAtMs) } : {}),
    ...(state === "DESTROYED" && destroyAtMs !== undefined ? { destroyEventTime: timeOf(destroyAtMs) } : {}),
  };
}

/** A CryptoKey as it goes out. Source: resources.proto, CryptoKey. */
export function keyMessage(key: CryptoKey, nowMs: number): Message {
  const { name, purpose, level, createdAtMs, destroyScheduledMs } = key.is;
  const { primary, rotation } = key;
  return {
    name,
    purpose,
    createTime: timeOf(createdAtMs),
    versionTemplate: { protectionLevel: level, algorithm: key.template.algorithm },
    labels: Object.fromEntries(key.labels),
    destroyScheduledDuration: timeOf(destroyScheduledMs),
    ...(primary === undefined ? {} : { primary: versionMessage(primary, nowMs) }),
    ...(rotation === undefined
      ? {}
      : { rotationPeriod: timeOf(rotation.periodMs), nextRotationTime: timeOf(rotation.nextAtMs) }),
  };
}
