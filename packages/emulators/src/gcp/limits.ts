/** A documented limit: both ends allowed. */
export interface Limit {
  readonly minimum: number;
  readonly maximum: number;
  /** Document and section. */
  readonly source: string;
}

const limit = (minimum: number, maximum: number, source: string): Limit => ({ minimum, maximum, source });
const KIB = 1024;
const HOUR_MS = 3_600_000;

/** Names of the limits. */
export type LimitName =
  | "softwarePlaintextBytes"
  | "softwareAadBytes"
  | "hsmTogetherBytes"
  | "macDataBytes"
  | "hsmMacDataBytes"
  | "signedDataBytes"
  | "randomBytes"
  | "rotationPeriodMs"
  | "destroyScheduledMs"
  | "pageSize";

/** Sizes in bytes, durations in milliseconds. */
export const LIMITS: Readonly<Record<LimitName, Limit>> = {
  softwarePlaintextBytes: limit(1, 64 * KIB, "service.proto, EncryptRequest.plaintext"),
  softwareAadBytes: limit(0, 64 * KIB, "service.proto, EncryptRequest.additional_authenticated_data"),
  hsmTogetherBytes: limit(1, 8 * KIB, "service.proto, EncryptRequest.plaintext"),
  macDataBytes: limit(1, 64 * KIB, "provider facts §2.3, from memory: what is above is not implemented"),
  hsmMacDataBytes: limit(1, 16 * KIB, "provider facts §2.3, from memory: what is above is not implemented"),
  signedDataBytes: limit(1, 64 * KIB, "provider facts §2.3, from memory: what is above is not implemented"),
  randomBytes: limit(8, 1024, "service.proto, GenerateRandomBytesRequest.length_bytes"),
  rotationPeriodMs: limit(24 * HOUR_MS, 876_000 * HOUR_MS, "resources.proto, CryptoKey.rotation_period"),
  destroyScheduledMs: limit(24 * HOUR_MS, 120 * 24 * HOUR_MS, "Cloud KMS documentation, Create a key, destruction"),
  pageSize: limit(1, 1000, "kms-integrations, fakekms, maxPageSize"),
};

/** Whether `value` is within the limit. */
export const within = (value: number, { minimum, maximum }: Limit): boolean => value >= minimum && value <= maximum;
