import { liveClock, startConformance } from "@kms/conformance";
import { afterAll, describe, expect, test } from "vitest";
import expected from "../conformance.expected.json" with { type: "json" };
import { harnessOver } from "./harness.ts";
import { liveAccount, liveTag } from "./live-account.ts";
import { dayMs } from "./setup.ts";

/**
 * The suite on a real account: `KMS_LIVE_AWS=1 npx vitest run --project aws live`, with Region and credentials as the SDK
 * finds them (AWS_REGION, AWS_PROFILE, …). Use an account of its own: the principal needs every action of the table of
 * permissions, on every key.
 *
 * Cost: about 410 keys at 1 USD a month each, by the hour, which end with the run (a key that waits for its deletion costs
 * nothing), and about 9,200 requests at 0.03 to 0.15 USD for 10,000: below 1 USD. Every key bears the tag
 * `kms-live-suite`, its value the time of the run. At the end all aliases are removed and every key is scheduled for deletion
 * in 7 days; if the run is killed before, find the keys by the tag.
 *
 * A case that needs days to pass at AWS cannot succeed there and is skipped with that reason; nothing else is.
 */
const live = process.env["KMS_LIVE_AWS"] === "1";

const run = new Date().toISOString();
const clocks: (() => number)[] = [];
const movedMs = (): number => clocks.reduce((sum, moved) => sum + moved(), 0);

/** The suite over the account that the SDK finds; nothing is opened before the first case. */
function suite() {
  const { client, cleanUp } = liveAccount(run);
  const create = async () => {
    const { clock, moved } = liveClock();
    clocks.push(moved);
    return harnessOver(client, clock, async () => undefined);
  };
  return { cleanUp, ...startConformance({ name: "aws-kms (live)", create, expected, caseTimeoutMs: 590_000 }) };
}
const { cases, runCase, close, cleanUp } = suite();

describe("conformance of aws-kms on a real account", () => {
  for (const which of live ? cases : []) {
    test(`${which.id}: ${which.title}`, { timeout: 600_000 }, async ({ skip }) => {
      const before = movedMs();
      const { result, failure } = await runCase(which);
      skip(result === "failed" && movedMs() - before >= 7 * dayMs, "it needs days to pass at AWS");
      expect(failure).toBeUndefined();
    });
  }

  afterAll(async () => {
    await close();
    const { keys, failures } = await cleanUp();
    if (failures.length === 0) return;
    throw new Error(`Of ${keys} keys tagged ${liveTag}=${run} some are still there:\n${failures.join("\n")}`);
  }, 600_000);

  test("is asked for by KMS_LIVE_AWS=1 alone, since it makes keys that cost money", ({ skip }) => {
    skip(!live, "KMS_LIVE_AWS is not set to 1; the same cases run against the emulator in conformance.test.ts");
    expect(live).toBe(true);
  });
});
