/**
 * A wrap under a key that is used once: salt (32) ‖ commitment (32) ‖ ciphertext ‖ tag (16). HKDF-SHA-512 of the
 * wrapping key and the random salt gives an AES-256-GCM key, used with a zero nonce for this one message, and in its
 * second half the commitment: a wrap opens under one wrapping key only, and no count of messages bounds that key.
 */
import { KmsError } from "@kms/core/driver";
import { deriveBytes, equalBytes, openBound, random, sealBound, type KeyObject } from "../primitives.ts";
import { labels, type Label } from "./labels.ts";

const saltBytes = 32;
const commitmentBytes = 32;
const bodyAt = saltBytes + commitmentBytes;

/** How many bytes longer than what it wraps a wrap is: 80. */
export const wrapOverheadBytes: number = bodyAt + 16;

/** Why a wrap does not open: made under another key (or its salt or commitment altered), or altered after the commitment. */
export type WrapFault = "other-key" | "altered";

/** Wraps bytes for a use, bound to associated data, under a fresh salt. */
export function wrapOnce(key: KeyObject, use: Label, plaintext: Uint8Array, associated: Uint8Array): Uint8Array {
  const salt = random(saltBytes);
  const derived = deriveBytes(key, salt, labels[use], 64);
  const wrap = new Uint8Array(plaintext.length + wrapOverheadBytes);
  wrap.set(salt);
  wrap.set(derived.subarray(32), saltBytes);
  wrap.set(sealBound(derived.subarray(0, 32), plaintext, associated), bodyAt);
  derived.fill(0);
  return wrap;
}

/** The bytes in memory of their own, or what is wrong. The commitment is compared before anything is decrypted. */
export function unwrapOnce(
  key: KeyObject,
  use: Label,
  wrap: Uint8Array,
  associated: Uint8Array,
): Uint8Array | WrapFault {
  if (wrap.length < wrapOverheadBytes) throw new KmsError("TAMPERED", `A wrap has ${wrapOverheadBytes} bytes or more.`);
  const derived = deriveBytes(key, wrap.subarray(0, saltBytes), labels[use], 64);
  const isCommitted = equalBytes(derived.subarray(32), wrap.subarray(saltBytes, bodyAt));
  const opened = isCommitted ? openBound(derived.subarray(0, 32), wrap.subarray(bodyAt), associated) : undefined;
  derived.fill(0);
  return opened ?? (isCommitted ? "altered" : "other-key");
}
