import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { KmsError, type KmsErrorCode } from "@kms/core";
import type { ReadBack } from "./read-back.ts";
import type { Result, Task } from "./second-process.ts";

const entry = fileURLToPath(new URL("./second-process.ts", import.meta.url));
const deadlineMs = 120_000;

/**
 * Reads everything back in another process, which gets no private key: the task goes over the channel between the two,
 * so that nothing of it stands in arguments or environment. Throws what the other process met; `DEADLINE_EXCEEDED` after
 * two minutes, and then it is ended.
 */
export function readBackElsewhere(task: Task): Promise<ReadBack & { readonly pid: number }> {
  return new Promise((resolve, reject) => {
    // stdout stays the report's own.
    const child = fork(entry, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    let result: Result | undefined;
    const timer = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
    child.once("message", (answer) => {
      result = answer as Result;
    });
    child.once("error", reject);
    child.once("exit", () => {
      clearTimeout(timer);
      if (result?.ok === true) resolve({ ...result.read, pid: child.pid ?? 0 });
      else if (result === undefined) reject(ended(child.killed));
      else reject(new KmsError(result.code as KmsErrorCode, `In the second process: ${result.message}`));
    });
    child.send(task, (error) => {
      if (error !== null) child.kill();
    });
  });
}

const ended = (killed: boolean): KmsError =>
  new KmsError(killed ? "DEADLINE_EXCEEDED" : "UNKNOWN", "The second process ended without an answer.");
