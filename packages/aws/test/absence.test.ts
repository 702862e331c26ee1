import { KMSClient } from "@aws-sdk/client-kms";
import { conformanceClock } from "@kms/conformance";
import { startAwsEmulator } from "@kms/emulators/aws";
import { describe, expect, test } from "vitest";
import { guarded, kmsOver, type Guarded } from "./guarded.ts";
import { endWithTest, refusal } from "./setup.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

/** A key that lives, and a `Kms` whose client asks another Region for it. */
async function askedElsewhere() {
  const here = await guarded({ region: "eu-west-1" });
  const made = await here.kms.generateKey("aws", aes);
  const emulator = await startAwsEmulator({ region: "us-east-1" });
  endWithTest(() => emulator.close());
  const client = new KMSClient({ ...emulator.clientConfiguration, maxAttempts: 1 });
  endWithTest(async () => client.destroy());
  const kms = kmsOver({ client });
  return { kms, emulator, key: await kms.openHandle(await here.kms.sealHandle(made), aes) };
}

async function withKey(): Promise<Guarded & { readonly key: Awaited<ReturnType<Guarded["kms"]["generateKey"]>> }> {
  const clock = conformanceClock();
  const here = await guarded({ now: clock.now }, clock);
  return { ...here, key: await here.kms.generateKey("aws", aes) };
}

describe("no receipt of destruction is given for a key that lives", () => {
  test("where another Region is asked for it", async () => {
    const { kms, key } = await askedElsewhere();
    const error = await refusal(kms.getDestructionReceipt(key));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", outcome: "none" });
    expect(error.message).toContain("Region");
  });

  test("where another Region is asked and says in other words that it does not know it", async () => {
    const { kms, emulator, key } = await askedElsewhere();
    emulator.faults.always({ error: "NotFoundException" }, "DescribeKey");
    expect(await refusal(kms.getDestructionReceipt(key))).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test.each(["ListResourceTags", "ListKeyRotations", "GetKeyRotationStatus"])(
    "where %s does not know what DescribeKey has just named",
    async (operation) => {
      const { kms, emulator, key } = await withKey();
      emulator.faults.always({ error: "NotFoundException" }, operation);
      const error = await refusal(kms.getDestructionReceipt(key));
      expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "none", keyId: key.keyId });
    },
  );
});

test("a key that only some of AWS has seen yet is asked for again", async () => {
  const { kms, emulator, key } = await withKey();
  emulator.faults.next({ error: "NotFoundException" }, "ListResourceTags");
  expect(await kms.describeKey(key)).toMatchObject({ state: "active" });
});

test("a key that DescribeKey in its own Region does not know is NOT_FOUND", async () => {
  const { kms, emulator, key } = await withKey();
  emulator.faults.always({ error: "NotFoundException" }, "DescribeKey");
  expect(await refusal(kms.describeKey(key))).toMatchObject({ code: "NOT_FOUND" });
});
