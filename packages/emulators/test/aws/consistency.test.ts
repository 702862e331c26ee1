import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UpdateAliasCommand,
} from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import type { AwsEmulator } from "../../src/aws/index.ts";
import { createKey, encrypt, nameOf, start } from "./setup.ts";

/** An emulator whose time a test alone moves. */
const startStill = (): Promise<{ emulator: AwsEmulator; client: KMSClient }> => start({ now: () => 1_700_000_000_000 });

const describeKey = (client: KMSClient, KeyId: string): Promise<string> =>
  nameOf(client.send(new DescribeKeyCommand({ KeyId })));

describe("consistency.delay", () => {
  it("is off at first", async () => {
    const { client } = await startStill();
    const { id } = await createKey(client);
    expect(await describeKey(client, id)).toBe("none");
  });

  it("hides a fresh key until the time has passed", async () => {
    const { emulator, client } = await startStill();
    emulator.consistency.delay(5000);
    const { id } = await createKey(client);
    expect(await describeKey(client, id)).toBe("NotFoundException");
    expect((await client.send(new ListKeysCommand({}))).Keys).toEqual([]);
    emulator.clock.advance(4999);
    expect(await describeKey(client, id)).toBe("NotFoundException");
    emulator.clock.advance(1);
    expect(await describeKey(client, id)).toBe("none");
  });

  it("has a disabled key serve, and an enabled one refuse, for that time", async () => {
    const { emulator, client } = await startStill();
    const { id } = await createKey(client);
    emulator.consistency.delay(1000);
    await client.send(new DisableKeyCommand({ KeyId: id }));
    expect(await nameOf(encrypt(client, id, "text"))).toBe("none");
    emulator.clock.advance(1000);
    expect(await nameOf(encrypt(client, id, "text"))).toBe("DisabledException");
    await client.send(new EnableKeyCommand({ KeyId: id }));
    expect(await nameOf(encrypt(client, id, "text"))).toBe("DisabledException");
    emulator.clock.advance(1000);
    expect(await nameOf(encrypt(client, id, "text"))).toBe("none");
  });

  it("answers the change itself up to date", async () => {
    const { emulator, client } = await startStill();
    const { id } = await createKey(client);
    emulator.consistency.delay(1000);
    const answer = await client.send(new ScheduleKeyDeletionCommand({ KeyId: id }));
    expect(answer.KeyState).toBe("PendingDeletion");
    const { KeyMetadata: metadata } = await client.send(new DescribeKeyCommand({ KeyId: id }));
    expect(metadata?.KeyState).toBe("Enabled");
    expect(metadata).not.toHaveProperty("DeletionDate");
  });

  it("shows tags late, and loses none that were set one upon the other", async () => {
    const { emulator, client } = await startStill();
    const { id } = await createKey(client);
    const tag = (TagKey: string): Promise<unknown> =>
      client.send(new TagResourceCommand({ KeyId: id, Tags: [{ TagKey, TagValue: "" }] }));
    const tagsOf = async (): Promise<unknown> =>
      (await client.send(new ListResourceTagsCommand({ KeyId: id }))).Tags?.map(({ TagKey }) => TagKey);
    emulator.consistency.delay(1000);
    await tag("a");
    emulator.clock.advance(500);
    await tag("b");
    expect(await tagsOf()).toEqual([]);
    emulator.clock.advance(500);
    expect(await tagsOf()).toEqual(["a"]);
    emulator.clock.advance(500);
    expect(await tagsOf()).toEqual(["a", "b"]);
  });

  it("shows aliases late: new ones, moved ones, deleted ones", async () => {
    const { emulator, client } = await startStill();
    const [one, two] = [await createKey(client), await createKey(client)];
    const targetOf = async (): Promise<string | undefined> =>
      (await client.send(new ListAliasesCommand({}))).Aliases?.[0]?.TargetKeyId;
    emulator.consistency.delay(1000);
    const create = (): Promise<string> =>
      nameOf(client.send(new CreateAliasCommand({ AliasName: "alias/x", TargetKeyId: one.id })));
    await create();
    expect(await describeKey(client, "alias/x")).toBe("NotFoundException");
    expect(await create()).toBe("AlreadyExistsException"); // the store of record knows
    emulator.clock.advance(1000);
    expect(await targetOf()).toBe(one.id);
    await client.send(new UpdateAliasCommand({ AliasName: "alias/x", TargetKeyId: two.id }));
    expect(await targetOf()).toBe(one.id);
    emulator.clock.advance(1000);
    expect(await targetOf()).toBe(two.id);
    await client.send(new DeleteAliasCommand({ AliasName: "alias/x" }));
    expect(await describeKey(client, "alias/x")).toBe("none");
    emulator.clock.advance(1000);
    expect(await describeKey(client, "alias/x")).toBe("NotFoundException");
  });

  it("ends with 0 for later changes, which then overtake what is still on its way", async () => {
    const { emulator, client } = await startStill();
    const { id } = await createKey(client);
    emulator.consistency.delay(1000);
    await client.send(new DisableKeyCommand({ KeyId: id }));
    emulator.consistency.delay(0);
    await client.send(new EnableKeyCommand({ KeyId: id }));
    emulator.clock.advance(1000);
    expect(await nameOf(encrypt(client, id, "text"))).toBe("none");
    const fresh = await createKey(client);
    expect(await describeKey(client, fresh.id)).toBe("none");
  });

  it("takes 0 to a day", async () => {
    const { emulator } = await start();
    for (const ms of [-1, Number.NaN, 86_400_001]) expect(() => emulator.consistency.delay(ms)).toThrow(RangeError);
    expect(() => emulator.consistency.delay(86_400_000)).not.toThrow();
  });
});
