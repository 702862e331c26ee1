import { claimsOf, runConformance, type CaseResult } from "@kms/conformance";
import type { CapabilityRow, KmsDriver, Operation } from "@kms/core/driver";
import { bases, type Base } from "./bases.ts";

/** Runs the whole suite against a base whose rows claim none of these operations. */
export async function runNarrowed(base: Base, without: readonly Operation[]): Promise<readonly CaseResult[]> {
  const { create, expected } = await bases[base]();
  const narrow = (driver: KmsDriver): KmsDriver => {
    const rows = driver.capabilities.rows.map((row) => lessRow(row, without));
    return { ...driver, capabilities: { ...driver.capabilities, rows } };
  };
  const sample = await create();
  const claims = claimsOf(narrow(sample.driver).capabilities, expected.accept);
  await sample.driver.close();
  await sample.close();
  return runConformance({
    name: `${base} without ${without.join()}`,
    expected: claims,
    create: async () => {
      const harness = await create();
      const { anotherDriver } = harness;
      return {
        ...harness,
        driver: narrow(harness.driver),
        anotherDriver: anotherDriver === undefined ? undefined : async () => narrow(await anotherDriver()),
      };
    },
  });
}

function lessRow(row: CapabilityRow, without: readonly Operation[]): CapabilityRow {
  const operations = { ...row.operations };
  for (const operation of without) delete operations[operation];
  return { ...row, operations };
}
