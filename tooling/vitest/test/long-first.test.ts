import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startVitest, type TestModule } from "vitest/node";
import { LongFirst } from "../long-first.ts";

describe("the order of a run", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "long-first-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("begins with the files that take minutes, however small, and leaves none out", async () => {
    const one = `it("holds", () => undefined);`;
    const names = ["a.test.ts", "big.test.ts", "conformance-sqlite.test.ts", "mutants.test.ts"];
    for (const name of names) writeFileSync(join(root, name), one + (name.startsWith("big") ? " ".repeat(5000) : ""));
    const started: string[] = [];
    const reporter = { onTestModuleStart: (file: TestModule) => void started.push(basename(file.moduleId)) };
    const before = process.exitCode;
    const options = { root, watch: false, config: false as const, globals: true, fileParallelism: false };
    const sequence = { sequencer: LongFirst };
    await (await startVitest("test", [], { ...options, sequence, reporters: [reporter] }))?.close();
    process.exitCode = before;
    expect(started.slice(0, 2).toSorted()).toEqual(names.slice(2));
    expect(started.slice(2).toSorted()).toEqual(names.slice(0, 2));
  });
});
