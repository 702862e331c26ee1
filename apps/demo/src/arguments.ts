import { parseArgs } from "node:util";
import type { LiveRequest } from "./live/live-provider.ts";

/** What was asked for on the command line. */
export type Arguments =
  | {
      readonly kind: "run";
      /** A file or a folder; the documents of this package where none is named. */
      readonly path: string | undefined;
      /** One JSON document on stdout, and nothing else there. */
      readonly json: boolean;
      /** The work folder stays. */
      readonly keep: boolean;
      /** Where own keys are kept, in a file that stays; in the work folder where none is named. */
      readonly storeFile: string | undefined;
      /** A key of the user's own at a provider, on which the story is told instead. */
      readonly live: (LiveRequest & { readonly provider: string }) | undefined;
    }
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly problem: string };

/** How the demo is called, in one line. */
export const usageLine =
  "usage: npm run demo [-- [file or folder] [--json] [--keep] [--store <file> | --live <provider> --key <reference>]]";

/** How the demo is called. */
export const usage: string = `${usageLine}

  file or folder   what is protected; the documents in apps/demo/documents where none is named
  --json           one JSON document on stdout, and nothing else there
  --keep           keeps the folder with tokens, messages, audit logs and own keys, and prints where it is
  --store <file>   a new SQLite file for the own keys, which stays, and so does its key file <file>.key
  --live <provider> --key <reference>
                   the story on a key of your own: aws with a key ARN, a key id, alias/<name> or an alias ARN, gcp with a key's
                   resource name, azure with a key's identifier (kid). It is read once and used; nothing is made, changed
                   or deleted. Credentials are found by the provider's own SDK, for azure by the Azure CLI (az login)
  --region <name>  the key's AWS Region, where neither its ARN nor the SDK's own settings say it
  --algorithm <a>  what the key is used for, where it can be used for more than one
  --help           prints this`;

/** Reads the arguments after the script's own name. */
export function readArguments(argv: readonly string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: "boolean" },
        keep: { type: "boolean" },
        store: { type: "string" },
        live: { type: "string" },
        key: { type: "string" },
        region: { type: "string" },
        algorithm: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) return { kind: "help" };
    const [path, ...more] = positionals;
    if (more.length > 0) return { kind: "wrong", problem: `one file or folder, not ${positionals.length}` };
    if (path === "") return { kind: "wrong", problem: "the path is empty" };
    if (values.store === "") return { kind: "wrong", problem: "the path of the store is empty" };
    const live = readLive(values);
    if (typeof live === "string") return { kind: "wrong", problem: live };
    return { kind: "run", path, json: values.json === true, keep: values.keep === true, storeFile: values.store, live };
  } catch (error) {
    return { kind: "wrong", problem: error instanceof Error ? error.message : String(error) };
  }
}

interface LiveValues {
  readonly live?: string | undefined;
  readonly key?: string | undefined;
  readonly region?: string | undefined;
  readonly algorithm?: string | undefined;
  readonly store?: string | undefined;
}

/** The request for a key of the user's own, nothing, or what is wrong with it. */
function readLive({
  live,
  key,
  region,
  algorithm,
  store,
}: LiveValues): (LiveRequest & { readonly provider: string }) | string | undefined {
  if (live === undefined) {
    const alone = Object.entries({ key, region, algorithm }).find(([, value]) => value !== undefined);
    return alone === undefined ? undefined : `--${alone[0]} is for --live`;
  }
  if (key === undefined || key === "") return "--live needs a --key";
  if (store !== undefined) return "--live tells of a key at a provider, --store of own keys: not both";
  return { provider: live, key, region, algorithm };
}
