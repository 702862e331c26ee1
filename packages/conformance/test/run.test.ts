import { capabilities, capabilityRow, type KmsDriver } from "@kms/core/driver";
import { describe, expect, it } from "vitest";
import { claimsOf, conformanceClock, startConformance, type ConformanceRun, type Harness } from "../src/index.ts";

const manifest = capabilities({
  kind: "silent",
  rows: [capabilityRow({ algorithm: "AES-256-GCM", version: "caller", operations: ["encrypt", "decrypt"] })],
});
const never = (): Promise<never> => new Promise(() => undefined);

/** A driver whose calls never end. */
const silent: KmsDriver = {
  specificationVersion: 1,
  capabilities: manifest,
  algorithms: ["AES-256-GCM"],
  checkConf: (conf) => conf,
  isVersion: (version) => version === "1",
  sameKey: (left, right) => left === right,
  scopeOf: () => "nowhere",
  classify: () => ({ code: "UNKNOWN", outcome: "unknown" }),
  createKey: never,
  describeKey: never,
  encrypt: never,
  decrypt: never,
  close: async () => undefined,
};

const runOver = (create: () => Promise<Harness>): ConformanceRun =>
  startConformance({ name: "silent", create, expected: claimsOf(manifest, []), caseTimeoutMs: 30 });
const harness = async (): Promise<Harness> => ({
  driver: silent,
  clock: conformanceClock(),
  close: async () => undefined,
});

/** How the case of this id ends. */
async function failureOf(run: ConformanceRun, id: string): Promise<string> {
  const which = run.cases.find((each) => each.id === id);
  if (which === undefined) throw new TypeError(`there is no case ${id}`);
  const { result, failure } = await run.runCase(which);
  expect(result).toBe("failed");
  return failure instanceof Error ? failure.message : "";
}

describe("a run", () => {
  it("fails a case whose driver never answers, by the case's name, and goes on", async () => {
    const run = runOver(harness);
    expect(await failureOf(run, "encryption/round-trip")).toContain("encryption/round-trip");
    expect(await failureOf(run, "use-only/every-use")).toContain("use-only/every-use");
    const [first] = run.cases;
    expect(first && (await run.runCase(first)).result).toBe("passed");
    await run.close();
  });

  it("waits once for a back end that never opens, whatever the number of cases", async () => {
    let opened = 0;
    const run = runOver(() => {
      opened += 1;
      return never();
    });
    expect(await failureOf(run, "encryption/round-trip")).toContain("opening the back end");
    expect(await failureOf(run, "encryption/truncated")).toContain("opening the back end");
    expect(opened).toBe(1);
  });

  it("fails an isolated case whose back end never closes", async () => {
    const run = runOver(async () => ({ ...(await harness()), close: never }));
    expect(await failureOf(run, "use-only/every-use")).toContain("use-only/every-use");
  });
});
