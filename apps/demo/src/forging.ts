import type { Json } from "@kms/core";

/** The same bytes with one bit flipped; `at` counts from the end where it is negative. The input stays as it is. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}

/** One more byte at the end. */
export const extended = (bytes: Uint8Array): Uint8Array => new Uint8Array([...bytes, 0]);

type Segment = "header" | "payload" | "signature";
const segments: readonly Segment[] = ["header", "payload", "signature"];

/** The token with one bit flipped in a segment, which is then encoded as a segment is. */
export const flippedToken = (token: string, segment: Segment): string =>
  change(token, segment, (text) => toText(flipped(Buffer.from(text, "base64url"), -1)));

/** The token with other claims under the old signature: what somebody writes who can edit the file. */
export const editedToken = (token: string, edit: (claims: { [name: string]: Json }) => void): string =>
  change(token, "payload", (text) => {
    const claims = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as { [name: string]: Json };
    edit(claims);
    return toText(new TextEncoder().encode(JSON.stringify(claims)));
  });

const change = (token: string, segment: Segment, next: (text: string) => string): string =>
  token
    .split(".")
    .map((text, index) => (segments[index] === segment ? next(text) : text))
    .join(".");

const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
