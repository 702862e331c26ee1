import { badParameter } from "./errors.ts";
import { LIMITS, within } from "./limits.ts";

/** Query parameters of lists. Source: learn.microsoft.com/rest/api/keyvault/keys/get-keys. */
export const PAGE_PARAMETERS: readonly string[] = ["maxresults", "$skiptoken"];

const PREFIX = "after:";

/** One page, and the address of the next one. */
export interface Page<Entry> {
  readonly entries: readonly Entry[];
  /** `null` on the last page. */
  readonly nextLink: string | null;
}

/** What a list is asked for: its own address without the query, and the query. */
export interface PageRequest {
  readonly address: string;
  readonly query: URLSearchParams;
}

/**
 * Cuts a page out of `entries`, which are sorted by names that no other has. Pages have at most 25 entries; `nextLink`
 * follows the `Host` header as received (provider facts §8.2). A size outside 1 to 25 is 400.
 */
export function cutPage<Entry>(
  entries: readonly Entry[],
  nameOf: (entry: Entry) => string,
  { address, query }: PageRequest,
): Page<Entry> {
  const asked = query.get("maxresults");
  const size = asked === null ? LIMITS.pageSize.maximum : Number(asked);
  if (!Number.isInteger(size) || !within(size, LIMITS.pageSize)) {
    throw badParameter(`Invalid maxresults: ${asked}. It is between 1 and 25.`);
  }
  const start = startOf(entries.map(nameOf), query.get("$skiptoken"));
  const cut = entries.slice(start, start + size);
  const last = cut.at(-1);
  if (last === undefined || start + cut.length >= entries.length) return { entries: cut, nextLink: null };
  const next = new URLSearchParams({ "api-version": query.get("api-version") ?? "" });
  if (asked !== null) next.set("maxresults", asked);
  next.set("$skiptoken", Buffer.from(PREFIX + nameOf(last), "utf8").toString("base64url"));
  return { entries: cut, nextLink: `${address}?${next.toString()}` };
}

// The named entry may be gone by now: then the page starts at the first one that would follow it.
function startOf(names: readonly string[], token: string | null): number {
  if (token === null) return 0;
  const text = Buffer.from(token, "base64url").toString("utf8");
  if (!text.startsWith(PREFIX)) throw badParameter("The $skiptoken is not one that a nextLink gave.");
  const after = text.slice(PREFIX.length);
  const at = names.findIndex((name) => name > after);
  return at < 0 ? names.length : at;
}
