import { DAY_MS } from "../clock.ts";

/** A limit: both ends allowed. */
export interface Limit {
  readonly minimum: number;
  readonly maximum: number;
  /** Document and section. */
  readonly source: string;
}

const limit = (minimum: number, maximum: number, source: string): Limit => ({ minimum, maximum, source });
const { MAX_SAFE_INTEGER: NO_MAXIMUM } = Number;
const ROTATION = "provider facts §3.2 (learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation)";
const HSM_ROTATION = "provider facts §3.2 (learn.microsoft.com/azure/key-vault/managed-hsm/key-rotation)";

/** Names of the limits. */
export type LimitName =
  | "pageSize"
  | "retentionDays"
  | "tags"
  | "tagLength"
  | "gcmBytes"
  | "hmacBytes"
  | "wrappedBytes"
  | "randomBytes"
  | "rotationMs"
  | "hsmRotationMs"
  | "expiryMs"
  | "lifetimeActions"
  | "hsmVersions";

/** Sizes in bytes, durations in milliseconds. */
export const LIMITS: Readonly<Record<LimitName, Limit>> = {
  pageSize: limit(1, 25, "learn.microsoft.com/rest/api/keyvault/keys/get-keys, maxresults"),
  retentionDays: limit(7, 90, "provider facts §3.2, deletion window"),
  tags: limit(0, 15, "learn.microsoft.com/azure/key-vault/keys/about-keys, Key tags"),
  tagLength: limit(0, 256, "learn.microsoft.com/azure/key-vault/keys/about-keys, Key tags: longer is not implemented"),
  gcmBytes: limit(0, 8192, "provider facts §2.3, from memory (a few KiB): what is above is not implemented"),
  hmacBytes: limit(0, 8192, "not documented: what is above is not implemented"),
  wrappedBytes: limit(16, 4096, "RFC 3394 §2.2.1 for the least; what is above is not implemented"),
  randomBytes: limit(1, 128, "provider facts §2.3, from memory: what is above is not implemented"),
  rotationMs: limit(7 * DAY_MS, NO_MAXIMUM, ROTATION),
  hsmRotationMs: limit(28 * DAY_MS, NO_MAXIMUM, HSM_ROTATION),
  expiryMs: limit(28 * DAY_MS, NO_MAXIMUM, `${HSM_ROTATION}, and the vault's how-to`),
  lifetimeActions: limit(0, 2, ROTATION),
  hsmVersions: limit(1, 100, HSM_ROTATION),
};

/** Whether `value` is within the limit. */
export const within = (value: number, { minimum, maximum }: Limit): boolean => value >= minimum && value <= maximum;
