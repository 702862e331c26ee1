import { existsSync } from "node:fs";
import type { Writable } from "node:stream";
import type { Document } from "./documents.ts";
import type { BackendReport } from "./story.ts";
import type { Summary } from "./summary.ts";
import { backendText, summaryText } from "./text-report.ts";
import type { Palette } from "./terminal.ts";
import { counted, shown } from "./wording.ts";

/** What a run is about. */
export interface Subject {
  readonly path: string;
  readonly documents: readonly Document[];
  /** What is said before anything is opened. */
  readonly announcement: readonly string[];
  /** Where the own keys stay, where a file was named for them. */
  readonly storeFile: string | undefined;
  /** Where tokens, messages, signatures, MACs, audit logs and, without a file of their own, the own keys stay; undefined where they do not. */
  readonly workFolder: string | undefined;
}

/** Writes the report while it comes into being. */
export interface Writer {
  readonly begin: () => void;
  readonly told: (report: BackendReport) => void;
  readonly end: (reports: readonly BackendReport[], summary: Summary) => void;
}

/** For a reader: each back end as soon as it is done, the sums at the end. */
export function textWriter(
  out: Writable,
  palette: Palette,
  { path, documents, announcement, storeFile, workFolder }: Subject,
): Writer {
  return {
    begin: () => {
      out.write(`${counted(documents.length, "file")} from ${shown(path)}\n\n`);
      if (announcement.length > 0) out.write(`${announcement.join("\n")}\n\n`);
    },
    told: (report) => void out.write(`${backendText(report, palette)}\n`),
    end: (_reports, summary) => {
      if (workFolder !== undefined) out.write(`what was written is in ${workFolder}\n`);
      const hasStore = storeFile !== undefined && existsSync(storeFile);
      if (hasStore) out.write(`the own keys are in ${shown(storeFile)}, which its key file opens\n`);
      out.write(summaryText(summary, palette));
    },
  };
}

/** For a program: one JSON document at the end, and nothing before. It holds no content of a file and no token. */
export function jsonWriter(out: Writable, { path, documents, announcement, storeFile, workFolder }: Subject): Writer {
  return {
    begin: () => undefined,
    told: () => undefined,
    end: (reports, summary) => {
      const listed = documents.map(({ name, type, bytes }) => ({ name, type, bytes: bytes.length }));
      const report = { ...summary, path, announcement, workFolder, storeFile, documents: listed, stories: reports };
      out.write(`${JSON.stringify(report, null, 2)}\n`);
    },
  };
}
