import { type KMSClient, ListResourceTagsCommand, TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { createKey, nameOf, start } from "../setup.ts";

const tag = (client: KMSClient, KeyId: string, tags: Readonly<Record<string, string>>): Promise<string> => {
  const Tags = Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  return nameOf(client.send(new TagResourceCommand({ KeyId, Tags })));
};
const untag = (client: KMSClient, KeyId: string, TagKeys: string[]): Promise<string> =>
  nameOf(client.send(new UntagResourceCommand({ KeyId, TagKeys })));
const tagsOf = async (client: KMSClient, KeyId: string): Promise<unknown> => {
  const { Tags: tags = [] } = await client.send(new ListResourceTagsCommand({ KeyId }));
  return Object.fromEntries(tags.map(({ TagKey, TagValue }) => [TagKey, TagValue]));
};

describe("TagResource", () => {
  it("adds tags, replaces values, and leaves the others", async () => {
    const { client } = await start();
    const { id, arn } = await createKey(client, { Tags: [{ TagKey: "a", TagValue: "1" }] });
    expect(await tag(client, arn, { b: "2", a: "" })).toBe("none");
    expect(await tag(client, id, { B: "3" })).toBe("none");
    expect(await tagsOf(client, id)).toEqual({ a: "", b: "2", B: "3" });
  });

  it("refuses what would make fifty-one tags, and changes nothing then", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, "v"]));
    expect(await tag(client, id, fifty)).toBe("none");
    expect(await tag(client, id, { k7: "other", more: "v" })).toBe("TagException");
    expect(await tagsOf(client, id)).toEqual(fifty);
    expect(await tag(client, id, { k7: "other" })).toBe("none");
  });

  it("refuses reserved keys, two tags with one key, tags left out and an alias", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    expect(await tag(client, id, { "aws:x": "v" })).toBe("TagException");
    const twice = [1, 2].map(() => ({ TagKey: "k", TagValue: "v" }));
    expect(await nameOf(client.send(new TagResourceCommand({ KeyId: id, Tags: twice })))).toBe("TagException");
    const without = { KeyId: id, Tags: undefined };
    expect(await nameOf(client.send(new TagResourceCommand(without)))).toBe("ValidationException");
    expect(await tag(client, "alias/x", { k: "v" })).toBe("NotFoundException");
  });
});

describe("UntagResource", () => {
  it("removes tags, and does not mind one that is not there", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    await tag(client, id, { a: "1", b: "2", c: "3" });
    expect(await untag(client, id, ["a", "c", "none"])).toBe("none");
    expect(await tagsOf(client, id)).toEqual({ b: "2" });
  });

  it("refuses keys outside 1 to 128 characters, and none at all", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    expect(await untag(client, id, [""])).toBe("ValidationException");
    expect(await untag(client, id, ["k".repeat(129)])).toBe("ValidationException");
    expect(await untag(client, id, ["k".repeat(128)])).toBe("none");
    const without = { KeyId: id, TagKeys: undefined };
    expect(await nameOf(client.send(new UntagResourceCommand(without)))).toBe("ValidationException");
  });
});
