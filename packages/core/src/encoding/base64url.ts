import { Buffer } from "node:buffer";
import type { OwnedBytes } from "../contract/words.ts";

/** Base64url without padding (RFC 4648 §5, RFC 7515 §2). */
export const toBase64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url");

/**
 * The bytes that canonical base64url text says, in new memory; `undefined` for any other text.
 * Padding, white space, the other alphabet, an impossible length and non-zero trailing bits are all refused: of the up
 * to 16 spellings that a lenient decoder takes for the same bytes, only one passes (RFC 4648 §3.5).
 */
export const fromBase64url = (value: string): OwnedBytes | undefined => {
  const bytes = Buffer.from(value, "base64url");
  // Node's decoder skips what it does not know, so that only encoding again tells.
  return bytes.toString("base64url") === value ? new Uint8Array(bytes) : undefined;
};
