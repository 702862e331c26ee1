import { describe, expect, it } from "vitest";
import { codeOf, ONCE, present, refusalOf, start, startAlone } from "../setup.ts";

describe("key rings", () => {
  it("are created once, and found by name", async () => {
    const { client, location, ring } = await startAlone();
    const [found] = await client.getKeyRing({ name: ring }, ONCE);
    const again = await refusalOf(client.createKeyRing({ parent: location, keyRingId: "ring" }, ONCE));
    expect(found.name).toBe(ring);
    expect(Number(present(found.createTime).seconds)).toBeGreaterThan(1_700_000_000);
    expect(again).toMatchObject({ code: "ALREADY_EXISTS", message: `KeyRing ${ring} already exists.` });
  });

  it("that do not exist are NOT_FOUND", async () => {
    const { client, ring } = await start();
    expect(await codeOf(client.getKeyRing({ name: `${ring}-2` }, ONCE))).toBe("NOT_FOUND");
  });

  it.each(["&bar", "", "a".repeat(64), "a/b"])("cannot have the id %j", async (keyRingId) => {
    const { client, location } = await start();
    expect(await codeOf(client.createKeyRing({ parent: location, keyRingId }, ONCE))).toBe("INVALID_ARGUMENT");
  });

  it("with malformed names are INVALID_ARGUMENT, not NOT_FOUND", async () => {
    const { client } = await start();
    expect(await codeOf(client.createKeyRing({ parent: "locations/foo", keyRingId: "bar" }, ONCE))).toBe(
      "INVALID_ARGUMENT",
    );
    expect(await codeOf(client.getKeyRing({ name: "malformed name" }, ONCE))).toBe("INVALID_ARGUMENT");
  });

  it("of another project are denied as if they did not exist", async () => {
    const { client } = await start();
    const name = "projects/another-project/locations/global/keyRings/ring";
    expect(await refusalOf(client.getKeyRing({ name }, ONCE))).toMatchObject({
      code: "PERMISSION_DENIED",
      message: `Permission 'cloudkms.keyRings.get' denied on resource '${name}' (or it may not exist).`,
    });
  });

  it("are listed by name, in one location, page by page", async () => {
    const { client, location } = await startAlone();
    for (const keyRingId of ["c", "a", "b"]) await client.createKeyRing({ parent: location, keyRingId }, ONCE);
    const other = location.replace("europe-west1", "global");
    await client.createKeyRing({ parent: other, keyRingId: "elsewhere" }, ONCE);
    const names: string[] = [];
    const tokens: string[] = [];
    let pageToken = "";
    do {
      const request = { parent: location, pageSize: 2, pageToken };
      const [, , page] = await client.listKeyRings(request, { ...ONCE, autoPaginate: false });
      names.push(...present(page.keyRings).map((ring) => present(ring.name)));
      pageToken = present(page.nextPageToken);
      tokens.push(pageToken);
      expect(page.totalSize).toBe(4);
    } while (pageToken !== "");
    expect(names).toEqual(["a", "b", "c", "ring"].map((id) => `${location}/keyRings/${id}`));
    expect(tokens).toHaveLength(2);
  });

  it.each([{ pageSize: -1 }, { pageToken: "never-given" }, { pageToken: "YWZ0ZXI6Z29uZQ" }])(
    "are not listed for %j",
    async (page) => {
      const { client, location } = await start();
      const call = client.listKeyRings({ parent: location, ...page }, { ...ONCE, autoPaginate: false });
      expect(await codeOf(call)).toBe("INVALID_ARGUMENT");
    },
  );

  it.each([{ filter: "name:a" }, { orderBy: "name" }])(
    "are not listed with %j, which is not emulated",
    async (more) => {
      const { client, location } = await start();
      const call = client.listKeyRings({ parent: location, ...more }, { ...ONCE, autoPaginate: false });
      expect(await codeOf(call)).toBe("UNIMPLEMENTED");
    },
  );
});
