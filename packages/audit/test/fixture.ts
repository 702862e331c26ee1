import { KmsError, type AuditEvent, type Clock, type KmsErrorCode } from "@kms/core";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { nodeDisk, type Disk, type LogFile } from "../src/disk.ts";
import { fileAuditSink, type FileAuditSinkOptions } from "../src/index.ts";

/** A key of logs. */
export const key: Uint8Array = new Uint8Array(32).fill(7);
/** The moment of every event. */
export const start: number = Date.UTC(2030, 0, 1);
export const firstFile = "audit-00000001.jsonl";

const made: string[] = [];
afterAll(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A new directory, removed after the file's tests; `log` in it is where logs go. */
export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), "kms-audit-"));
  made.push(directory);
  return directory;
}

/** Where a new log can stand. */
export const place = (): string => join(temporary(), "log");

/** An event with a name of its own. */
export const event = (name: string, details: Partial<AuditEvent> = {}): AuditEvent => ({
  at: new Date(start),
  phase: "intent",
  operation: "encrypt",
  provider: "own",
  keyId: "store/orders",
  correlation: name,
  ...details,
});

/** Writes a log of so many events, one after another, and closes it. */
export async function writeLog(count: number, options: Partial<FileAuditSinkOptions> = {}): Promise<string> {
  const directory = options.directory ?? place();
  const sink = await fileAuditSink({ key, durability: "write", ...options, directory });
  for (let index = 0; index < count; index += 1) await sink.write(event(`event-${index}`));
  await sink.close();
  return directory;
}

export const pathOf = (directory: string, file: string = firstFile): string => join(directory, file);
/** The names of a log's files. */
export const filesOf = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".jsonl"))
    .sort();
/** The lines of one file, their ends left off. */
export const linesOf = (directory: string, file: string = firstFile): string[] =>
  readFileSync(pathOf(directory, file), "utf8").split("\n").slice(0, -1);

export interface ReadLine {
  readonly kind: string;
  readonly entry: number;
  readonly body: Readonly<Record<string, unknown>>;
}
/** Every line of a log. */
export const allLines = (directory: string): ReadLine[] =>
  filesOf(directory).flatMap((file) => linesOf(directory, file).map((line) => JSON.parse(line) as ReadLine));
/** The names of the events in a log, in order. */
export const eventsOf = (directory: string): unknown[] =>
  allLines(directory)
    .filter(({ kind }) => kind === "event")
    .map(({ body }) => body["correlation"]);

/** Writes lines into a file as they are. */
export const putLines = (directory: string, lines: readonly string[], file: string = firstFile): void =>
  writeFileSync(pathOf(directory, file), lines.map((line) => `${line}\n`).join(""));

/** The error that an action ends in, whether it throws or rejects. */
export async function failure(action: () => unknown): Promise<KmsError> {
  try {
    await action();
  } catch (error) {
    if (KmsError.isInstance(error)) return error;
    throw error;
  }
  return expect.unreachable("the action succeeded");
}

/** The code of that error. */
export const codeOf = async (action: () => unknown): Promise<KmsErrorCode> => (await failure(action)).code;

/** A clock that a test moves. */
export interface TestClock extends Clock {
  readonly advance: (ms: number) => void;
}

export function testClock(): TestClock {
  let now = start;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((wake, reject) => {
        const sleeper = { until: now + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          reject(new Error("aborted"));
        });
      }),
    advance: (ms) => {
      now += ms;
      for (const sleeper of sleepers) if (sleeper.until <= now) sleeper.wake();
    },
  };
}

/** What a faulty disk does before a call goes through: throws, or waits. */
export type Fault = (call: keyof LogFile, path: string) => unknown;

/** The disk of this machine, with faults in front of the calls of its files. */
export function faultyDisk(fault: Fault): Disk {
  const faulty = (path: string, file: LogFile): LogFile => ({
    identity: file.identity,
    read: file.read,
    write: async (bytes) => {
      await fault("write", path);
      await file.write(bytes);
    },
    sync: async () => {
      await fault("sync", path);
      await file.sync();
    },
    truncate: async (length) => {
      await fault("truncate", path);
      await file.truncate(length);
    },
    close: file.close,
  });
  return { ...nodeDisk, open: async (path, mode) => faulty(path, await nodeDisk.open(path, mode)) };
}

/** An error as the operating system makes it. */
export const systemError = (code: string): Error => Object.assign(new Error(code), { code });

/** Lets everything go on that can. */
export const settle = async (turns = 20): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Waits for what real files take time for; a test that waits in vain ends by its own time limit. */
export const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await settle(1);
};
