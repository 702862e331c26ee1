import { existsSync, statSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { KmsError } from "@kms/core";
import { readArguments, usage, usageLine } from "./arguments.ts";
import { keyFileOf, type Backend } from "./backends/backend.ts";
import type { LiveProvider, LiveRequest } from "./live/live-provider.ts";
import { liveProviders } from "./live/live-providers.ts";
import { readDocuments, type Document } from "./documents.ts";
import { tell, type BackendReport } from "./story.ts";
import { sumUp } from "./summary.ts";
import { paletteOf, progressOn, type Terminal } from "./terminal.ts";
import { makeWorkFolder } from "./work-folder.ts";
import { shown } from "./wording.ts";
import { jsonWriter, textWriter } from "./writers.ts";

const defaultFolder = fileURLToPath(new URL("../documents", import.meta.url));

/** 0: every step went well. 1: a step failed, or something wrong was accepted. 2: the call itself was wrong. */
export type ExitCode = 0 | 1 | 2;

/** Runs the demo with these back ends, or with one of the live providers where the call names it; answers how the process is to end. */
export async function demo(
  backends: readonly Backend[],
  argv: readonly string[],
  terminal: Terminal,
  live: Readonly<Record<string, LiveProvider>> = liveProviders,
): Promise<ExitCode> {
  const asked = readArguments(argv);
  if (asked.kind === "help") {
    terminal.out.write(`${usage}\n`);
    return 0;
  }
  if (asked.kind === "wrong") {
    terminal.err.write(`demo: ${asked.problem}\n${usage}\n`);
    return 2;
  }
  const chosen = choose(backends, live, asked.live);
  if (typeof chosen === "string") {
    terminal.err.write(`demo: ${chosen}\n${usageLine}\n`);
    return 2;
  }
  const path = asked.path === undefined ? defaultFolder : fromWhereAsked(asked.path, terminal);
  const documents = await readOrSay(path, terminal);
  if (documents === undefined) return 2;
  const storeFile = asked.storeFile === undefined ? undefined : fromWhereAsked(asked.storeFile, terminal);
  const problem = storeFile === undefined ? undefined : problemOfStore(storeFile);
  if (problem !== undefined) {
    terminal.err.write(`demo: ${problem}\n${usageLine}\n`);
    return 2;
  }
  const announcement = chosen.announcement(documents.length);
  const { json, keep } = asked;
  return run({ backends: chosen.backends, announcement, path, documents, storeFile, json, keep }, terminal);
}

interface Chosen {
  readonly backends: readonly Backend[];
  /** What is to be said before the first call. */
  readonly announcement: (files: number) => readonly string[];
}

/** What the story is told with, or what is wrong with the call. */
function choose(
  backends: readonly Backend[],
  live: Readonly<Record<string, LiveProvider>>,
  asked: (LiveRequest & { readonly provider: string }) | undefined,
): Chosen | string {
  if (asked === undefined) return { backends, announcement: () => [] };
  const provider = Object.hasOwn(live, asked.provider) ? live[asked.provider] : undefined;
  if (provider === undefined) return `--live takes ${Object.keys(live).join(" or ")}`;
  return (
    provider.problemOf(asked) ?? {
      backends: [provider.backend(asked)],
      announcement: (files) => provider.announcement(asked, files),
    }
  );
}

interface Run {
  readonly backends: readonly Backend[];
  readonly announcement: readonly string[];
  readonly path: string;
  readonly documents: readonly Document[];
  readonly storeFile: string | undefined;
  readonly json: boolean;
  readonly keep: boolean;
}

async function run(asked: Run, terminal: Terminal): Promise<ExitCode> {
  const { backends, announcement, path, documents, storeFile, json, keep } = asked;
  const started = performance.now();
  const progress = progressOn(terminal);
  const folder = makeWorkFolder();
  // Where a signal ends the process, `finally` does not run.
  const removeAtExit = (): void => (keep ? undefined : folder.remove());
  process.once("exit", removeAtExit);
  const subject = { path, announcement, documents, storeFile, workFolder: keep ? folder.path : undefined };
  const writer = json ? jsonWriter(terminal.out, subject) : textWriter(terminal.out, paletteOf(terminal), subject);
  // Where stdout is one document at the end, what must be said before goes elsewhere.
  if (json) terminal.err.write(announcement.map((line) => `${line}\n`).join(""));
  try {
    writer.begin();
    const reports: BackendReport[] = [];
    for (const backend of backends) {
      const props = { documents, storeFile, folder: folder.below(backend.name), progress: progress.show };
      const report = await tell(backend, props);
      progress.clear();
      writer.told(report);
      reports.push(report);
    }
    const summary = sumUp(documents, reports, performance.now() - started);
    writer.end(reports, summary);
    return summary.ok ? 0 : 1;
  } finally {
    progress.clear();
    process.off("exit", removeAtExit);
    removeAtExit();
  }
}

/** Scripts run in the folder of their package; npm says where the caller stood. */
const fromWhereAsked = (path: string, { environment }: Terminal): string =>
  isAbsolute(path) ? path : resolve(environment["KMS_CALLED_FROM"] ?? environment["INIT_CWD"] ?? ".", path);

/** Why no store can be made there, as far as can be told before. */
function problemOfStore(storeFile: string): string | undefined {
  if ([storeFile, keyFileOf(storeFile)].some((path) => existsSync(path))) {
    return `there is something at ${shown(storeFile)} or its key file already`;
  }
  const folder = dirname(storeFile);
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? undefined : `there is no folder ${shown(folder)} for the store`;
}

async function readOrSay(path: string, { err }: Terminal): Promise<readonly Document[] | undefined> {
  try {
    return await readDocuments(path);
  } catch (error) {
    if (!KmsError.isInstance(error)) throw error;
    err.write(`demo: ${error.code}: ${error.message}\n${usageLine}\n`);
    return undefined;
  }
}
