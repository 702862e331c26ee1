import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  ListAliasesCommand,
  ListKeysCommand,
  type KMSClient,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { createKey, DAY_MS, encrypt, nameOf, present, refusalOf, start } from "../setup.ts";

async function stateOf(client: KMSClient, KeyId: string): Promise<string> {
  const { KeyMetadata: metadata } = await client.send(new DescribeKeyCommand({ KeyId }));
  return `${metadata?.KeyState} ${metadata?.Enabled}`;
}

describe("EnableKey and DisableKey", () => {
  it("turn a key off and on, and do nothing when it is so already", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    for (const [command, expected] of [
      [new DisableKeyCommand({ KeyId: id }), "Disabled false"],
      [new DisableKeyCommand({ KeyId: id }), "Disabled false"],
      [new EnableKeyCommand({ KeyId: id }), "Enabled true"],
      [new EnableKeyCommand({ KeyId: id }), "Enabled true"],
    ] as const) {
      await nameOf(command instanceof DisableKeyCommand ? client.send(command) : client.send(command));
      expect(await stateOf(client, id)).toBe(expected);
    }
  });

  it("let a disabled key open nothing, and an enabled one open what is old", async () => {
    const { client } = await start();
    const { id, arn } = await createKey(client);
    const blob = await encrypt(client, id, "text");
    await client.send(new DisableKeyCommand({ KeyId: id }));
    const refusal = await refusalOf(client.send(new DecryptCommand({ CiphertextBlob: blob })));
    expect(refusal).toEqual({ name: "DisabledException", message: `${arn} is disabled.` });
    await client.send(new EnableKeyCommand({ KeyId: id }));
    expect(await nameOf(client.send(new DecryptCommand({ CiphertextBlob: blob })))).toBe("none");
  });
});

describe("ScheduleKeyDeletion", () => {
  it("takes thirty days when nothing is said, and names the ARN and the date", async () => {
    const { client } = await start({ now: () => 1_000_000 });
    const { id, arn } = await createKey(client);
    expect(await client.send(new ScheduleKeyDeletionCommand({ KeyId: id }))).toMatchObject({
      KeyId: arn,
      DeletionDate: new Date(1_000_000 + 30 * DAY_MS),
      KeyState: "PendingDeletion",
      PendingWindowInDays: 30,
    });
    const { KeyMetadata: metadata } = await client.send(new DescribeKeyCommand({ KeyId: id }));
    expect(metadata?.DeletionDate).toEqual(new Date(1_000_000 + 30 * DAY_MS));
    expect(metadata).not.toHaveProperty("PendingDeletionWindowInDays"); // of multi-Region keys only
  });

  it("takes windows of 7 and 30 days and refuses 6 and 31", async () => {
    const { client } = await start();
    for (const [days, expected] of [
      [6, "ValidationException"],
      [7, "none"],
      [30, "none"],
      [31, "ValidationException"],
    ] as const) {
      const { id } = await createKey(client);
      expect(await nameOf(client.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: days })))).toBe(
        expected,
      );
    }
  });

  it("deletes key, aliases and ciphertexts when the window ends on the emulator's clock, not a millisecond before", async () => {
    const { emulator, client } = await start({ now: () => 0 });
    const { id, arn } = await createKey(client);
    await client.send(new CreateAliasCommand({ AliasName: "alias/orders", TargetKeyId: id }));
    const blob = await encrypt(client, id, "text");
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: 7 }));
    emulator.clock.advance(7 * DAY_MS - 1);
    expect(await stateOf(client, arn)).toBe("PendingDeletion false");
    emulator.clock.advance(1);
    expect(await nameOf(client.send(new DescribeKeyCommand({ KeyId: arn })))).toBe("NotFoundException");
    expect(await nameOf(client.send(new DescribeKeyCommand({ KeyId: "alias/orders" })))).toBe("NotFoundException");
    expect((await client.send(new ListKeysCommand({}))).Keys).toEqual([]);
    expect((await client.send(new ListAliasesCommand({}))).Aliases).toEqual([]);
    expect(await nameOf(client.send(new CancelKeyDeletionCommand({ KeyId: id })))).toBe("NotFoundException");
    expect(await nameOf(client.send(new DecryptCommand({ CiphertextBlob: blob, KeyId: id })))).toBe(
      "NotFoundException",
    );
    expect(await nameOf(client.send(new DecryptCommand({ CiphertextBlob: blob })))).toBe("AccessDeniedException");
  });

  it("works on a disabled key", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    await client.send(new DisableKeyCommand({ KeyId: id }));
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: id }));
    expect(await stateOf(client, id)).toBe("PendingDeletion false");
  });
});

describe("CancelKeyDeletion", () => {
  it("leaves the key Disabled, whatever it was, and old data readable once it is enabled", async () => {
    const { emulator, client } = await start();
    const { id, arn } = await createKey(client);
    const blob = await encrypt(client, id, "text");
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: 7 }));
    expect(await client.send(new CancelKeyDeletionCommand({ KeyId: id }))).toMatchObject({ KeyId: arn });
    expect(await stateOf(client, id)).toBe("Disabled false");
    emulator.clock.advance(8 * DAY_MS);
    await client.send(new EnableKeyCommand({ KeyId: id }));
    expect(present((await client.send(new DecryptCommand({ CiphertextBlob: blob }))).KeyId)).toBe(arn);
  });

  it("refuses a key that is not pending deletion", async () => {
    const { client } = await start();
    const { id, arn } = await createKey(client);
    const refusal = await refusalOf(client.send(new CancelKeyDeletionCommand({ KeyId: id })));
    expect(refusal).toEqual({ name: "KMSInvalidStateException", message: `${arn} is not pending deletion.` });
  });
});
