import { invalid } from "./errors.ts";
import type { Input } from "./input.ts";
import { LIMITS } from "./limits.ts";

/** Fields that every list request has; filters and orders are not emulated. */
export const PAGE_FIELDS: readonly string[] = ["parent", "pageSize", "pageToken"];

/** The page when the caller names no size: "the server will pick an appropriate default" (service.proto). */
const STANDARD = 100;
const PREFIX = "after:";

/** One page, and what leads to the next. */
export interface Page<Entry> {
  readonly entries: readonly Entry[];
  readonly nextPageToken: string;
  readonly totalSize: number;
}

/**
 * Cuts the wanted page out of `entries`, which are sorted. Source: Google AIP-158: a negative size and a token that no
 * answer gave are INVALID_ARGUMENT, a size above the maximum becomes the maximum.
 */
export function cutPage<Entry>(entries: readonly Entry[], nameOf: (entry: Entry) => string, input: Input): Page<Entry> {
  const asked = input.integer("pageSize");
  if (asked < 0) throw invalid("page_size is negative.");
  const size = Math.min(asked === 0 ? STANDARD : asked, LIMITS.pageSize.maximum);
  const start = startOf(entries.map(nameOf), input.text("pageToken"));
  const cut = entries.slice(start, start + size);
  const last = cut.at(-1);
  const isLast = last === undefined || start + cut.length >= entries.length;
  return { entries: cut, nextPageToken: isLast ? "" : encode(nameOf(last)), totalSize: entries.length };
}

function startOf(names: readonly string[], token: string): number {
  if (token === "") return 0;
  const text = Buffer.from(token, "base64url").toString("utf8");
  const at = names.indexOf(text.slice(PREFIX.length));
  // Nothing that is listed is ever deleted here: the entry that a token names is still there.
  if (!text.startsWith(PREFIX) || at < 0) throw invalid("page_token is not one that an answer to this list gave.");
  return at + 1;
}

const encode = (name: string): string => Buffer.from(PREFIX + name, "utf8").toString("base64url");
