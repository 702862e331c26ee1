import { parseArgs } from "node:util";

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
    }
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly problem: string };

/** How the demo is called, in one line. */
export const usageLine = "usage: npm run demo [-- [file or folder] [--json] [--keep] [--store <file>]]";

/** How the demo is called. */
export const usage: string = `${usageLine}

  file or folder   what is protected; the documents in apps/demo/documents where none is named
  --json           one JSON document on stdout, and nothing else there
  --keep           keeps the folder with tokens, ciphertexts, audit logs and own keys, and prints where it is
  --store <file>   a new SQLite file for the own keys, which stays, and so does its key file <file>.key
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
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) return { kind: "help" };
    const [path, ...more] = positionals;
    if (more.length > 0) return { kind: "wrong", problem: `one file or folder, not ${positionals.length}` };
    if (path === "") return { kind: "wrong", problem: "the path is empty" };
    if (values.store === "") return { kind: "wrong", problem: "the path of the store is empty" };
    return { kind: "run", path, json: values.json === true, keep: values.keep === true, storeFile: values.store };
  } catch (error) {
    return { kind: "wrong", problem: error instanceof Error ? error.message : String(error) };
  }
}
