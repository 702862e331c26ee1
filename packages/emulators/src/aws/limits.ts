/** A documented limit: both ends allowed. */
export interface Limit {
  readonly minimum: number;
  readonly maximum: number;
  /** Vendor document and section. */
  readonly source: string;
}

const limit = (minimum: number, maximum: number, source: string): Limit => ({ minimum, maximum, source });

/** Names of the limits. */
export type LimitName =
  | "plaintextBytes"
  | "ciphertextBytes"
  | "messageBytes"
  | "signatureBytes"
  | "publicKeyBytes"
  | "dataKeyBytes"
  | "randomBytes"
  | "keyReferenceLength"
  | "descriptionLength"
  | "aliasNameLength"
  | "policyNameLength"
  | "aliasesPerKey"
  | "tags"
  | "tagKeyLength"
  | "tagValueLength"
  | "pendingWindowDays"
  | "rotationPeriodDays"
  | "onDemandRotations"
  | "markerLength"
  | "listKeys"
  | "listAliases"
  | "listResourceTags"
  | "listKeyRotations";

/** Lengths in bytes for binary members, in UTF-16 units for text, counts and days otherwise. */
export const LIMITS: Readonly<Record<LimitName, Limit>> = {
  plaintextBytes: limit(1, 4096, "AWS KMS API Reference, Encrypt, Plaintext"),
  ciphertextBytes: limit(1, 6144, "AWS KMS API Reference, Decrypt, CiphertextBlob"),
  messageBytes: limit(1, 4096, "AWS KMS API Reference, Sign, Message; GenerateMac, Message"),
  signatureBytes: limit(1, 6144, "AWS KMS API Reference, Verify, Signature; VerifyMac, Mac"),
  publicKeyBytes: limit(1, 8192, "AWS KMS API Reference, DeriveSharedSecret, PublicKey"),
  dataKeyBytes: limit(1, 1024, "AWS KMS API Reference, GenerateDataKey, NumberOfBytes"),
  randomBytes: limit(1, 1024, "AWS KMS API Reference, GenerateRandom, NumberOfBytes"),
  keyReferenceLength: limit(1, 2048, "AWS KMS API Reference, KeyId"),
  descriptionLength: limit(0, 8192, "AWS KMS API Reference, CreateKey, Description"),
  aliasNameLength: limit(1, 256, "AWS KMS API Reference, CreateAlias, AliasName"),
  policyNameLength: limit(1, 128, "AWS KMS API Reference, GetKeyPolicy, PolicyName"),
  aliasesPerKey: limit(0, 50, "AWS KMS Developer Guide, Resource quotas, Aliases per KMS key"),
  tags: limit(0, 50, "AWS KMS Developer Guide, Tags in AWS KMS, Tag restrictions"),
  tagKeyLength: limit(1, 128, "AWS KMS API Reference, Tag, TagKey"),
  tagValueLength: limit(0, 256, "AWS KMS API Reference, Tag, TagValue"),
  pendingWindowDays: limit(7, 30, "AWS KMS API Reference, ScheduleKeyDeletion, PendingWindowInDays"),
  rotationPeriodDays: limit(90, 2560, "AWS KMS API Reference, EnableKeyRotation, RotationPeriodInDays"),
  onDemandRotations: limit(0, 25, "AWS KMS API Reference, RotateKeyOnDemand"),
  markerLength: limit(1, 1024, "AWS KMS API Reference, ListKeys, Marker"),
  listKeys: limit(1, 1000, "AWS KMS API Reference, ListKeys, Limit"),
  listAliases: limit(1, 100, "AWS KMS API Reference, ListAliases, Limit"),
  listResourceTags: limit(1, 50, "AWS KMS API Reference, ListResourceTags, Limit"),
  listKeyRotations: limit(1, 1000, "AWS KMS API Reference, ListKeyRotations, Limit"),
};

/** What the service takes where the caller says nothing, each with its document. */
export const DEFAULTS = {
  pendingWindowDays: { value: 30, source: "AWS KMS API Reference, ScheduleKeyDeletion, PendingWindowInDays" },
  rotationPeriodDays: { value: 365, source: "AWS KMS API Reference, EnableKeyRotation, RotationPeriodInDays" },
  listKeys: { value: 100, source: "AWS KMS API Reference, ListKeys, Limit" },
  listAliases: { value: 50, source: "AWS KMS API Reference, ListAliases, Limit" },
  listResourceTags: { value: 50, source: "AWS KMS API Reference, ListResourceTags, Limit" },
  listKeyRotations: { value: 100, source: "AWS KMS API Reference, ListKeyRotations, Limit" },
} as const;

/** Whether `value` is within the limit. */
export const within = (value: number, { minimum, maximum }: Limit): boolean => value >= minimum && value <= maximum;
