import { KMSClient, CreateKeyCommand } from "@aws-sdk/client-kms";
import { startAwsEmulator } from "@kms/emulators/aws";
import { describe, expect, test } from "vitest";
import { kmsOver } from "./guarded.ts";
import { bytes, endWithTest, refusal, stand, text } from "./setup.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

/** A multi-Region key, its replica in a second Region, and a `Kms` in each. */
async function twoRegions() {
  const primary = await stand({ region: "eu-west-1" });
  const emulator = await startAwsEmulator({ region: "eu-central-1", replicaOf: primary.emulator });
  endWithTest(() => emulator.close());
  const client = new KMSClient({ ...emulator.clientConfiguration, maxAttempts: 1 });
  endWithTest(async () => client.destroy());
  const made = await primary.client.send(new CreateKeyCommand({ MultiRegion: true }));
  const keyId = made.KeyMetadata?.KeyId ?? "";
  const here = kmsOver(primary);
  const there = kmsOver({ client });
  const key = await here.getKey("aws", keyId, aes);
  const replica = await there.getKey("aws", keyId, aes);
  return { here, there, key, replica };
}

describe("a multi-Region key", () => {
  test("is the same key in both Regions, under two ARNs", async () => {
    const { key, replica } = await twoRegions();
    expect(key.keyId).toMatch(/^arn:aws:kms:eu-west-1:[0-9]{12}:key\/mrk-[0-9a-f]{32}$/);
    expect(replica.keyId).toBe(key.keyId.replace("eu-west-1", "eu-central-1"));
  });

  test("opens with its replica what it made, and makes what its replica made open", async () => {
    const { here, there, key, replica } = await twoRegions();
    const associatedData = { tenant: "42" };
    const made = await here.encrypt(key, bytes("attack at dawn"), associatedData);
    expect(text(await there.decrypt(replica, made, associatedData))).toBe("attack at dawn");
    const back = await there.encrypt(replica, bytes("at noon"), associatedData);
    expect(text(await here.decrypt(key, back, associatedData))).toBe("at noon");
    expect(await refusal(there.decrypt(replica, made, { tenant: "43" }))).toMatchObject({ code: "DECRYPTION_FAILED" });
  });

  test("unwraps with its replica the data keys that it made", async () => {
    const { here, there, key, replica } = await twoRegions();
    const { plaintext, encrypted } = await here.generateDataKey(key, 32, { tenant: "42" });
    expect(await there.unwrapDataKey(replica, encrypted, { tenant: "42" })).toEqual(plaintext);
  });

  test("opens nothing of another key, though that is multi-Region too", async () => {
    const { here, there, key } = await twoRegions();
    const other = await twoRegions();
    const made = await here.encrypt(key, bytes("x"));
    const error = await refusal(other.there.decrypt(other.replica, made));
    expect(error).toMatchObject({ code: "DECRYPTION_FAILED" });
    expect(await refusal(there.getKey("aws", other.key.keyId, aes))).toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
