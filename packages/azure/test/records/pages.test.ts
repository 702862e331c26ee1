import { KeyClient, type KeyClientOptions } from "@azure/keyvault-keys";
import { describe, expect, test } from "vitest";
import { azureKms } from "../../src/index.ts";
import { pages } from "../../src/records/pages.ts";
import { call, complete, nameIn, refusal, rejection, stand, told, type Stand } from "../setup.ts";

const p256 = { spec: { kty: "EC", bits: undefined, crv: "P-256" }, keyOps: ["sign"] } as const;

/** A vault with more keys, versions and deleted keys than a page holds, and a driver by way of something that writes `nextLink` anew. */
async function throughOther(rewrite: (link: string) => string) {
  const here = await stand();
  const { emulator } = here;
  for (let count = 0; count < 30; count += 1) {
    emulator.others.createVersion(`living-${count}`, p256);
    emulator.others.createVersion(`deleted-${count}`, p256);
    emulator.others.deleteKey(`deleted-${count}`);
    emulator.others.createVersion("versions", p256);
  }
  const asked: string[] = [];
  const policy = {
    name: "other",
    sendRequest: async (
      request: { readonly url: string },
      next: (request: never) => Promise<{ bodyAsText?: string | null }>,
    ) => {
      asked.push(request.url);
      const answer = await next(request as never);
      const body: unknown = JSON.parse(answer.bodyAsText || "{}");
      if (typeof body === "object" && body !== null && "nextLink" in body && typeof body.nextLink === "string") {
        answer.bodyAsText = JSON.stringify({ ...body, nextLink: rewrite(body.nextLink) });
      }
      return answer;
    },
  };
  const options = {
    ...emulator.clientOptions,
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [{ policy, position: "perRetry" }],
  } as unknown as KeyClientOptions;
  const keys = new KeyClient(emulator.vaultUrl, emulator.credential, options);
  return { ...here, driver: complete(azureKms({ client: { ...here.client, keys } }), here.tier), asked };
}
const listed = async ({ driver }: Pick<Stand, "driver">): Promise<readonly string[]> => {
  const names: string[] = [];
  for await (const { id } of driver.listKeys(call())) names.push(nameIn(id));
  return names;
};

describe("a list whose next page is said to be at another host", () => {
  const elsewhere = "https://evil.vault.azure.net/keys?api-version=2025-07-01&$skiptoken=x";
  test.each([
    ["another host", () => elsewhere],
    ["another port", (link: string) => link.replace(/:\d+\//, ":1/")],
    ["no TLS", (link: string) => link.replace("https:", "http:")],
    ["no address at all", () => "https://"],
  ])("is TAMPERED, and nothing is sent there, for versions, keys and deleted keys: %s", async (_what, rewrite) => {
    const here = await throughOther(rewrite);
    const own = here.emulator.vaultUrl;
    const isOwn = (url: string): boolean => new URL(url).origin === new URL(own).origin;
    expect(await refusal(here.driver.describeKey("versions", call()))).toMatchObject({ code: "TAMPERED" });
    expect(await refusal(listed(here))).toMatchObject({ code: "TAMPERED", outcome: "none" });
    expect(here.asked.every(isOwn)).toBe(true);
    expect(here.asked.some((url) => url.includes("skiptoken"))).toBe(false);
  });

  test("is TAMPERED also where only the deleted keys say so", async () => {
    const here = await throughOther((link) => (link.includes("/deletedkeys") ? elsewhere : link));
    expect(await refusal(listed(here))).toMatchObject({ code: "TAMPERED" });
    expect(here.asked.some((url) => url.includes("evil"))).toBe(false);
  });
});

test("a next page at the vault's own address is followed, also where that is written without a host", async () => {
  for (const rewrite of [(link: string) => link, (link: string) => link.replace(/^https:\/\/[^/]*\//, "")]) {
    const here = await throughOther(rewrite);
    expect(new Set(await listed(here)).size).toBe(61);
    expect((await here.driver.describeKey("versions", call())).versions).toHaveLength(30);
  }
});

test("what is wrong with a later page is told as with the first one", async () => {
  const here = await throughOther((link) => link);
  here.emulator.others.before("GetKeys", () => undefined);
  here.emulator.others.before("GetKeys", () => here.emulator.permissions.deny("Microsoft.KeyVault/vaults/keys/read"));
  const cause = await rejection(listed(here));
  expect(told(here, cause, "listKeys")).toMatchObject({
    code: "PERMISSION_DENIED",
    permission: "Microsoft.KeyVault/vaults/keys/read",
  });
});

test("a next page that names the port of https, as Azure does, is at the vault's own address", async () => {
  const nextLink = "https://contoso.vault.azure.net:443/keys?$skiptoken=x";
  const settings = { abortSignal: call().signal, onResponse: () => undefined };
  const connection = {
    host: "contoso.vault.azure.net",
    ask: async (question: Ask) => question({} as KeyClient, settings),
  };
  type Ask = (keys: KeyClient, given: typeof settings) => Promise<unknown>;
  const list = (_keys: KeyClient, given: { readonly onResponse: (response: never) => void }) =>
    (async function* one() {
      given.onResponse({ parsedBody: { nextLink } } as never);
      yield [1];
    })();
  const read = [];
  for await (const page of pages(connection as never, list, call())) read.push(...page);
  expect(read).toEqual([1]);
});
