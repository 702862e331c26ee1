import { liveClock, startConformance } from "@kms/conformance";
import { afterAll, describe, expect, test } from "vitest";
import hsm from "../conformance-managed-hsm.expected.json" with { type: "json" };
import premium from "../conformance-premium.expected.json" with { type: "json" };
import standard from "../conformance-standard.expected.json" with { type: "json" };
import type { AzureTier } from "../src/index.ts";
import { harnessOver } from "./harness.ts";
import { liveAccount, tokenCredential } from "./live-account.ts";
import { dayMs } from "./setup.ts";

/**
 * The suite on a real vault or Managed HSM: `KMS_LIVE_AZURE=1 KMS_LIVE_AZURE_URL=https://<name>.vault.azure.net
 * KMS_LIVE_AZURE_TIER=standard KMS_LIVE_AZURE_TOKEN=$(az account get-access-token --resource https://vault.azure.net
 * --query accessToken -o tsv) npx vitest run --project azure live`; of a Managed HSM `https://<name>.managedhsm.azure.net`,
 * `managed-hsm` and `--resource https://managedhsm.azure.net`. Use a vault of its own, with soft delete and without
 * purge protection: the principal needs every right of the table, on every key.
 *
 * Cost: about 220 keys in a standard vault, 430 in a premium one, 370 in a Managed HSM, and 8,000 to 15,000 requests at 0.03
 * to 0.15 USD for 10,000; HSM keys of a premium vault cost 1 to 5 USD a month each when they were used, a Managed HSM by the
 * hour. At the end every key that the run made is deleted and purged, and no other; if the run is killed before, do that.
 *
 * A case that needs days to pass at Azure cannot succeed there and is skipped with that reason; nothing else is.
 */
const live = process.env["KMS_LIVE_AZURE"] === "1";
const vaultUrl = process.env["KMS_LIVE_AZURE_URL"] ?? "https://some-vault.vault.azure.net";
const token = process.env["KMS_LIVE_AZURE_TOKEN"] ?? "";
const expectations = { standard, premium, "managed-hsm": hsm } as const;
const isTier = (text: string): text is AzureTier => Object.hasOwn(expectations, text);
const named = process.env["KMS_LIVE_AZURE_TIER"] ?? "standard";
const tier = isTier(named) ? named : "standard";

const clocks: (() => number)[] = [];
const movedMs = (): number => clocks.reduce((sum, moved) => sum + moved(), 0);

/** The suite over the vault that is named; nothing is opened before the first case. */
function suite() {
  const account = liveAccount({ vaultUrl, tier, credential: tokenCredential(token) });
  const create = async () => {
    const { clock, moved } = liveClock();
    clocks.push(moved);
    return harnessOver(account, clock, async () => undefined);
  };
  return {
    ...account,
    ...startConformance({
      name: `azure (live, ${tier})`,
      create,
      expected: expectations[tier],
      caseTimeoutMs: 1_190_000,
    }),
  };
}

describe("conformance of azure on a real vault", () => {
  const { cases, runCase, close, cleanUp } = suite();

  for (const which of live ? cases : []) {
    test(`${which.id}: ${which.title}`, { timeout: 1_200_000 }, async ({ skip }) => {
      const before = movedMs();
      const { result, failure } = await runCase(which);
      skip(result === "failed" && movedMs() - before >= dayMs, "it needs days to pass at Azure");
      expect(failure).toBeUndefined();
    });
  }

  afterAll(async () => {
    await close();
    if (!live) return;
    const { keys, failures } = await cleanUp();
    if (failures.length === 0) return;
    throw new Error(`Of ${keys} keys in ${vaultUrl} some are still there:\n${failures.join("\n")}`);
  }, 1_200_000);

  test("is asked for by KMS_LIVE_AZURE=1 alone, since it makes keys that cost money", ({ skip }) => {
    skip(!live, "KMS_LIVE_AZURE is not set to 1; the same cases run against the emulator in conformance-*.test.ts");
    expect(live).toBe(true);
  });
});
