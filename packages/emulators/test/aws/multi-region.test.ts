import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GenerateMacCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListKeysCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { type AwsEmulator, startAwsEmulator } from "../../src/aws/index.ts";
import { bytes, createKey, DAY_MS, encrypt, KINDS, nameOf, present, publicKeyOf, start } from "./setup.ts";

interface Regions {
  readonly primary: { readonly emulator: AwsEmulator; readonly client: KMSClient };
  readonly replica: { readonly emulator: AwsEmulator; readonly client: KMSClient };
}

async function startRegions(): Promise<Regions> {
  const primary = await start();
  return { primary, replica: await start({ region: "us-east-1", replicaOf: primary.emulator }) };
}

const createMultiRegion = (
  client: KMSClient,
  input: CreateKeyCommandInput = {},
): Promise<{ id: string; arn: string }> => createKey(client, { ...input, MultiRegion: true });

const stateOf = async (client: KMSClient, KeyId: string): Promise<string | undefined> =>
  (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;

const replicasOf = async (client: KMSClient, KeyId: string): Promise<readonly (string | undefined)[] | undefined> =>
  (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.MultiRegionConfiguration?.ReplicaKeys?.map(
    ({ Region }) => Region,
  );

describe("a multi-Region key", () => {
  it("has an id of its own form, and lists its parts", async () => {
    const { client } = await start();
    const { KeyMetadata: metadata } = await client.send(new CreateKeyCommand({ MultiRegion: true }));
    expect(metadata?.KeyId).toMatch(/^mrk-[0-9a-f]{32}$/);
    expect(metadata).toMatchObject({
      Arn: `arn:aws:kms:eu-west-1:000000000000:key/${metadata?.KeyId}`,
      MultiRegion: true,
      MultiRegionConfiguration: {
        MultiRegionKeyType: "PRIMARY",
        PrimaryKey: { Arn: metadata?.Arn, Region: "eu-west-1" },
        ReplicaKeys: [],
      },
    });
  });

  it("encrypts, decrypts and rotates like any other", async () => {
    const { client } = await start();
    const { id, arn } = await createMultiRegion(client);
    const blob = await encrypt(client, arn, "text");
    await client.send(new RotateKeyOnDemandCommand({ KeyId: id }));
    const opened = await client.send(new DecryptCommand({ CiphertextBlob: blob }));
    expect(opened).toMatchObject({ KeyId: arn, Plaintext: bytes("text") });
  });
});

describe("replicaOf", () => {
  it("gives the other Region replicas: same id, other ARN, own description", async () => {
    const { primary, replica } = await startRegions();
    const { id, arn } = await createMultiRegion(primary.client, { Description: "orders" });
    const { KeyMetadata: metadata } = await replica.client.send(new DescribeKeyCommand({ KeyId: id }));
    const replicaArn = arn.replace("eu-west-1", "us-east-1");
    const parts = {
      PrimaryKey: { Arn: arn, Region: "eu-west-1" },
      ReplicaKeys: [{ Arn: replicaArn, Region: "us-east-1" }],
    };
    expect(metadata).toMatchObject({
      Arn: replicaArn,
      Description: "",
      MultiRegionConfiguration: { MultiRegionKeyType: "REPLICA", ...parts },
    });
    const primaries = await primary.client.send(new DescribeKeyCommand({ KeyId: id }));
    expect(primaries.KeyMetadata?.MultiRegionConfiguration).toMatchObject({ MultiRegionKeyType: "PRIMARY", ...parts });
  });

  it("replicates what was made before, and no key of one Region", async () => {
    const primary = await start();
    const [multi, single] = [await createMultiRegion(primary.client), await createKey(primary.client)];
    const { client } = await start({ region: "us-east-1", replicaOf: primary.emulator });
    expect((await client.send(new ListKeysCommand({}))).Keys?.map(({ KeyId }) => KeyId)).toEqual([multi.id]);
    const blob = await encrypt(primary.client, single.id, "text");
    expect(await nameOf(client.send(new DecryptCommand({ CiphertextBlob: blob })))).toBe("AccessDeniedException");
  });

  it("opens in either Region what the other encrypted, before and after a rotation", async () => {
    const { primary, replica } = await startRegions();
    const { id, arn } = await createMultiRegion(primary.client);
    const replicaArn = arn.replace("eu-west-1", "us-east-1");
    const before = await encrypt(primary.client, id, "one");
    await primary.client.send(new RotateKeyOnDemandCommand({ KeyId: id }));
    const after = await encrypt(replica.client, id, "two");
    const opened = await replica.client.send(new DecryptCommand({ CiphertextBlob: before, KeyId: id }));
    expect(opened).toMatchObject({ KeyId: replicaArn, Plaintext: bytes("one") });
    const back = await primary.client.send(new DecryptCommand({ CiphertextBlob: after }));
    expect(back).toMatchObject({ KeyId: arn, Plaintext: bytes("two") });
    expect(back.KeyMaterialId).not.toBe(opened.KeyMaterialId);
  });

  it("shares key pairs and MAC keys", async () => {
    const { primary, replica } = await startRegions();
    const signing = await createMultiRegion(primary.client, KINDS.signing);
    const mac = await createMultiRegion(primary.client, KINDS.mac);
    const Message = bytes("m");
    expect(await publicKeyOf(replica.client, signing.id)).toEqual(await publicKeyOf(primary.client, signing.id));
    const call = { KeyId: signing.id, Message, SigningAlgorithm: "ECDSA_SHA_256" } as const;
    const { Signature } = await primary.client.send(new SignCommand(call));
    expect(await nameOf(replica.client.send(new VerifyCommand({ ...call, Signature })))).toBe("none");
    const input = { KeyId: mac.id, Message, MacAlgorithm: "HMAC_SHA_256" } as const;
    const { Mac } = await replica.client.send(new GenerateMacCommand(input));
    expect(await nameOf(primary.client.send(new VerifyMacCommand({ ...input, Mac })))).toBe("none");
  });

  it("keeps state and aliases of each part apart", async () => {
    const { primary, replica } = await startRegions();
    const { id } = await createMultiRegion(primary.client);
    await primary.client.send(new CreateAliasCommand({ AliasName: "alias/x", TargetKeyId: id }));
    await primary.client.send(new DisableKeyCommand({ KeyId: id }));
    expect(await nameOf(encrypt(replica.client, "alias/x", "text"))).toBe("NotFoundException");
    expect(await nameOf(encrypt(replica.client, id, "text"))).toBe("none");
    expect(await nameOf(encrypt(primary.client, id, "text"))).toBe("DisabledException");
  });

  it("leaves rotation to the primary, whose schedule both show", async () => {
    const { primary, replica } = await startRegions();
    const { id } = await createMultiRegion(primary.client);
    for (const command of [
      new RotateKeyOnDemandCommand({ KeyId: id }),
      new EnableKeyRotationCommand({ KeyId: id }),
    ] as const) {
      expect(await nameOf(replica.client.send(command as never))).toBe("UnsupportedOperationException");
    }
    await primary.client.send(new EnableKeyRotationCommand({ KeyId: id, RotationPeriodInDays: 90 }));
    const status = await replica.client.send(new GetKeyRotationStatusCommand({ KeyId: id }));
    expect(status).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 90 });
    const materialOf = async (client: KMSClient): Promise<string | undefined> =>
      (await client.send(new DescribeKeyCommand({ KeyId: id }))).KeyMetadata?.CurrentKeyMaterialId;
    const former = await materialOf(primary.client);
    replica.emulator.clock.advance(91 * DAY_MS); // one clock for both
    const current = await materialOf(replica.client);
    expect(current).not.toBe(present(former));
    expect(await materialOf(primary.client)).toBe(current);
  });

  it("rotates by the primary's state, whatever the replica's", async () => {
    const { primary, replica } = await startRegions();
    const { id } = await createMultiRegion(primary.client);
    const materialOf = async (client: KMSClient): Promise<string | undefined> =>
      (await client.send(new DescribeKeyCommand({ KeyId: id }))).KeyMetadata?.CurrentKeyMaterialId;
    await primary.client.send(new EnableKeyRotationCommand({ KeyId: id }));
    await primary.client.send(new DisableKeyCommand({ KeyId: id }));
    const former = present(await materialOf(primary.client));
    primary.emulator.clock.advance(366 * DAY_MS);
    expect(await materialOf(replica.client)).toBe(former);
    await primary.client.send(new EnableKeyCommand({ KeyId: id }));
    expect(await materialOf(replica.client)).not.toBe(former); // "missed meanwhile" happens at once
  });

  it("has a primary wait for its replicas to be deleted, and then its own window", async () => {
    const { primary, replica } = await startRegions();
    const { id } = await createMultiRegion(primary.client);
    const schedule = new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: 7 });
    const answer = await primary.client.send(schedule);
    expect(answer).toMatchObject({ KeyState: "PendingReplicaDeletion", PendingWindowInDays: 7 });
    expect(answer).not.toHaveProperty("DeletionDate");
    const { KeyMetadata: metadata } = await primary.client.send(new DescribeKeyCommand({ KeyId: id }));
    expect(metadata).toMatchObject({ KeyState: "PendingReplicaDeletion", PendingDeletionWindowInDays: 7 });
    expect(metadata).not.toHaveProperty("DeletionDate");
    expect(await nameOf(encrypt(primary.client, id, "text"))).toBe("KMSInvalidStateException");
    primary.emulator.clock.advance(365 * DAY_MS);
    expect(await stateOf(primary.client, id)).toBe("PendingReplicaDeletion");
    expect(await nameOf(encrypt(replica.client, id, "text"))).toBe("none");
    await replica.client.send(schedule);
    primary.emulator.clock.advance(8 * DAY_MS); // a day after the replica has gone
    expect(await stateOf(primary.client, id)).toBe("PendingDeletion");
    expect(await nameOf(stateOf(replica.client, id))).toBe("NotFoundException");
    primary.emulator.clock.advance(6 * DAY_MS);
    expect(await nameOf(stateOf(primary.client, id))).toBe("NotFoundException");
  });

  it("lets the deletion of a waiting primary be cancelled", async () => {
    const { primary } = await startRegions();
    const { id } = await createMultiRegion(primary.client);
    await primary.client.send(new ScheduleKeyDeletionCommand({ KeyId: id }));
    await primary.client.send(new CancelKeyDeletionCommand({ KeyId: id }));
    expect(await stateOf(primary.client, id)).toBe("Disabled");
  });

  it("makes keys of its own in the other Region too", async () => {
    const { primary, replica } = await startRegions();
    const { id, arn } = await createMultiRegion(replica.client);
    expect(arn).toContain(":us-east-1:");
    expect(await nameOf(stateOf(primary.client, id))).toBe("NotFoundException");
  });

  it.each([
    ["the primary's own region", { region: "eu-west-1" }],
    ["a region of another partition", { region: "cn-north-1" }],
    ["an account of its own", { region: "us-east-1", accountId: "111122223333" }],
    ["a time of its own", { region: "us-east-1", now: () => 0 }],
  ])("refuses %s with RangeError", async (_, options) => {
    const { emulator } = await start();
    await expect(startAwsEmulator({ ...options, replicaOf: emulator })).rejects.toThrow(RangeError);
  });

  it("refuses a second one in a Region, as ReplicateKey does, until the first is closed", async () => {
    const { primary, replica } = await startRegions();
    const options = { region: "us-east-1", replicaOf: primary.emulator };
    await expect(startAwsEmulator(options)).rejects.toThrow(RangeError);
    await replica.emulator.close();
    const { id } = await createMultiRegion(primary.client);
    const { client } = await start(options);
    expect(await stateOf(client, id)).toBe("Enabled");
  });

  it("refuses the replica of a replica, which ReplicateKey does not make", async () => {
    const { replica } = await startRegions();
    await expect(startAwsEmulator({ region: "us-west-2", replicaOf: replica.emulator })).rejects.toThrow(RangeError);
  });

  it("refuses an emulator that is closed", async () => {
    const { emulator } = await start();
    await emulator.close();
    await expect(startAwsEmulator({ region: "us-east-1", replicaOf: emulator })).rejects.toThrow(RangeError);
  });

  it("leaves nothing behind where it could not start", async () => {
    const { emulator, client } = await start();
    const options = { region: "us-east-1", replicaOf: emulator };
    const port = Number(new URL(emulator.endpoint).port);
    await expect(startAwsEmulator({ ...options, port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    const { id } = await createMultiRegion(client);
    expect(await replicasOf(client, id)).toEqual([]);
    await start(options);
    expect(await replicasOf(client, id)).toEqual(["us-east-1"]);
  });

  it("takes its replicas with it when it is closed: the primary waits for them no more", async () => {
    const { primary, replica } = await startRegions();
    const { id } = await createMultiRegion(primary.client);
    await primary.client.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: 7 }));
    primary.emulator.clock.advance(30 * DAY_MS);
    await replica.emulator.close();
    await replica.emulator.close();
    expect(await replicasOf(primary.client, id)).toEqual([]);
    expect(await stateOf(primary.client, id)).toBe("PendingDeletion");
    primary.emulator.clock.advance(6 * DAY_MS);
    expect(await stateOf(primary.client, id)).toBe("PendingDeletion");
    primary.emulator.clock.advance(DAY_MS);
    expect(await nameOf(stateOf(primary.client, id))).toBe("NotFoundException");
  });

  it("goes on where the primary's Region is out of reach", async () => {
    const { primary, replica } = await startRegions();
    const { id } = await createMultiRegion(primary.client);
    const blob = await encrypt(primary.client, id, "text");
    await primary.emulator.close();
    const opened = await replica.client.send(new DecryptCommand({ CiphertextBlob: blob }));
    expect(opened.Plaintext).toEqual(bytes("text"));
    expect(await replicasOf(replica.client, id)).toEqual(["us-east-1"]);
  });

  it("refuses what only looks like an emulator", async () => {
    const { emulator } = await start();
    const copy = { ...emulator };
    await expect(startAwsEmulator({ region: "us-east-1", replicaOf: copy })).rejects.toThrow(RangeError);
  });
});
