import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  type KMSClient,
  ListAliasesCommand,
  paginateListAliases,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
} from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { createKey, encrypt, KINDS, nameOf, start } from "../setup.ts";

const create = (client: KMSClient, AliasName: string, TargetKeyId: string): Promise<string> =>
  nameOf(client.send(new CreateAliasCommand({ AliasName, TargetKeyId })));

describe("CreateAlias", () => {
  it("takes names of letters, digits, slash, underscore and dash, up to 256 characters", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    for (const name of ["alias/a", "alias/Team/app_1-x", `alias/${"n".repeat(250)}`]) {
      expect(await create(client, name, id)).toBe("none");
      expect(await nameOf(encrypt(client, name, "text"))).toBe("none");
    }
  });

  it.each([
    ["", "ValidationException"],
    [`alias/${"n".repeat(251)}`, "ValidationException"],
    ["alias/with space", "ValidationException"],
    ["alias/dot.", "ValidationException"],
    ["alias/new\nline", "ValidationException"],
    ["orders", "ValidationException"],
    ["alias/", "InvalidAliasNameException"],
    ["alias/aws/s3", "InvalidAliasNameException"],
    ["alias/a:b", "InvalidAliasNameException"],
  ])("refuses the name %j with %s", async (name, expected) => {
    const { client } = await start();
    const { id } = await createKey(client);
    expect(await create(client, name, id)).toBe(expected);
  });

  it("refuses a name that is taken, also by the same key", async () => {
    const { client } = await start();
    const [one, two] = [await createKey(client), await createKey(client)];
    expect(await create(client, "alias/x", one.id)).toBe("none");
    expect(await create(client, "alias/x", two.id)).toBe("AlreadyExistsException");
    expect(await create(client, "alias/x", one.id)).toBe("AlreadyExistsException");
  });

  it("takes id and ARN as target, and no alias", async () => {
    const { client } = await start();
    const { id, arn } = await createKey(client);
    expect(await create(client, "alias/one", id)).toBe("none");
    expect(await create(client, "alias/two", arn)).toBe("none");
    expect(await create(client, "alias/three", "alias/one")).toBe("NotFoundException");
  });

  it("gives a key fifty aliases and no more", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    for (let count = 0; count < 50; count += 1) expect(await create(client, `alias/${count}`, id)).toBe("none");
    expect(await create(client, "alias/more", id)).toBe("LimitExceededException");
  });
});

const update = (client: KMSClient, AliasName: string, TargetKeyId: string): Promise<string> =>
  nameOf(client.send(new UpdateAliasCommand({ AliasName, TargetKeyId })));
const remove = (client: KMSClient, AliasName: string): Promise<string> =>
  nameOf(client.send(new DeleteAliasCommand({ AliasName })));
