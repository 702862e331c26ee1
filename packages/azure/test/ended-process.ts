import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What a script printed, run from source in a process of its own that has to end by itself. Rejects when it does not, or fails. */
export async function endedProcess(script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", "--conditions=@kms/source", fileURLToPath(new URL(script, import.meta.url))],
    { cwd: root, timeout: 240_000, env: { PATH: process.env["PATH"], ...env } },
  );
  return stdout.trim();
}
