import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  anyOf,
  cachedRecipient,
  decrypt,
  describeMessage,
  encrypt,
  kmsRecipient,
  type CachedRecipient,
} from "../../src/index.ts";
import { startClouds, type Clouds, type ProviderName } from "../clouds.ts";
import { bytes, refusal, text } from "../setup.ts";
import { StandingClock } from "./counting.ts";

let clouds: Clouds;
const denied = new Set<string>();
beforeAll(async () => {
  clouds = await startClouds({
    authorize: ({ operation }) => {
      if (denied.has(operation)) throw new Error("not today");
    },
  });
});
afterEach(async () => {
  denied.clear();
  await clouds.restore();
});
afterAll(() => clouds.close());

const wide = { maximumAgeMs: 60_000, maximumMessages: 1_000, maximumBytes: 1_000_000 };
const of = (...names: readonly ProviderName[]): CachedRecipient =>
  cachedRecipient(anyOf(names.map((name) => kmsRecipient(clouds.kms, clouds.keys[name]))), wide);

/** The operations in the audit trail since, intents and outcomes. */
function audited(since: number): string[] {
  return clouds.audit
    .events()
    .slice(since)
    .map(({ provider, operation, phase, code }) => [provider, operation, phase, code].filter(Boolean).join(" "));
}

describe("messages under a cached data key", () => {
  test.each(["aws", "azure", "hsm", "gcp"] as const)("cost %s one call for as many as the limit", async (name) => {
    const limits = { ...wide, maximumMessages: 10 };
    const recipient = cachedRecipient(kmsRecipient(clouds.kms, clouds.keys[name]), limits);
    await encrypt(kmsRecipient(clouds.kms, clouds.keys[name]), bytes("a")); // the version of an HSM's key is known then
    const before = clouds.requests();
    const messages: Uint8Array[] = [];
    for (let count = 0; count < 25; count += 1) messages.push(await encrypt(recipient, bytes("a"), { tenant: "42" }));
    // Under RSA the public key wraps, here.
    expect(clouds.requests() - before).toBe(name === "azure" ? 0 : 3);
    const between = clouds.requests();
    for (const message of messages) await decrypt(recipient, message, { tenant: "42" });
    expect(clouds.requests() - between).toBe(3);
    expect(recipient.counts()).toMatchObject({ hits: 44, misses: 6 });
  });

  test("stand in the audit trail, each for every key", async () => {
    const recipient = of("aws", "own", "gcp");
    await encrypt(recipient, bytes("a"), { tenant: "42" });
    const since = clouds.audit.events().length;
    const message = await encrypt(recipient, bytes("a"), { tenant: "42" });
    expect(audited(since).toSorted()).toEqual([
      "aws generateDataKey intent",
      "aws generateDataKey outcome",
      "gcp wrapDataKey intent",
      "gcp wrapDataKey outcome",
      "own wrapDataKey intent",
      "own wrapDataKey outcome",
    ]);
    await decrypt(recipient, message);
    const read = clouds.audit.events().length;
    await decrypt(recipient, message);
    expect(audited(read)).toEqual(["aws unwrapDataKey intent", "aws unwrapDataKey outcome"]);
    expect(recipient.counts()).toMatchObject({ hits: 2, misses: 2 });
  });

  test("are under the new version once the age of a data key from before the rotation has ended", async () => {
    const { kms } = clouds;
    const key = await kms.generateKey("hsm", { algorithm: "AES-256-GCM" });
    const clock = new StandingClock();
    const recipient = cachedRecipient(kmsRecipient(kms, key), { ...wide, maximumAgeMs: 1_000 }, { clock });
    const versionOf = async (): Promise<string> => {
      const [wrapped] = describeMessage(await encrypt(recipient, bytes("a"))).claimedRecipients;
      return text(wrapped?.providerInfo ?? bytes(""));
    };
    const before = await versionOf();
    await kms.rotateKey(key);
    clock.at += 999;
    expect(await versionOf()).toBe(before);
    clock.at += 1;
    expect(await versionOf()).not.toBe(before);
  });

  test("are put to authorize", async () => {
    const recipient = of("aws");
    const message = await encrypt(recipient, bytes("a"));
    await decrypt(recipient, message);
    denied.add("generateDataKey").add("unwrapDataKey");
    expect((await refusal(encrypt(recipient, bytes("a")))).code).toBe("PERMISSION_DENIED");
    expect((await refusal(decrypt(recipient, message))).code).toBe("PERMISSION_DENIED");
  });

  test("are refused at once when an own key is disabled", async () => {
    const recipient = of("own");
    const message = await encrypt(recipient, bytes("a"));
    await decrypt(recipient, message);
    await clouds.takeDown("own");
    expect((await refusal(encrypt(recipient, bytes("a")))).code).toBe("INVALID_STATE");
    expect((await refusal(decrypt(recipient, message))).code).toBe("INVALID_STATE");
  });
});
