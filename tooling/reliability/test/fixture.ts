import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Answer, Answers } from "../src/answers.ts";

/** A directory of the test's own, removed when it ends. */
export function place(): string {
  const directory = mkdtempSync(join(tmpdir(), "kms-reliability-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Answers, all of them values unless said. */
export const answers = (given: Readonly<Record<string, string | Answer>>): Answers =>
  new Map(
    Object.entries(given).map(([question, answer]) => [
      question,
      typeof answer === "string" ? { value: answer } : answer,
    ]),
  );
