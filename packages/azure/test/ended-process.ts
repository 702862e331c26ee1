import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
// Starting from source takes long on a busy machine; once all is said, only what was left open keeps a process.
const longestMs = 240_000;
const longestAfterWordsMs = 10_000;

/**
 * What a script printed, run from source in a process of its own. Rejects when that fails, or does not end by itself within
 * ten seconds of its last words.
 */
export function endedProcess(script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--conditions=@kms/source", fileURLToPath(new URL(script, import.meta.url))],
    { cwd: root, env: { PATH: process.env["PATH"], ...env }, stdio: ["ignore", "pipe", "pipe"] },
  );
  return new Promise((resolve, reject) => {
    let said = "";
    let failed = "";
    const late = (): void => {
      child.kill("SIGKILL");
      reject(new Error(`${script} did not end by itself; it said ${JSON.stringify(said)}`));
    };
    let timer = setTimeout(late, longestMs);
    child.stdout.on("data", (words: Buffer) => {
      said += words.toString();
      clearTimeout(timer);
      timer = setTimeout(late, longestAfterWordsMs);
    });
    child.stderr.on("data", (words: Buffer) => (failed += words.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(said.trim());
      else reject(new Error(`${script} ended with ${code}: ${failed}`));
    });
  });
}
