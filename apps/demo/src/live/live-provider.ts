import type { KmsDriver } from "@kms/core";
import type { Backend } from "../backends/backend.ts";
import { counted, shown } from "../wording.ts";

/** What the command line says of a key of the reader's own. */
export interface LiveRequest {
  /** A reference, as the provider's own tools take it. */
  readonly key: string;
  /** Where the key is, where the provider asks for it beside the key. */
  readonly region?: string | undefined;
  /** What the key is to be used for; undefined: the first that it can be. */
  readonly algorithm?: string | undefined;
}

/** A provider whose keys the story can be told on, in the reader's own account. */
export interface LiveProvider {
  /** What is wrong with a request, before anything is opened; undefined where nothing is. */
  readonly problemOf: (request: LiveRequest) => string | undefined;
  /** What is said before the first call: what it needs, what it costs, what it leaves. */
  readonly announcement: (request: LiveRequest, files: number) => readonly string[];
  readonly backend: (request: LiveRequest) => Backend;
  /** In another process: a driver over the same key, from what `LiveReach.connection` said. */
  readonly connect: NonNullable<Backend["connect"]>;
}

/** How a live back end gets to its key. Of two drivers, each reaches the same key. */
export interface LiveReach {
  /** Another than that of the same provider emulated: by it, `connectors.ts` finds the way in another process. */
  readonly name: string;
  readonly title: string;
  readonly request: LiveRequest;
  readonly facts: readonly string[];
  readonly driver: () => KmsDriver | Promise<KmsDriver>;
  /** What another process needs beside what its SDK finds: never credentials. */
  readonly connection: { readonly [name: string]: string };
}

/** An upper bound of the requests of a story over so many files: what is protected is read back, and three or four dozen inputs are tampered with. */
export const requestsFor = (files: number): number => 2 * files + 50;

/** What is said of a story before its first call, in the provider's own words where they differ. */
export interface Announcement {
  readonly title: string;
  readonly key: string;
  readonly files: number;
  /** The adapter's table: rights by operation. */
  readonly permissions: Readonly<Partial<Record<string, PermissionRow>>>;
  /** The dearest rate, USD for 10,000 requests, and the rates in words. */
  readonly highestRate: number;
  readonly rates: string;
}

interface PermissionRow {
  readonly always: readonly string[];
  readonly when?: Readonly<Partial<Record<string, string>>> | undefined;
}

// What the story does that asks for rights. Handles are opened and signatures verified here, without a call.
const operations = [
  "getKey",
  "encrypt",
  "decrypt",
  "generateDataKey",
  "unwrapDataKey",
  "sign",
  "generateMac",
  "verifyMac",
] as const;

/** What is done to the key, which rights that takes, and what it costs at most. */
export function announce({ title, key, files, permissions, highestRate, rates }: Announcement): readonly string[] {
  const requests = requestsFor(files);
  // Rounded up to a hundredth of a cent.
  const dollars = (Math.ceil(requests * highestRate) / 10_000).toFixed(4);
  return [
    `${title} ${shown(key)}: it is read once and used; nothing is made, changed or deleted there.`,
    "What your principal needs, of the uses those of the key's kind alone:",
    ...operations.flatMap((operation) => {
      const row = permissions[operation];
      return row === undefined ? [] : [`  ${operation.padEnd(12)} ${rowText(row)}`];
    }),
    `At most ${counted(requests, "request")} unless the provider throttles, below ${dollars} USD: ${rates}.`,
  ];
}

function rowText({ always, when = {} }: PermissionRow): string {
  const cases = new Map<string, string[]>();
  for (const [right, condition = ""] of Object.entries(when)) {
    cases.set(condition, [...(cases.get(condition) ?? []), right]);
  }
  const conditional = [...cases].map(([condition, rights]) => `${rights.join(" ")} if ${condition}`);
  return [...(always.length === 0 ? [] : [always.join(" ")]), ...conditional].join("; ");
}
