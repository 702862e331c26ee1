import { liveClock, startConformance } from "@kms/conformance";
import { afterAll, describe, expect, test } from "vitest";
import expected from "../conformance.expected.json" with { type: "json" };
import { harnessOver } from "./harness.ts";
import { liveAccount } from "./live-account.ts";
import { dayMs } from "./setup.ts";

/**
 * The suite on a real project: `KMS_LIVE_GCP=1 KMS_LIVE_GCP_LOCATION=projects/<id>/locations/<location> npx vitest run
 * --project gcp live`, with credentials as the SDK finds them. Use a project of its own: the principal needs every
 * permission of the table, on every key. The location must offer HSM keys.
 *
 * Cost: about 920 key versions, software at 0.06 USD and HSM at 1 to 2.50 USD a month each, billed for the time that they
 * are not destroyed, which is 30 days after the run; and about 17,000 requests at 0.03 to 0.15 USD for 10,000. Every run makes
 * a key ring of its own, `kms-live-<time>`, which stays for ever with the names of its keys, free of charge. At the end
 * every version in it is scheduled for destruction; if the run is killed before, find the keys in that ring.
 *
 * A case that needs days to pass at Google cannot succeed there and is skipped with that reason; nothing else is.
 */
const live = process.env["KMS_LIVE_GCP"] === "1";
const location = process.env["KMS_LIVE_GCP_LOCATION"] ?? "projects/some-project/locations/europe-west1";

const clocks: (() => number)[] = [];
const movedMs = (): number => clocks.reduce((sum, moved) => sum + moved(), 0);

/** The suite over the project that the SDK finds; nothing is opened before the first case. */
function suite() {
  const account = liveAccount(location, String(Date.now()));
  const create = async () => {
    const { clock, moved } = liveClock();
    clocks.push(moved);
    return harnessOver(account, clock, async () => undefined);
  };
  return {
    ...account,
    ...startConformance({ name: "google-cloud-kms (live)", create, expected, caseTimeoutMs: 1_190_000 }),
  };
}

describe("conformance of google-cloud-kms on a real project", () => {
  const { cases, runCase, close, cleanUp, keyRing } = suite();

  for (const which of live ? cases : []) {
    test(`${which.id}: ${which.title}`, { timeout: 1_200_000 }, async ({ skip }) => {
      const before = movedMs();
      const { result, failure } = await runCase(which);
      skip(result === "failed" && movedMs() - before >= dayMs, "it needs days to pass at Google");
      expect(failure).toBeUndefined();
    });
  }

  afterAll(async () => {
    await close();
    if (!live) return;
    const { keys, failures } = await cleanUp();
    if (failures.length === 0) return;
    throw new Error(`Of ${keys} keys in ${keyRing} some are still there:\n${failures.join("\n")}`);
  }, 1_200_000);

  test("is asked for by KMS_LIVE_GCP=1 alone, since it makes keys that cost money", ({ skip }) => {
    skip(!live, "KMS_LIVE_GCP is not set to 1; the same cases run against the emulator in conformance.test.ts");
    expect(live).toBe(true);
  });
});
