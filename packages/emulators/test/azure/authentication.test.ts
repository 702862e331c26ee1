import { describe, expect, it } from "vitest";
import { mintToken } from "../../src/azure/token.ts";
import { API, clientFor, endOf, refusalOf, send, start } from "./setup.ts";

const OTHER = "11111111-1111-4111-8111-111111111111";
const HOUR_MS = 3_600_000;

describe("the challenge", () => {
  it.each([
    ["standard", "https://vault.azure.net"],
    ["managed-hsm", "https://managedhsm.azure.net"],
  ] as const)("of %s names tenant and resource, before anything else is looked at", async (flavour, resource) => {
    const { emulator } = await start({ flavour });
    const { status, headers, text } = await send(emulator, "GET /nothing", { headers: { authorization: "" } });
    expect(status).toBe(401);
    expect(headers["www-authenticate"]).toBe(
      `Bearer authorization="https://login.microsoftonline.com/${emulator.tenantId}", resource="${resource}"`,
    );
    expect(JSON.parse(text)).toMatchObject({ error: { code: "Unauthorized" } });
    expect(emulator.resource).toBe(resource);
  });

  it("is asked for once by a client, without a body", async () => {
    const { emulator, client } = await start();
    for (const name of ["a", "b", "c"]) {
      await client.createKey(name, "EC", { curve: "P-256", keyOps: ["sign"] });
    }
    expect([emulator.requests.challenges(), emulator.requests.count()]).toEqual([1, 3]);
  });

  it("can name another tenant: the client gets a token there, which is not good here", async () => {
    const { emulator, client } = await start();
    emulator.challengeWith(OTHER);
    expect(await endOf(client.getKey("orders"))).toBe("401 Unauthorized");
    emulator.challengeWith(undefined);
    expect(await endOf(clientFor(emulator).getKey("orders"))).toBe("404 KeyNotFound");
  });

  it.each(["", "a\nb", 'a", resource="b', "contoso.onmicrosoft.com/v2", "é"])(
    "cannot name the tenant %j, which no header can hold",
    async (tenantId) => {
      const { emulator } = await start();
      expect(() => emulator.challengeWith(tenantId)).toThrow(RangeError);
      const { headers } = await send(emulator, "GET /keys", { headers: { authorization: "" } });
      expect(headers["www-authenticate"]).toContain(emulator.tenantId);
    },
  );
});

describe("the bearer token", () => {
  it("of another tenant is refused in the service's words", async () => {
    const { emulator } = await start();
    const refusal = await refusalOf(clientFor(emulator, emulator.credentialOf(OTHER)).getKey("orders"));
    expect(refusal).toMatchObject({ status: 401, code: "Unauthorized" });
    expect(refusal.message).toBe(
      `AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${emulator.tenantId}/, found https://sts.windows.net/${OTHER}/.`,
    );
  });

  it("of the vaults is refused by a Managed HSM", async () => {
    const [vault, hsm] = [await start(), await start({ flavour: "managed-hsm" })];
    const headers = { authorization: `Bearer ${vault.emulator.accessToken}` };
    const { status, text } = await send(hsm.emulator, `GET /keys?${API}`, { headers });
    expect({ status, says: text.includes("AKV10022: Invalid audience") }).toEqual({ status: 401, says: true });
    expect((await send(vault.emulator, `GET /keys?${API}`, { headers })).status).toBe(200);
  });

  it("is refused after its time, which is real time and not the emulator's", async () => {
    const { emulator } = await start({ now: () => 0 });
    const { tenantId, resource } = emulator;
    const call = async (expiresAtMs: number) => {
      const token = mintToken({ tenantId, resource, expiresAtMs });
      return (await send(emulator, `GET /keys?${API}`, { headers: { authorization: `Bearer ${token}` } })).status;
    };
    expect([await call(Date.now() - 1000), await call(Date.now() + HOUR_MS)]).toEqual([401, 200]);
    emulator.clock.advance(24 * HOUR_MS);
    expect(await call(Date.now() + HOUR_MS)).toBe(200);
  });

  it.each([["Basic dXNlcjpwYXNz"], ["Bearer nonsense"], ["Bearer "], ["Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA"]])(
    "is refused as %s, with the challenge",
    async (authorization) => {
      const { emulator } = await start();
      const { status, headers } = await send(emulator, `GET /keys?${API}`, { headers: { authorization } });
      expect(status).toBe(401);
      expect(headers["www-authenticate"]).toContain(emulator.tenantId);
    },
  );

  it("is refused when one character of its claims or signature is another", async () => {
    const { emulator } = await start();
    for (const at of [40, emulator.accessToken.length - 5]) {
      const changed = [...emulator.accessToken];
      changed[at] = changed[at] === "A" ? "B" : "A";
      const headers = { authorization: `Bearer ${changed.join("")}` };
      expect((await send(emulator, `GET /keys?${API}`, { headers })).status).toBe(401);
    }
  });
});