const targetOf = async (client: KMSClient, KeyId: string): Promise<string | undefined> =>
  (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyId;

describe("UpdateAlias", () => {
  it("points an alias at another key and dates the change", async () => {
    const { emulator, client } = await start({ now: () => 3000 });
    const [one, two] = [await createKey(client), await createKey(client)];
    await create(client, "alias/x", one.id);
    emulator.clock.advance(2000);
    expect(await update(client, "alias/x", two.arn)).toBe("none");
    expect(await targetOf(client, "alias/x")).toBe(two.id);
    const { Aliases: aliases } = await client.send(new ListAliasesCommand({}));
    expect(aliases).toMatchObject([
      { TargetKeyId: two.id, CreationDate: new Date(3000), LastUpdatedDate: new Date(5000) },
    ]);
  });

  it("takes a key of the same type and usage alone", async () => {
    const { client } = await start();
    const curve = { KeySpec: "ECC_NIST_P384", KeyUsage: "SIGN_VERIFY" } as const;
    const { id } = await createKey(client, KINDS.signing);
    await create(client, "alias/x", id);
    for (const [kind, expected] of [
      [KINDS.symmetric, "ValidationException"],
      [KINDS.mac, "ValidationException"],
      [KINDS.agreement, "ValidationException"],
      [KINDS.rsaSigning, "none"],
      [curve, "none"],
    ] as const) {
      expect(await update(client, "alias/x", (await createKey(client, kind)).id)).toBe(expected);
    }
  });

  it("leaves a key that is pending deletion, and goes to none", async () => {
    const { client } = await start();
    const [one, two] = [await createKey(client), await createKey(client)];
    await create(client, "alias/x", one.id);
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: one.id }));
    expect(await update(client, "alias/x", one.id)).toBe("KMSInvalidStateException");
    expect(await update(client, "alias/x", two.id)).toBe("none");
  });

  it("counts towards the fifty aliases of the new key, and not twice for the same one", async () => {
    const { client } = await start();
    const [one, two] = [await createKey(client), await createKey(client)];
    for (let count = 0; count < 50; count += 1) await create(client, `alias/${count}`, one.id);
    await create(client, "alias/x", two.id);
    expect(await update(client, "alias/x", one.id)).toBe("LimitExceededException");
    expect(await update(client, "alias/7", one.id)).toBe("none");
  });

  it.each([
    ["alias/none", "NotFoundException"],
    ["orders", "ValidationException"],
    ["", "ValidationException"],
    ["alias/aws/s3", "NotFoundException"],
  ])("refuses the name %j with %s", async (name, expected) => {
    const { client } = await start();
    const { id } = await createKey(client);
    expect(await update(client, name, id)).toBe(expected);
  });
});

describe("DeleteAlias", () => {
  it("removes the alias, keeps the key, and frees the name", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    await create(client, "alias/x", id);
    expect(await remove(client, "alias/x")).toBe("none");
    expect(await nameOf(encrypt(client, "alias/x", "text"))).toBe("NotFoundException");
    expect(await nameOf(encrypt(client, id, "text"))).toBe("none");
    expect(await remove(client, "alias/x")).toBe("NotFoundException");
    expect(await create(client, "alias/x", id)).toBe("none");
  });

  it("takes no key id and no ARN", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    await create(client, "alias/x", id);
    expect(await remove(client, id)).toBe("ValidationException");
    expect(await remove(client, "arn:aws:kms:eu-west-1:000000000000:alias/x")).toBe("ValidationException");
  });
});

describe("ListAliases", () => {
  it("lists all or those of one key, with names, ARNs, targets and dates", async () => {
    const { client } = await start({ now: () => 3000 });
    const [one, two] = [await createKey(client), await createKey(client)];
    await create(client, "alias/b", one.id);
    await create(client, "alias/a", two.id);
    const all = await client.send(new ListAliasesCommand({}));
    expect(all.Aliases?.map((alias) => alias.AliasName)).toEqual(["alias/a", "alias/b"]);
    const some = await client.send(new ListAliasesCommand({ KeyId: one.arn }));
    expect(some.Aliases).toEqual([
      {
        AliasName: "alias/b",
        AliasArn: "arn:aws:kms:eu-west-1:000000000000:alias/b",
        TargetKeyId: one.id,
        CreationDate: new Date(3000),
        LastUpdatedDate: new Date(3000),
      },
    ]);
  });

  it("pages at most 100 at a time, 50 when nothing is said", async () => {
    const { client } = await start();
    const [one, two] = [await createKey(client), await createKey(client)];
    for (let count = 0; count < 60; count += 1) {
      await create(client, `alias/${count}`, count % 2 === 0 ? one.id : two.id);
    }
    const sizes: (number | undefined)[] = [];
    for await (const page of paginateListAliases({ client }, {})) sizes.push(page.Aliases?.length);
    expect(sizes).toEqual([50, 10]);
    expect(await nameOf(client.send(new ListAliasesCommand({ Limit: 101 })))).toBe("ValidationException");
  });
});
