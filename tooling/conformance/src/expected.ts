import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { claimsOf, expectedText, type ExpectedClaims } from "@kms/conformance";
import type { AdapterUnderTest } from "./adapters.ts";

/** What an adapter has committed; `undefined` in a member makes the case that compares them fail. */
export async function readExpected(root: string, adapter: AdapterUnderTest): Promise<ExpectedClaims> {
  const text = await readFile(join(root, adapter.expected), "utf8");
  const parsed: ExpectedClaims = JSON.parse(text) as ExpectedClaims;
  return parsed;
}

/** Writes what the adapter claims today. For its author, who then reads the difference before committing it. */
export async function writeExpected(root: string, adapter: AdapterUnderTest): Promise<void> {
  const harness = await adapter.create();
  try {
    const text = expectedText(claimsOf(harness.driver.capabilities, adapter.accept));
    await writeFile(join(root, adapter.expected), text);
  } finally {
    await harness.driver.close();
    await harness.close();
  }
}
