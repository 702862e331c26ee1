import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { type AzureEmulatorOptions, startAzureEmulator } from "../../src/azure/index.ts";
import { API, bytes, clientFor, endOf, present, send, start } from "./setup.ts";

const SIGNER = { curve: "P-256" as const, keyOps: ["sign", "verify"] };

describe("startAzureEmulator", () => {
  it("serves the official clients: create, get, sign, verify, encrypt, decrypt", async () => {
    const { client, use, emulator } = await start({ flavour: "premium" });
    const made = await client.createKey("orders", "EC-HSM", SIGNER);
    const read = await client.getKey("orders");
    expect(read.id).toBe(made.id);
    const digest = new Uint8Array(32).fill(7);
    const { result } = await use(made.id).sign("ES256", digest);
    expect(result).toHaveLength(64);
    expect((await use(made.id).verify("ES256", digest, result)).result).toBe(true);
    const rsa = await client.createKey("rsa", "RSA", { keySize: 2048, keyOps: ["encrypt", "decrypt"] });
    const sealed = await use(rsa.id).encrypt("RSA-OAEP-256", bytes("text"));
    const opened = await use(rsa.id).decrypt("RSA-OAEP-256", sealed.result);
    expect(Buffer.from(opened.result).toString()).toBe("text");
    expect(emulator.requests.count("CreateKey")).toBe(2);
  });

  it("keeps apart what two emulators hold, under one certificate of the process", async () => {
    const [one, other] = [await start(), await start()];
    await one.client.createKey("orders", "EC", SIGNER);
    expect(await endOf(other.client.getKey("orders"))).toBe("404 KeyNotFound");
    expect(one.emulator.certificate).toBe(other.emulator.certificate);
    expect(one.emulator.vaultUrl).not.toBe(other.emulator.vaultUrl);
  });

  it("frees its port, ends open connections, and can be closed twice", async () => {
    const { emulator, client } = await start();
    await client.createKey("orders", "EC", SIGNER); // the client keeps the connection
    emulator.faults.next({ slowMs: 3_600_000 });
    const underWay = endOf(client.getKey("orders"));
    await expect.poll(() => emulator.requests.count("GetKey")).toBe(1);
    await emulator.close();
    await emulator.close();
    expect(await underWay).toMatch(/ECONNRESET|REQUEST_SEND_ERROR/);
    const port = Number(new URL(emulator.vaultUrl).port);
    await new Promise<void>((resolve, reject) => {
      const server = createServer();
      server.once("error", reject).listen(port, "127.0.0.1", () => server.close(() => resolve()));
    });
  });

  it("rejects when its port is taken", async () => {
    const { emulator } = await start();
    const port = Number(new URL(emulator.vaultUrl).port);
    await expect(startAzureEmulator({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it.each([
    [{ flavour: "hsm" }, RangeError],
    [{ flavour: "managed-hsm", authorization: "rbac" }, RangeError],
    [{ authorization: "none" }, RangeError],
    [{ tenantId: "contoso" }, RangeError],
    [{ now: 7 }, RangeError],
    [{ port: 70_000 }, RangeError],
    [{ retentionDays: 6 }, RangeError],
    [{ retentionDays: 91 }, RangeError],
    [{ retentionDays: 0, purgeProtection: true }, RangeError],
    [{ retentionDays: 0, flavour: "managed-hsm" }, RangeError],
    [{ deletionDelayMs: -1 }, RangeError],
    [{ hmacInput: "raw" }, RangeError],
    [{ rotateCopiesTags: "yes" }, RangeError],
    [{ tier: "premium" }, TypeError],
  ])("refuses the options %j", async (options, error) => {
    await expect(startAzureEmulator(options as AzureEmulatorOptions)).rejects.toThrow(error);
  });

  it.each([
    ["standard", "vault.azure.net"],
    ["managed-hsm", "managedhsm.azure.net"],
  ] as const)(
    "%s is reached under a name of the service, with the check of the challenge on",
    async (flavour, domain) => {
      const { emulator } = await start({ flavour });
      const { vaultUrl, clientOptions } = emulator.named("contoso");
      const client = new KeyClient(vaultUrl, emulator.credential, clientOptions);
      const key = await client.createKey("orders", flavour === "standard" ? "EC" : "EC-HSM", SIGNER);
      expect(key.id).toContain(`https://contoso.${domain}:${new URL(emulator.vaultUrl).port}/keys/orders/`);
      const crypto = new CryptographyClient(present(key.id), emulator.credential, clientOptions);
      expect((await crypto.sign("ES256", new Uint8Array(32))).result).toHaveLength(64);
    },
  );

  it.each(["", "ab", "1contoso", "con--toso", "contoso-", "a.b.c", "a".repeat(25)])(
    "has no name %j, which no vault can have",
    async (name) => {
      const { emulator } = await start();
      expect(() => emulator.named(name)).toThrow(RangeError);
    },
  );

  it("under its address fails the check of the challenge, which is why that is off", async () => {
    const { emulator } = await start();
    const { tlsOptions } = emulator.clientOptions;
    const client = new KeyClient(emulator.vaultUrl, emulator.credential, { tlsOptions });
    await expect(client.getKey("orders")).rejects.toThrow(/challenge resource/);
  });
});

describe("the protocol", () => {
  it.each([
    ["GET /keys", 400],
    ["GET /keys?api-version=2015-06-01", 400],
    ["GET /keys?api-version=7.6&api-version=7.6", 400],
    ["GET /keys?api-version=7.6&api%2Dversion=7.5", 400],
    ["GET /keys?api-version=7.6&maxresults=1&maxresults=2", 400],
    ["GET /keys?api%2Dversion=7.5", 200],
    ["GET /keys?api-version=7.6", 200],
    ["GET /keys?api-version=7.6&$filter=x", 501],
  ])("%s answers %i", async (line, status) => {
    const { emulator } = await start();
    expect((await send(emulator, line)).status).toBe(status);
  });

  it.each(["7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "7.6-preview.2", "2025-07-01"])(
    "speaks api-version %s",
    async (version) => {
      const { emulator } = await start();
      expect((await send(emulator, `GET /keys?api-version=${version}`)).status).toBe(200);
    },
  );

  it.each(["2015-06-01", "2016-10-01", "7", "7.0-preview", "7.7", "2026-01-01-preview", ""])(
    "does not know api-version %j, and says which it does",
    async (version) => {
      const { emulator } = await start();
      const { status, text } = await send(emulator, `GET /keys?api-version=${version}`);
      expect({ status, says: text.includes("2025-07-01") }).toEqual({ status: 400, says: true });
    },
  );

  it.each([
    ["standard", "POST /keys/orders/rotate", "7.3"],
    ["standard", "GET /keys/orders/rotationpolicy", "7.3"],
    ["standard", "PUT /keys/orders/rotationpolicy", "7.3"],
    ["managed-hsm", "POST /rng", "7.3"],
    ["managed-hsm", "GET /keys", "7.2"],
  ] as const)("on %s has %s from api-version %s on", async (flavour, line, since) => {
    const { emulator } = await start({ flavour });
    const versions = ["7.0", "7.1", "7.2", "7.3"];
    const statuses = await Promise.all(
      versions.map(async (version) => (await send(emulator, `${line}?api-version=${version}`)).status),
    );
    expect(versions.filter((_, at) => statuses[at] !== 501)[0]).toBe(since);
  });

  it.each(["GET /", "GET /secrets", "PATCH /keys", "POST /keys/orders/seal", "GET /keys/a/b/c", "GET /keys/%E0%A4%A"])(
    "%s is no operation that it has",
    async (line) => {
      const { emulator } = await start();
      const { status, text } = await send(emulator, `${line}?${API}`);
      expect(status).toBe(501);
      expect(JSON.parse(text)).toMatchObject({ error: { code: "EmulatorNotImplemented" } });
    },
  );

  it.each([
    ["PUT /keys/orders", "the import of keys"],
    ["POST /keys/orders/backup", "backups"],
    ["POST /keys/restore", "backups"],
    ["POST /keys/orders/00000000000000000000000000000000/release", "the release of keys"],
    ["GET /keys/orders/00000000000000000000000000000000/attestation", "attestations"],
    ["POST /rng", "GetRandomBytes on standard"],
  ])("%s says that %s are not emulated", async (line, what) => {
    const { emulator } = await start();
    const { status, text } = await send(emulator, `${line}?${API}`);
    expect({ status, says: text.includes(what) }).toEqual({ status: 501, says: true });
  });

  it("reads a key under any of the paths without a version, and uses it under both", async () => {
    const { emulator, client } = await start();
    const { properties } = await client.createKey("orders", "EC", SIGNER);
    const body = JSON.stringify({ alg: "ES256", value: Buffer.alloc(32).toString("base64url") });
    for (const line of ["GET /keys/orders", "GET /keys/orders/", `GET /keys/Orders/${properties.version}`]) {
      expect(JSON.parse((await send(emulator, `${line}?${API}`)).text)).toMatchObject({
        key: { kid: `${emulator.vaultUrl}/keys/orders/${properties.version}` },
      });
    }
    for (const line of ["POST /keys/orders/sign", "POST /keys/orders//sign", "POST /keys/orders//Sign"]) {
      expect((await send(emulator, `${line}?${API}`, { body })).status).toBe(200);
    }
  });

  it("names a request, and the client's own name for it when asked to", async () => {
    const { emulator } = await start();
    const headers = { "x-ms-client-request-id": "mine", "x-ms-return-client-request-id": "true" };
    const first = (await send(emulator, `GET /keys?${API}`, { headers })).headers;
    const unasked = { "x-ms-client-request-id": "mine" };
    const second = (await send(emulator, `GET /keys?${API}`, { headers: unasked })).headers;
    expect(first["x-ms-client-request-id"]).toBe("mine");
    expect(second["x-ms-client-request-id"]).toBeUndefined();
    expect(first["x-ms-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(first["x-ms-request-id"]).not.toBe(second["x-ms-request-id"]);
  });

  it.each(["{", "[]", '"text"', '{"kty":7}', '{"kty":"EC","crv":"P-256","key_ops":"sign"}'])(
    "refuses the body %s",
    async (body) => {
      const { emulator } = await start();
      const { status, text } = await send(emulator, `POST /keys/orders/create?${API}`, { body });
      expect(status).toBe(400);
      expect(JSON.parse(text)).toMatchObject({ error: { code: "BadParameter" } });
    },
  );

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/json-patch+json"])(
    "refuses a body that is %s with 415 before it is read, and minds no type where there is no body",
    async (type) => {
      const { emulator, client } = await start();
      await client.createKey("orders", "EC", SIGNER);
      const headers = { "content-type": type };
      const refused = await send(emulator, `POST /keys/orders/rotate?${API}`, { headers, body: "{" });
      expect(refused.status).toBe(415);
      expect(JSON.parse(refused.text)).toEqual({
        Message: `The request entity's media type '${type}' is not supported for this resource.`,
      });
      expect((await send(emulator, `POST /keys/orders/rotate?${API}`, { headers })).status).toBe(200);
    },
  );

  it("refuses a body without a type with 415, and takes JSON with its character set", async () => {
    const { emulator, client } = await start();
    await client.createKey("orders", "EC", SIGNER);
    const line = `POST /keys/orders/rotate?${API}`;
    const refused = await send(emulator, line, { headers: { "content-type": "" }, body: "{}" });
    expect(refused.status).toBe(415);
    expect(JSON.parse(refused.text)).toEqual({
      Message:
        "The request contains an entity body but no Content-Type header. The inferred media type 'application/octet-stream' is not supported for this resource.",
    });
    for (const type of ["application/json; charset=utf-8", "Application/JSON"]) {
      expect((await send(emulator, line, { headers: { "content-type": type }, body: "{}" })).status).toBe(200);
    }
  });

  it("refuses a body of more than a mebibyte, and lives on", async () => {
    const { emulator, client } = await start();
    const body = " ".repeat(1_048_577);
    const outcome = await send(emulator, `POST /keys/orders/create?${API}`, { body }).then(
      ({ status }) => status,
      () => "broken off",
    );
    expect([413, "broken off"]).toContain(outcome);
    expect(await endOf(client.createKey("orders", "EC", SIGNER))).toBe("200 OK");
  });

  it("follows the Host header in its identifiers", async () => {
    const { emulator, client } = await start();
    await client.createKey("orders", "EC", SIGNER);
    const { text } = await send(emulator, `GET /keys?${API}`, { headers: { host: "contoso.vault.azure.net" } });
    expect(JSON.parse(text)).toMatchObject({ value: [{ kid: "https://contoso.vault.azure.net/keys/orders" }] });
  });
});

describe("the record of requests", () => {
  it("has every request, and counts those with a token", async () => {
    const { emulator, client } = await start();
    await client.createKey("orders", "EC", SIGNER);
    await client.getKey("orders");
    expect(emulator.requests.list()).toMatchObject([
      { operation: "CreateKey", method: "POST", name: "orders", version: undefined, isAuthorized: false },
      { operation: "CreateKey", isAuthorized: true },
      { operation: "GetKey", isAuthorized: true },
    ]);
    expect(emulator.requests.count("CreateKey")).toBe(1);
    expect(emulator.requests.count()).toBe(2);
    expect(emulator.requests.challenges()).toBe(1);
    emulator.requests.clear();
    expect([emulator.requests.count(), emulator.requests.challenges(), emulator.requests.list()]).toEqual([0, 0, []]);
  });

  it("shows that a client of one version asks for the key once, and then for nothing but the work", async () => {
    const { emulator, client, use } = await start();
    const { id } = await client.createKey("orders", "EC", SIGNER);
    emulator.requests.clear();
    const crypto = use(id);
    for (let at = 0; at < 3; at += 1) await crypto.sign("ES256", new Uint8Array(32));
    expect([emulator.requests.count("GetKey"), emulator.requests.count("Sign")]).toEqual([1, 3]);
  });

  it("has a request that was refused, and one of no operation", async () => {
    const { emulator } = await start();
    await endOf(clientFor(emulator).getKey("none"));
    await send(emulator, `GET /nothing?${API}`);
    expect(emulator.requests.list().slice(1)).toMatchObject([
      { operation: "GetKey", name: "none" },
      { operation: undefined, target: `/nothing?${API}` },
    ]);
  });
});
