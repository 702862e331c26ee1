import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Job, Said } from "./jobs.ts";

const program = fileURLToPath(new URL("child.ts", import.meta.url));
const flags = ["--import", import.meta.resolve("tsx"), "--conditions=@kms/source"];

/** How a child ended, and what it said until then. */
export interface Ended {
  readonly said: readonly Said[];
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  /** Everything it wrote, lines that are no words of ours included. */
  readonly output: string;
  /** It was silent for so long that it was killed from here. */
  readonly isStuck: boolean;
}

/** What differs from child to child. */
export interface ChildOptions {
  /** Milliseconds of silence after which the child is given up; 30,000 unless said. */
  readonly patienceMs?: number | undefined;
  /** Blocks of 512 bytes that a file of the child's may have, by `ulimit -f`; POSIX alone. */
  readonly fileBlocks?: number | undefined;
  /** Called for each line; `kill` ends the child by SIGKILL. */
  readonly onSaid?: ((said: Said, kill: () => void) => void) | undefined;
}

/** Runs a job in a process of its own and waits for its end. */
export function runChild(job: Job, options: ChildOptions = {}): Promise<Ended> {
  const { patienceMs = 30_000, fileBlocks, onSaid } = options;
  const command = [process.execPath, ...flags, program, JSON.stringify(job)];
  const limited = ["sh", "-c", `ulimit -f ${fileBlocks}; exec "$0" "$@"`, ...command];
  const [name = "", ...values] = fileBlocks === undefined ? command : limited;
  const child = spawn(name, values, { stdio: ["ignore", "pipe", "pipe"] });
  const said: Said[] = [];
  let output = "";
  let rest = "";
  let isStuck = false;
  const kill = (): void => void child.kill("SIGKILL");
  const giveUp = setTimeout(() => {
    isStuck = true;
    kill();
  }, patienceMs);
  const hear = (line: string): void => {
    const word = wordOf(line);
    if (word === undefined) return;
    said.push(word);
    giveUp.refresh();
    onSaid?.(word, kill);
  };
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    output += part;
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) hear(line);
  });
  child.stderr.setEncoding("utf8").on("data", (part: string) => (output += part));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(giveUp);
      resolve({ said, signal, code, output, isStuck });
    });
  });
}

/** A line in our words; undefined for whatever else a process prints. */
function wordOf(line: string): Said | undefined {
  if (!line.startsWith('{"said":')) return undefined;
  return JSON.parse(line) as Said;
}

/** Runs tasks, so many at a time, and answers in their order. */
export async function together<T, R>(
  tasks: readonly T[],
  atATime: number,
  run: (task: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const waiting = tasks.entries();
  const worker = async (): Promise<void> => {
    for (const [index, task] of waiting) results[index] = await run(task);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return results;
}
