import { KeyClient } from "@azure/keyvault-keys";
import { describe, expect, it } from "vitest";
import type { AzureFault } from "../../src/azure/index.ts";
import { API, endOf, present, refusalOf, send, start } from "./setup.ts";

const EC = { curve: "P-256" as const, keyOps: ["sign", "verify"] };

async function count({ client }: Awaited<ReturnType<typeof start>>): Promise<number> {
  let versions = 0;
  for await (const { name } of client.listPropertiesOfKeyVersions("orders")) versions += name === "orders" ? 1 : 0;
  return versions;
}

async function withKey() {
  const started = await start();
  await started.client.createKey("orders", "EC", EC);
  return started;
}

describe("faults", () => {
  it.each([
    ["throttle", "429 Throttled"],
    ["throttle-without-retry-after", "429 Throttled"],
    ["unavailable", "503 ServiceUnavailable"],
    ["internal-error", "500 InternalServerError"],
    ["expired-token", "401 Unauthorized"],
    [{ status: 403, code: "Forbidden", inner: "ForbiddenByFirewall" }, "403 Forbidden ForbiddenByFirewall"],
    [{ status: 409, code: "Conflict" }, "409 Conflict"],
  ] as const)("%j: the next call ends in %s, undone, and the one after it succeeds", async (fault, end) => {
    const started = await withKey();
    const { emulator, client } = started;
    emulator.faults.always(fault, "CreateKey");
    expect(await endOf(client.createKey("orders", "EC", EC))).toBe(end);
    emulator.faults.clear();
    expect(await endOf(client.createKey("orders", "EC", EC))).toBe("200 OK");
    expect(await count(started)).toBe(2);
  });

  it("throttle says when to try again, in its other form it does not", async () => {
    const { emulator } = await withKey();
    emulator.faults.next("throttle");
    emulator.faults.next("throttle-without-retry-after");
    expect((await send(emulator, `GET /keys?${API}`)).headers["retry-after"]).toBe("1");
    expect((await send(emulator, `GET /keys?${API}`)).headers["retry-after"]).toBeUndefined();
  });

  it("the official client tries again after throttle, and not after its other form (trap T9)", async () => {
    const { emulator } = await withKey();
    const options = { ...emulator.clientOptions, retryOptions: { maxRetries: 1 } };
    const client = new KeyClient(emulator.vaultUrl, emulator.credential, options);
    emulator.faults.next("throttle", "GetKey");
    expect(await endOf(client.getKey("orders"))).toBe("200 OK");
    emulator.faults.next("throttle-without-retry-after", "GetKey");
    expect(await endOf(client.getKey("orders"))).toBe("429 Throttled");
    expect(emulator.requests.count("GetKey")).toBe(3);
  });

  it("bad-gateway: a page that is no JSON, and no code in it", async () => {
    const { emulator, client } = await withKey();
    emulator.faults.next("bad-gateway");
    const { status, code } = await refusalOf(client.getKey("orders"));
    expect({ status, code }).toEqual({ status: 502, code: "none" });
  });

  it("insufficient-claims: the client fetches another token by itself", async () => {
    const { emulator, client } = await withKey();
    emulator.faults.next("insufficient-claims");
    expect(await endOf(client.getKey("orders"))).toBe("200 OK");
    expect(emulator.requests.count("GetKey")).toBe(2);
  });

  it("expired-token: the client asks for another one by itself, once", async () => {
    const { emulator, client } = await withKey();
    emulator.faults.next("expired-token");
    expect(await endOf(client.getKey("orders"))).toBe("200 OK");
    expect(emulator.requests.count("GetKey")).toBe(2);
  });

  it.each([
    ["reset", 1],
    ["answer-lost", 2],
  ] as const)("%s: the connection breaks, and there are %i versions", async (fault, versions) => {
    const started = await withKey();
    started.emulator.faults.next(fault, "CreateKey");
    expect(await endOf(started.client.createKey("orders", "EC", EC))).toMatch(/^0 (ECONNRESET|REQUEST_SEND_ERROR)/);
    expect(await count(started)).toBe(versions);
    expect(started.emulator.requests.cancelled()).toBe(0); // the emulator broke it, not the client
  });

  it("corrupted-body: the work was done, and half of the answer arrives", async () => {
    const started = await withKey();
    started.emulator.faults.next("corrupted-body", "CreateKey");
    expect(await endOf(started.client.createKey("orders", "EC", EC))).not.toBe("200 OK");
    expect(await count(started)).toBe(2);
    started.emulator.faults.next("corrupted-body", "GetKey");
    expect(await endOf(started.client.getKey("none"))).toBe("404 KeyNotFound"); // a refusal stays whole
    expect(await endOf(started.client.getKey("orders"))).not.toBe("200 OK"); // and does not use the fault up
    expect(await endOf(started.client.getKey("orders"))).toBe("200 OK");
  });

  it("slow: the answer comes late, an abort does not wait for it, and the work is done", async () => {
    const started = await withKey();
    const { emulator, client } = started;
    emulator.faults.next({ slowMs: 1000 }, "GetKey");
    const order: string[] = [];
    const slow = client.getKey("orders").then(() => order.push("slow"));
    await expect.poll(() => emulator.requests.count("GetKey")).toBe(1);
    await client.getKey("orders").then(() => order.push("the next one"));
    await slow;
    expect(order).toEqual(["the next one", "slow"]);
    emulator.faults.next({ slowMs: 3_600_000 }, "CreateKey");
    const abort = new AbortController();
    const call = client.createKey("orders", "EC", { ...EC, abortSignal: abort.signal });
    await expect.poll(() => emulator.requests.count("CreateKey")).toBe(2);
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    await expect.poll(() => emulator.requests.cancelled()).toBe(1);
    expect(emulator.requests.cancelled("CreateKey")).toBe(1);
    expect(emulator.requests.cancelled("GetKey")).toBe(0);
    expect(await count(started)).toBe(2);
  });

  it("queue up, stand until they are cleared, and are limited to an operation", async () => {
    const { emulator, client } = await withKey();
    const get = () => endOf(client.getKey("orders"));
    emulator.faults.always("unavailable", "GetKey");
    emulator.faults.next("internal-error", "GetKey");
    expect([await get(), await get(), await get()]).toEqual([
      "500 InternalServerError",
      "503 ServiceUnavailable",
      "503 ServiceUnavailable",
    ]);
    expect(await endOf(client.createKey("orders", "EC", EC))).toBe("200 OK");
    emulator.faults.clear();
    expect(await get()).toBe("200 OK");
  });

  it("leave the request for the challenge alone", async () => {
    const { emulator, client } = await start();
    emulator.faults.next("unavailable");
    const refusal = await refusalOf(client.getKey("orders"));
    expect(refusal.status).toBe(503);
    expect([emulator.requests.challenges(), emulator.requests.count()]).toEqual([1, 1]);
  });

  it.each([
    ["nonsense", undefined],
    [{ slowMs: -1 }, undefined],
    [{ slowMs: 2 ** 31 }, undefined],
    [{ status: 200, code: "OK" }, undefined],
    [{ status: 600, code: "X" }, undefined],
    [{ status: 403, code: "" }, undefined],
    [null, undefined],
    [{}, undefined],
    [{ slowMs: 1, status: 403, code: "Forbidden" }, undefined],
    [{ status: 403, code: "Forbidden", inner: "" }, undefined],
    [{ status: 403, code: "Forbidden", header: "x" }, undefined],
    [{ status: 403 }, undefined],
    ["corrupted-body", "PurgeDeletedKey"],
    ["throttle", "getKey"],
    ["throttle", "ImportSecret"],
  ])("%j cannot be set for %s, where it would never happen", async (fault, operation) => {
    const { emulator } = await start();
    expect(() => emulator.faults.next(fault as AzureFault, operation)).toThrow(RangeError);
  });
});

