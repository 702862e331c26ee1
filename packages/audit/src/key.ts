import { KmsError } from "@kms/core";
import { isSharedArrayBuffer, isUint8Array } from "node:util/types";
import { deriveKeys, hmac, type LogKeys } from "./primitives.ts";

/** The fewest bytes of a log's key. */
export const minimumKeyBytes = 32;

/** What a log key becomes; the given bytes are read once and not kept. `INVALID_ARGUMENT` below 32 bytes. */
export function readKey(key: unknown): LogKeys {
  if (!isUint8Array(key) || isSharedArrayBuffer(key.buffer) || key.length < minimumKeyBytes) {
    const found = isUint8Array(key) ? `${key.length} bytes` : "something else";
    throw new KmsError(
      "INVALID_ARGUMENT",
      `Cannot use the key of an audit log: found ${found}. Pass a Uint8Array of at least ${minimumKeyBytes} random bytes.`,
    );
  }
  return deriveKeys(key);
}

/** What `fingerprintAssociatedData` takes. */
export interface FingerprintRequest {
  /** The key of the log. */
  readonly key: Uint8Array;
  /** The name of the entry of associated data. */
  readonly name: string;
  readonly value: string;
}

/**
 * What the log holds in place of a value of associated data, in base64url: whoever has the key finds the lines about a
 * known value; without it a value can be neither read nor guessed. Name and value are bound together, so that equal
 * values under two names look different. `INVALID_ARGUMENT` for a key below 32 bytes.
 */
export const fingerprintAssociatedData = ({ key, name, value }: FingerprintRequest): string =>
  fingerprint(readKey(key), name, value);

/** The same, under keys already derived: HMAC-SHA-256 over the canonical JSON of `[name, value]`. */
export const fingerprint = (keys: LogKeys, name: string, value: string): string =>
  hmac(keys.fingerprint, JSON.stringify([name, value]));
