import { describe, expect, it } from "vitest";
import { API, endOf, present, send, start } from "../setup.ts";

const EC = { spec: { kty: "EC", bits: undefined, crv: "P-256" } as const, keyOps: ["sign"] };
const named = (at: number): string => `key-${String(at).padStart(3, "0")}`;

async function collect<T>(iterator: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const entry of iterator) found.push(entry);
  return found;
}

describe("GetKeys", () => {
  it("lists every key once over pages of 25, without key material, with the latest version's attributes", async () => {
    const { emulator, client } = await start();
    for (let at = 0; at < 60; at += 1) emulator.others.createVersion(named(at), EC);
    emulator.others.createVersion(named(7), { enabled: false, tags: new Map([["app", "orders"]]) });
    const listed = await collect(client.listPropertiesOfKeys());
    expect(listed.map(({ name }) => name)).toEqual(Array.from({ length: 60 }, (_, at) => named(at)));
    expect(listed.filter(({ enabled }) => enabled === false)).toMatchObject([
      { name: named(7), id: `${emulator.vaultUrl}/keys/${named(7)}`, version: undefined, tags: { app: "orders" } },
    ]);
    expect(emulator.requests.count("GetKeys")).toBe(3);
  });

  it("goes on where it was when keys come and go between two pages", async () => {
    const { emulator, client } = await start();
    for (let at = 0; at < 30; at += 1) emulator.others.createVersion(named(at), EC);
    emulator.others.before("GetKeys", () => undefined);
    emulator.others.before("GetKeys", () => {
      emulator.others.deleteKey(named(24)); // the last of the first page
      emulator.others.createVersion("key-000a", EC);
      emulator.others.createVersion("key-029a", EC);
    });
    const names = (await collect(client.listPropertiesOfKeys())).map(({ name }) => name);
    expect(names).toEqual([...Array.from({ length: 30 }, (_, at) => named(at)), "key-029a"]);
  });

  it("has exactly one page of exactly 25 keys, and one of none", async () => {
    const { emulator, client } = await start();
    expect(await collect(client.listPropertiesOfKeys())).toEqual([]);
    for (let at = 0; at < 25; at += 1) emulator.others.createVersion(named(at), EC);
    expect(await collect(client.listPropertiesOfKeys())).toHaveLength(25);
    expect(emulator.requests.count("GetKeys")).toBe(2);
  });

  it.each([
    ["maxresults=1", 200],
    ["maxresults=25", 200],
    ["maxresults=0", 400],
    ["maxresults=26", 400],
    ["maxresults=many", 400],
    ["$skiptoken=abc", 400],
  ])("%s answers %i", async (query, status) => {
    const { emulator } = await start();
    expect((await send(emulator, `GET /keys?${API}&${query}`)).status).toBe(status);
  });

  it("keeps the size of a page in its nextLink, which follows the Host header", async () => {
    const { emulator } = await start();
    for (let at = 0; at < 3; at += 1) emulator.others.createVersion(named(at), EC);
    const headers = { host: "contoso.vault.azure.net" };
    const { text } = await send(emulator, `GET /keys?${API}&maxresults=2`, { headers });
    const { nextLink } = JSON.parse(text) as { readonly nextLink: string };
    const next = new URL(nextLink);
    expect(next.origin + next.pathname).toBe("https://contoso.vault.azure.net/keys");
    expect([next.searchParams.get("maxresults"), next.searchParams.get("api-version")]).toEqual(["2", "2025-07-01"]);
    const rest = JSON.parse((await send(emulator, `GET ${next.pathname}${next.search}`)).text) as object;
    expect(rest).toMatchObject({ value: [{ kid: `${emulator.vaultUrl}/keys/key-002` }], nextLink: null });
  });
});

describe("GetKeyVersions", () => {
  it("lists every version once over pages, each with its own attributes", async () => {
    const { emulator, client } = await start();
    const made = Array.from({ length: 30 }, (_, at) =>
      emulator.others.createVersion("orders", { ...EC, enabled: at % 2 === 0 }),
    );
    emulator.others.createVersion("other", EC);
    const listed = await collect(client.listPropertiesOfKeyVersions("orders"));
    expect(listed.map(({ version }) => present(version)).toSorted()).toEqual(made.toSorted());
    expect(listed.filter(({ enabled }) => enabled === true)).toHaveLength(15);
    expect(listed.every(({ id, version }) => id === `${emulator.vaultUrl}/keys/orders/${version}`)).toBe(true);
    expect(emulator.requests.count("GetKeyVersions")).toBe(2);
  });

  it("of a key that is not there answers 404", async () => {
    const { client } = await start();
    expect(await endOf(collect(client.listPropertiesOfKeyVersions("none")))).toBe("404 KeyNotFound");
  });
});
