import { AwsError } from "./errors.ts";
import type { Input } from "./input.ts";
import { type Limit, LIMITS } from "./limits.ts";

/** Where a page of a list starts, and how long it is. */
export interface PageRequest {
  readonly limit: number;
  /** The last entry of the page before. */
  readonly after: string | undefined;
}

const PREFIX = "after:";

/** Reads `Limit` and `Marker`; `InvalidMarkerException` for a marker that this emulator did not give. */
export function readPage(input: Input, limit: Limit, standard: number): PageRequest {
  const size = input.integer("Limit", limit) ?? standard;
  const marker = input.text("Marker", LIMITS.markerLength);
  if (marker === undefined) return { limit: size, after: undefined };
  const text = Buffer.from(marker, "base64url").toString("utf8");
  if (!text.startsWith(PREFIX) || encode(text.slice(PREFIX.length)) !== marker) {
    throw new AwsError("InvalidMarkerException", "The marker is not one that a truncated answer gave.");
  }
  return { limit: size, after: text.slice(PREFIX.length) };
}

/** One page: its entries, and what says whether and how to go on. */
export interface Page<Entry> {
  readonly entries: readonly Entry[];
  readonly more: { readonly Truncated: false } | { readonly Truncated: true; readonly NextMarker: string };
}

/** Cuts a page out of `entries`, which are sorted; each has a name that no other has. */
export function cutPage<Entry>(
  entries: readonly Entry[],
  nameOf: (entry: Entry) => string,
  page: PageRequest,
): Page<Entry> {
  const start = startOf(entries.map(nameOf), page.after);
  const cut = entries.slice(start, start + page.limit);
  const last = cut.at(-1);
  if (last === undefined || start + cut.length >= entries.length) return { entries: cut, more: { Truncated: false } };
  return { entries: cut, more: { Truncated: true, NextMarker: encode(nameOf(last)) } };
}

// The named entry may be gone by now: then the page starts at the first one that would follow it.
function startOf(names: readonly string[], after: string | undefined): number {
  if (after === undefined) return 0;
  const at = names.indexOf(after);
  if (at >= 0) return at + 1;
  const next = names.findIndex((name) => name > after);
  return next < 0 ? names.length : next;
}

const encode = (name: string): string => Buffer.from(PREFIX + name, "utf8").toString("base64url");
