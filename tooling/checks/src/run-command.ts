import { spawnSync } from "node:child_process";

/** How a command ended; `output` is what it printed, on both streams. */
export interface Ended {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs a command to its end, at most five minutes, without standard input. */
export const runCommand = (command: string, values: readonly string[], cwd: string): Ended => {
  const { error, status, stdout, stderr } = spawnSync(command, values, {
    cwd,
    encoding: "utf8",
    shell: process.platform === "win32",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 300_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  const output = [stdout, stderr, error?.message].filter((part) => part !== undefined && part !== "").join("\n");
  return { ok: status === 0, output };
};
