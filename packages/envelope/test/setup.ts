import { KmsError } from "@kms/core";
import type { Recipient } from "../src/index.ts";

/** UTF-8 of a text. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
/** The text of UTF-8. */
export const text = (utf8: Uint8Array): string => new TextDecoder().decode(utf8);

/** The `KmsError` that a call is refused with. */
export async function refusal(promise: unknown): Promise<KmsError> {
  try {
    await promise;
  } catch (cause) {
    if (KmsError.isInstance(cause)) return cause;
    throw cause;
  }
  throw new TypeError("the call was not refused");
}

/** A recipient whose data key is known: it "unwraps" whatever stands in the message. */
export const knownDataKey = (dataKey: Uint8Array): Recipient => ({
  name: "known",
  wrap: () => [{ providerId: "known", providerInfo: bytes("known"), ciphertext: new Uint8Array(0) }],
  unwrap: () => ({
    dataKey: new Uint8Array(dataKey),
    report: { recipient: "known", outcome: "opened" },
    errors: [],
  }),
});

/** A copy with one bit changed. */
export function flipped(message: Uint8Array, offset: number, mask = 1): Uint8Array {
  const copy = Uint8Array.from(message);
  copy[offset] = (copy[offset] ?? 0) ^ mask;
  return copy;
}
