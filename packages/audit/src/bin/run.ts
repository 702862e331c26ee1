import { ed25519Sealer, hmacSealer, KmsError, type Sealer } from "@kms/core";
import { readFile, stat } from "node:fs/promises";
import { parseArgs } from "node:util";
import { verifyAuditLog, type AuditLogReport, type VerifyAuditLogOptions } from "../verify-audit-log.ts";

/** What the program prints, and how it ends: 0 the log verifies, 1 it does not, 2 it could not be looked at. */
export interface BinResult {
  readonly code: 0 | 1 | 2;
  readonly output: string;
  readonly error: string;
}

const usage = `usage: kms-verify-audit-log --key-file <file> [--json] [--first-file <number>]
         [--checkpoint-file <file> --seal-kid <kid> (--seal-secret-file <file> | --seal-public-key-file <file>)]
         <directory> | <file>...
  --key-file              the bytes of the log's key, at least 32
  --first-file            the number of the first file still there; default 1
  --checkpoint-file       the last checkpoint, kept elsewhere
  --seal-kid              the name of the key that sealed it
  --seal-secret-file      its bytes (hmacSealer)
  --seal-public-key-file  its public key in PEM (ed25519Sealer)
ends with 0 where the log verifies, 1 where it does not, 2 where it cannot be looked at`;

/** Does what the arguments say. Keys come from files, never from arguments, which every process can see. */
export async function run(values: readonly string[]): Promise<BinResult> {
  try {
    const { values: named, positionals } = parseArgs({ args: [...values], options, allowPositionals: true });
    if (named.help === true) return { code: 0, output: usage, error: "" };
    const report = await verifyAuditLog(await requestOf(named, positionals));
    const output = named.json === true ? JSON.stringify(report) : line(report);
    return { code: report.ok ? 0 : 1, output, error: "" };
  } catch (error) {
    return { code: 2, output: "", error: error instanceof Error ? error.message : usage };
  }
}

const text = { type: "string" } as const;
const options = {
  "key-file": text,
  "first-file": text,
  "checkpoint-file": text,
  "seal-kid": text,
  "seal-secret-file": text,
  "seal-public-key-file": text,
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Named = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

async function requestOf(named: Named, paths: readonly string[]): Promise<VerifyAuditLogOptions> {
  const [first] = paths;
  const keyFile = named["key-file"];
  if (keyFile === undefined || first === undefined) throw new KmsError("INVALID_ARGUMENT", usage);
  const isDirectory = paths.length === 1 && (await stat(first)).isDirectory();
  const checkpointFile = named["checkpoint-file"];
  return {
    ...(isDirectory ? { directory: first } : { files: paths }),
    key: await readFile(keyFile),
    firstFile: named["first-file"] === undefined ? undefined : Number(named["first-file"]),
    sealer: checkpointFile === undefined ? undefined : await sealerOf(named),
    lastCheckpoint: checkpointFile === undefined ? undefined : (await readFile(checkpointFile, "utf8")).trim(),
  };
}

async function sealerOf(named: Named): Promise<Sealer> {
  const kid = named["seal-kid"];
  const secretFile = named["seal-secret-file"];
  const publicKeyFile = named["seal-public-key-file"];
  if (kid === undefined || (secretFile === undefined) === (publicKeyFile === undefined)) {
    throw new KmsError("INVALID_ARGUMENT", usage);
  }
  if (secretFile !== undefined) return hmacSealer({ keys: [{ kid, secret: await readFile(secretFile) }] });
  return ed25519Sealer({ keys: [{ kid, publicKey: await readFile(publicKeyFile ?? "", "utf8") }] });
}

function line({ ok, entries, files, firstBad, truncationDetection }: AuditLogReport): string {
  const seen = `${entries} events in ${files} files verified, truncation detection: ${truncationDetection}`;
  return ok ? `ok: ${seen}` : `BAD: ${firstBad?.file}:${firstBad?.line} ${firstBad?.reason}; before it ${seen}`;
}
