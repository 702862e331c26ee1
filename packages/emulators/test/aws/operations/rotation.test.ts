import {
  CancelKeyDeletionCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { createKey, DAY_MS, encrypt, KINDS, nameOf, present, start } from "../setup.ts";

async function currentMaterial(client: KMSClient, KeyId: string): Promise<string> {
  return present((await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.CurrentKeyMaterialId);
}

async function rotationsOf(client: KMSClient, KeyId: string): Promise<readonly string[]> {
  const { Rotations: rotations } = await client.send(new ListKeyRotationsCommand({ KeyId }));
  return (rotations ?? []).map((entry) => `${entry.RotationType} ${(entry.RotationDate?.getTime() ?? NaN) / DAY_MS}`);
}

describe("RotateKeyOnDemand", () => {
  it("gives the key a new material at once, and what was sealed before still opens by its own", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    const first = await currentMaterial(client, id);
    const old = await encrypt(client, id, "old");
    expect((await client.send(new RotateKeyOnDemandCommand({ KeyId: id }))).KeyId).toBe(id);
    const second = await currentMaterial(client, id);
    expect(second).not.toBe(first);
    const fresh = await encrypt(client, id, "new");
    expect((await client.send(new DecryptCommand({ CiphertextBlob: old }))).KeyMaterialId).toBe(first);
    expect((await client.send(new DecryptCommand({ CiphertextBlob: fresh }))).KeyMaterialId).toBe(second);
  });

  it("stays under way for the delay, on the emulator's clock", async () => {
    const { emulator, client } = await start({ rotationDelayMs: 5000, now: () => 0 });
    const { id } = await createKey(client);
    const first = await currentMaterial(client, id);
    await client.send(new RotateKeyOnDemandCommand({ KeyId: id }));
    emulator.clock.advance(4999);
    expect(await currentMaterial(client, id)).toBe(first);
    const during = await client.send(new GetKeyRotationStatusCommand({ KeyId: id }));
    expect(during.OnDemandRotationStartDate).toEqual(new Date(0));
    expect(await rotationsOf(client, id)).toEqual([]);
    expect(await nameOf(client.send(new RotateKeyOnDemandCommand({ KeyId: id })))).toBe("NotImplementedException");
    emulator.clock.advance(1);
    expect(await currentMaterial(client, id)).not.toBe(first);
    expect(await client.send(new GetKeyRotationStatusCommand({ KeyId: id }))).not.toHaveProperty(
      "OnDemandRotationStartDate",
    );
    expect(await rotationsOf(client, id)).toEqual([`ON_DEMAND ${5000 / DAY_MS}`]);
  });

  it("works twenty-five times and then answers LimitExceededException", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    for (let count = 0; count < 25; count += 1) {
      expect(await nameOf(client.send(new RotateKeyOnDemandCommand({ KeyId: id })))).toBe("none");
    }
    expect(await nameOf(client.send(new RotateKeyOnDemandCommand({ KeyId: id })))).toBe("LimitExceededException");
    expect(await rotationsOf(client, id)).toHaveLength(25);
  });

  it("is refused within twenty minutes of an automatic rotation", async () => {
    const { emulator, client } = await start({ now: () => 0 });
    const { id } = await createKey(client);
    await client.send(new EnableKeyRotationCommand({ KeyId: id, RotationPeriodInDays: 90 }));
    emulator.clock.advance(90 * DAY_MS - 20 * 60_000 - 1);
    expect(await nameOf(client.send(new RotateKeyOnDemandCommand({ KeyId: id })))).toBe("none");
    emulator.clock.advance(1);
    expect(await nameOf(client.send(new RotateKeyOnDemandCommand({ KeyId: id })))).toBe("ConflictException");
  });
});

describe.each([
  ["asymmetric", KINDS.signing],
  ["HMAC", KINDS.mac],
])("%s keys", (_, kind) => {
  it("do not rotate: every rotation call is UnsupportedOperationException", async () => {
    const { client } = await start();
    const { id: KeyId } = await createKey(client, kind);
    const calls = [
      client.send(new RotateKeyOnDemandCommand({ KeyId })),
      client.send(new EnableKeyRotationCommand({ KeyId })),
      client.send(new DisableKeyRotationCommand({ KeyId })),
      client.send(new GetKeyRotationStatusCommand({ KeyId })),
      client.send(new ListKeyRotationsCommand({ KeyId })),
    ];
    expect(await Promise.all(calls.map(nameOf))).toEqual(calls.map(() => "UnsupportedOperationException"));
  });
});

