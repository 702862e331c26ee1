import { readFile } from "node:fs/promises";
import { allCases, type CaseResult } from "@kms/conformance";

/**
 * What a test run wrote of each adapter's cases, by the adapter's name. Throws where there is not every case of the suite just
 * once: that was no whole run, and says nothing.
 */
export async function resultsIn(file: string): Promise<ReadonlyMap<string, readonly CaseResult[]>> {
  const written = JSON.parse(await readFile(file, "utf8")) as Readonly<Record<string, readonly CaseResult[]>>;
  for (const [adapter, results] of Object.entries(written)) {
    const ids = new Set(results.map(({ id }) => id));
    if (results.length === allCases.length && allCases.every(({ id }) => ids.has(id))) continue;
    throw new Error(
      `${file} has ${results.length} results of ${adapter}, and the suite has ${allCases.length} cases. Run all tests again.`,
    );
  }
  return new Map(Object.entries(written));
}
