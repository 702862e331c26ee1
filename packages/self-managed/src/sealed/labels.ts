/**
 * What separates the uses of keys and digests from each other, all in one place. The number is the format's: another
 * format takes another label, so that no bytes mean two things.
 */
export const labels = {
  /** HKDF: store key → key that wraps material. */
  materialKey: "kms/store/material-key/1",
  /** HKDF: store key → key of record MACs. */
  recordKey: "kms/store/record-key/1",
  /** HKDF: store key → key of the head's MAC. */
  headKey: "kms/store/head-key/1",
  /** HKDF: key that wraps material and a salt → one-use key and commitment. */
  material: "kms/store/material/1",
  /** HKDF: slot key and a salt → one-use key and commitment. */
  slot: "kms/store/slot/1",
  /** HKDF: bytes of a key root and a slot's salt → slot key. */
  rootKey: "kms/store/root-key/1",
  /** First part of what a record's MAC covers. */
  record: "kms/store/record/1",
  /** First part of what the head's MAC covers. */
  head: "kms/store/head/1",
  /** First part of what the digest over all slots covers. */
  slots: "kms/store/slots/1",
} as const;

/** A use of a key or a digest. */
export type Label = keyof typeof labels;
