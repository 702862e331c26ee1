import { parseArgs } from "node:util";
import type { AwsEmulatorOptions } from "../aws/index.ts";
import type { AzureEmulatorOptions } from "../azure/index.ts";
import type { GcpEmulatorOptions } from "../gcp/index.ts";

/** What a command line asks for: an emulator, or a text and the code to end with. */
export type Command =
  | { readonly kind: "aws"; readonly options: AwsEmulatorOptions }
  | {
      readonly kind: "azure";
      readonly options: AzureEmulatorOptions;
      /** Where the certificate is to be written; `undefined` for nowhere. */
      readonly certificatePath: string | undefined;
    }
  | { readonly kind: "gcp"; readonly options: GcpEmulatorOptions }
  | { readonly kind: "print"; readonly code: 0 | 2; readonly text: string };

const USAGE = `kms-emulators aws [--port <n>] [--region <name>]
kms-emulators azure [--port <n>] [--flavour <name>] [--certificate <file>]
kms-emulators gcp [--port <n>] [--project <id>] [--location <name>]

Starts an emulator of AWS KMS, Azure Key Vault or Managed HSM, or Google Cloud KMS on 127.0.0.1 and prints how to point
a client at it. Not for production. Azure's needs the package node-forge beside this one, Google's the packages
@grpc/grpc-js and @grpc/proto-loader.

  --port <n>            port to listen on, 1 to 65535; any free one when left out
  --region <name>       region that AWS clients sign for; eu-west-1 when left out
  --flavour <name>      standard, premium or managed-hsm; standard when left out
  --certificate <file>  where to write the certificate that Azure's clients are to trust; printed when left out
  --project <id>        project that holds Google's keys; emulated-project when left out
  --location <name>     location of Google's keys in the examples; europe-west1 when left out
  --help                prints this`;

const print = (code: 0 | 2, text: string): Command => ({ kind: "print", code, text });

const text = { type: "string" } as const;
const OPTIONS = {
  aws: { port: text, region: text },
  azure: { port: text, flavour: text, certificate: text },
  gcp: { port: text, project: text, location: text },
} as const;

/** Reads a command line. Code 2 and the usage for one that cannot be followed. */
export function readCommand(args: readonly string[]): Command {
  if (args.includes("--help") || args.includes("-h")) return print(0, USAGE);
  const [service, ...rest] = args;
  try {
    if (service === "aws") {
      const { port, region } = parseArgs({ args: rest, options: OPTIONS.aws }).values;
      return withPort(port, (given) => ({ kind: "aws", options: { ...given, region } }));
    }
    if (service === "azure") {
      const { port, flavour, certificate } = parseArgs({ args: rest, options: OPTIONS.azure }).values;
      if (!isFlavour(flavour)) {
        return print(2, `--flavour takes standard, premium or managed-hsm, got ${JSON.stringify(flavour)}`);
      }
      return withPort(port, (given) => ({
        kind: "azure",
        options: { ...given, flavour },
        certificatePath: certificate,
      }));
    }
    if (service === "gcp") {
      const { port, project, location } = parseArgs({ args: rest, options: OPTIONS.gcp }).values;
      return withPort(port, (given) => ({ kind: "gcp", options: { ...given, projectId: project, location } }));
    }
    return print(2, USAGE);
  } catch (cause) {
    return print(2, `${cause instanceof Error ? cause.message : String(cause)}\n\n${USAGE}`);
  }
}

const isFlavour = (name: string | undefined): name is AzureEmulatorOptions["flavour"] =>
  name === undefined || name === "standard" || name === "premium" || name === "managed-hsm";

function withPort(port: string | undefined, command: (given: { readonly port?: number }) => Command): Command {
  if (port === undefined) return command({});
  if (/^[1-9]\d{0,4}$/.test(port)) return command({ port: Number(port) });
  return print(2, `--port takes a number from 1 to 65535, got ${JSON.stringify(port)}`);
}