describe("another hand", () => {
  const SPEC = { spec: { kty: "EC", bits: undefined, crv: "P-256" } as const, keyOps: ["sign", "verify"] };

  it("makes a key between two calls: ours becomes a version of theirs", async () => {
    const { emulator, client } = await start();
    let theirs = "";
    emulator.others.before("CreateKey", () => {
      theirs = emulator.others.createVersion("orders", { ...SPEC, tags: new Map([["owner", "them"]]) });
    });
    expect(await endOf(client.getKey("orders"))).toBe("404 KeyNotFound");
    await client.createKey("orders", "EC", EC);
    const listed = [];
    for await (const { version, tags } of client.listPropertiesOfKeyVersions("orders")) listed.push({ version, tags });
    expect(listed).toHaveLength(2);
    expect(listed).toContainEqual({ version: theirs, tags: { owner: "them" } });
  });

  it("makes a version between reading and signing: an id without a version then signs under theirs", async () => {
    const { emulator, client, use } = await withKey();
    const { key, id } = await client.getKey("orders");
    let theirs = "";
    emulator.others.before("Sign", () => {
      theirs = emulator.others.createVersion("orders");
    });
    await use(`${emulator.vaultUrl}/keys/orders`).sign("ES256", new Uint8Array(32));
    const now = await client.getKey("orders");
    expect(now.properties.version).toBe(theirs);
    expect(now.id).not.toBe(id);
    expect(now.key?.x).not.toEqual(key?.x);
    expect(now.keyOperations).toEqual(EC.keyOps);
  });

  it("changes, deletes and purges what is there, whatever the permissions are", async () => {
    const { emulator, client } = await withKey();
    emulator.permissions.allowOnly(["Microsoft.KeyVault/vaults/keys/read"]);
    emulator.others.updateVersion("orders", { enabled: false });
    expect((await client.getKey("orders")).properties.enabled).toBe(false);
    emulator.others.deleteKey("orders");
    expect(await endOf(client.getKey("orders"))).toBe("404 KeyNotFound");
    expect(await endOf(client.getDeletedKey("orders"))).toBe("200 OK");
    emulator.others.purgeKey("orders");
    expect(await endOf(client.getDeletedKey("orders"))).toBe("404 KeyNotFound");
  });

  it("has the next answer name another version, where the work was done under the one that was asked for", async () => {
    const { emulator, client, use } = await withKey();
    const key = await client.getKey("orders");
    const other = "f".repeat(32);
    const kids: string[] = [];
    const onResponse = ({ bodyAsText }: { bodyAsText?: string | null }): void => {
      kids.push((JSON.parse(bodyAsText ?? "{}") as { kid: string }).kid);
    };
    emulator.others.answerAs(other, "Sign");
    const digest = new Uint8Array(32);
    const crypto = use(key.id);
    await crypto.verify("ES256", digest, new Uint8Array(64)); // asks for the key
    const { result } = await crypto.sign("ES256", digest, { onResponse });
    await crypto.sign("ES256", digest, { onResponse });
    expect(kids).toEqual([`${emulator.vaultUrl}/keys/orders/${other}`, key.id]);
    expect((await crypto.verify("ES256", digest, result)).result).toBe(true);
    emulator.others.answerAs(other, "GetKey");
    expect((await client.getKey("orders")).properties.version).toBe(other);
    expect((await client.getKey("orders")).id).toBe(present(key.id));
  });

  it("knows the emulator's operations, and what a new key needs", async () => {
    const { emulator } = await start();
    expect(() => emulator.others.before("Seal", () => undefined)).toThrow(RangeError);
    expect(() => emulator.others.answerAs("f".repeat(32), "Seal")).toThrow(RangeError);
    expect(() => emulator.others.answerAs("f".repeat(32), "Verify")).toThrow(RangeError);
    expect(() => emulator.others.createVersion("orders")).toThrow(TypeError);
  });
});