describe("ListKeyRotations", () => {
  it("lists rotations only, or every material, the first without a date", async () => {
    const { client } = await start({ now: () => 7000 });
    const { id } = await createKey(client);
    const first = await currentMaterial(client, id);
    await client.send(new RotateKeyOnDemandCommand({ KeyId: id }));
    const second = await currentMaterial(client, id);
    const rotation = {
      KeyId: id,
      KeyMaterialId: second,
      KeyMaterialState: "CURRENT",
      RotationDate: new Date(7000),
      RotationType: "ON_DEMAND",
    };
    expect((await client.send(new ListKeyRotationsCommand({ KeyId: id }))).Rotations).toEqual([rotation]);
    const all = await client.send(new ListKeyRotationsCommand({ KeyId: id, IncludeKeyMaterial: "ALL_KEY_MATERIAL" }));
    expect(all.Rotations).toEqual([{ KeyId: id, KeyMaterialId: first, KeyMaterialState: "NON_CURRENT" }, rotation]);
  });

  it("pages", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    for (let count = 0; count < 4; count += 1) await client.send(new RotateKeyOnDemandCommand({ KeyId: id }));
    const seen: (string | undefined)[] = [];
    let Marker: string | undefined;
    do {
      const page = await client.send(
        new ListKeyRotationsCommand({ KeyId: id, IncludeKeyMaterial: "ALL_KEY_MATERIAL", Limit: 2, Marker }),
      );
      expect(page.Truncated).toBe(page.NextMarker !== undefined);
      seen.push(...(page.Rotations ?? []).map((entry) => entry.KeyMaterialId));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);
    expect(seen.at(-1)).toBe(await currentMaterial(client, id));
  });
});

describe("automatic rotation", () => {
  it("happens at each period on the emulator's clock", async () => {
    const { emulator, client } = await start({ now: () => 0 });
    const { id } = await createKey(client);
    await client.send(new EnableKeyRotationCommand({ KeyId: id, RotationPeriodInDays: 90 }));
    expect(await client.send(new GetKeyRotationStatusCommand({ KeyId: id }))).toMatchObject({
      KeyId: id,
      KeyRotationEnabled: true,
      RotationPeriodInDays: 90,
      NextRotationDate: new Date(90 * DAY_MS),
    });
    emulator.clock.advance(200 * DAY_MS);
    expect(await rotationsOf(client, id)).toEqual(["AUTOMATIC 90", "AUTOMATIC 180"]);
    await client.send(new DisableKeyRotationCommand({ KeyId: id }));
    emulator.clock.advance(200 * DAY_MS);
    expect(await rotationsOf(client, id)).toHaveLength(2);
    const status = await client.send(new GetKeyRotationStatusCommand({ KeyId: id }));
    expect(status).toMatchObject({ KeyRotationEnabled: false });
    expect(status).not.toHaveProperty("NextRotationDate");
  });

  it("takes 365 days when nothing is said, 90 and 2560, and refuses 89 and 2561", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    const enable = (RotationPeriodInDays?: number): Promise<string> =>
      nameOf(client.send(new EnableKeyRotationCommand({ KeyId: id, RotationPeriodInDays })));
    expect(await enable()).toBe("none");
    const { RotationPeriodInDays: days } = await client.send(new GetKeyRotationStatusCommand({ KeyId: id }));
    expect(days).toBe(365);
    expect([await enable(89), await enable(90), await enable(2560), await enable(2561)]).toEqual([
      "ValidationException",
      "none",
      "none",
      "ValidationException",
    ]);
  });

  it("waits while the key is disabled and catches up once when it is enabled", async () => {
    const { emulator, client } = await start({ now: () => 0 });
    const { id } = await createKey(client);
    await client.send(new EnableKeyRotationCommand({ KeyId: id, RotationPeriodInDays: 90 }));
    await client.send(new DisableKeyCommand({ KeyId: id }));
    emulator.clock.advance(200 * DAY_MS);
    expect(await rotationsOf(client, id)).toEqual([]);
    await client.send(new EnableKeyCommand({ KeyId: id }));
    expect(await rotationsOf(client, id)).toEqual(["AUTOMATIC 200"]);
  });

  it("is reported as off while deletion is pending, and is on again after", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    const isOn = async (): Promise<boolean | undefined> =>
      (await client.send(new GetKeyRotationStatusCommand({ KeyId: id }))).KeyRotationEnabled;
    await client.send(new EnableKeyRotationCommand({ KeyId: id }));
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: id }));
    expect(await isOn()).toBe(false);
    await client.send(new CancelKeyDeletionCommand({ KeyId: id }));
    expect(await isOn()).toBe(true);
  });
});
