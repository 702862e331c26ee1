/**
 * The ciphertext of own AES-256-GCM keys (`crypto-rules` 8): salt (32) ‖ commitment (32) ‖ ciphertext ‖ tag (16).
 * HMAC-SHA-512(key, label ‖ salt ‖ associated data) gives the key of this one message and, in its second half, the
 * commitment: a ciphertext opens under one key and one set of associated data only.
 */
import { decryptionFailed } from "../errors.ts";
import { equalBytes, hmacOfParts, openOnce, sealOnce, type KeyObject } from "../primitives.ts";
import { nextSalt } from "./salts.ts";

const saltBytes = 32;
const commitmentBytes = 32;
const tagBytes = 16;
const bodyAt = saltBytes + commitmentBytes;

/** How many bytes longer than its plaintext a ciphertext is: 80. */
export const aeadOverheadBytes: number = bodyAt + tagBytes;

/** What separates the two uses of a key: data, and data keys that it wraps. Neither opens what the other made. */
export const aeadLabels: Readonly<Record<"data" | "dataKey", Uint8Array>> = {
  data: Buffer.from("kms/aead/1"),
  dataKey: Buffer.from("kms/data-key/1"),
};

/** Encrypts under a fresh salt. The answer is in memory of its own. */
export function sealAead(
  secret: KeyObject,
  label: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  const sealed = new Uint8Array(bodyAt + plaintext.length + tagBytes);
  const salt = nextSalt();
  const derived = hmacOfParts(secret, label, salt, associated);
  sealed.set(salt);
  sealed.set(derived.subarray(32), saltBytes);
  const key = derived.subarray(0, 32);
  sealOnce(key, plaintext, sealed, bodyAt);
  key.fill(0);
  return sealed;
}

/** The plaintext; `DECRYPTION_FAILED` for anything wrong. The commitment is compared before anything is decrypted. */
export function openAead(secret: KeyObject, label: Uint8Array, sealed: Uint8Array, associated: Uint8Array): Uint8Array {
  if (sealed.length < aeadOverheadBytes) throw decryptionFailed();
  const derived = hmacOfParts(secret, label, sealed.subarray(0, saltBytes), associated);
  const key = derived.subarray(0, 32);
  const tagAt = sealed.length - tagBytes;
  const plaintext = equalBytes(derived.subarray(32), sealed.subarray(saltBytes, bodyAt))
    ? openOnce(key, sealed.subarray(bodyAt, tagAt), sealed.subarray(tagAt))
    : undefined;
  key.fill(0);
  if (plaintext === undefined) throw decryptionFailed();
  return plaintext;
}
