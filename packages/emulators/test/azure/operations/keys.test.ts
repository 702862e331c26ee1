import { describe, expect, it } from "vitest";
import { API, DAY_MS, endOf, present, send, start, type Started } from "../setup.ts";

const SIGN = ["sign", "verify"];
const EC = { curve: "P-256" as const, keyOps: SIGN };
const day = (n: number): Date => new Date(n * DAY_MS);

const create = async ({ emulator }: Started, body: object, name = "orders") => {
  const { status, text } = await send(emulator, `POST /keys/${name}/create?${API}`, { body: JSON.stringify(body) });
  const json = JSON.parse(text) as { error?: { code: string; message: string } };
  return { status, code: json.error?.code, message: json.error?.message };
};

describe("CreateKey", () => {
  it.each([
    ["standard", "RSA", { keySize: 2048 }, 0],
    ["standard", "EC", { curve: "P-256" }, 0],
    ["standard", "EC", { curve: "P-256K" }, 0],
    ["standard", "EC", { curve: "P-384" }, 0],
    ["standard", "EC", { curve: "P-521" }, 0],
    ["premium", "EC-HSM", { curve: "P-256" }, 2],
    ["premium", "RSA-HSM", { keySize: 3072 }, 2],
    ["premium", "EC", { curve: "P-256" }, 0],
    ["managed-hsm", "EC-HSM", { curve: "P-256K" }, undefined],
    ["managed-hsm", "RSA-HSM", { keySize: 2048 }, undefined],
    ["managed-hsm", "oct-HSM", { keySize: 128 }, undefined],
    ["managed-hsm", "oct-HSM", { keySize: 256 }, undefined],
  ] as const)(
    "%s makes %s %j",
    async (flavour, kty, size, platform) => {
      const { client } = await start({ flavour, now: () => 5 * DAY_MS });
      const key = await client.createKey("orders", kty, { ...size, keyOps: SIGN });
      expect(key).toMatchObject({ name: "orders", keyType: kty, keyOperations: SIGN });
      expect(key.properties).toMatchObject({
        enabled: true,
        createdOn: day(5),
        updatedOn: day(5),
        recoverableDays: 90,
        recoveryLevel: "Recoverable+Purgeable",
        exportable: false,
      });
      expect(key.properties.hsmPlatform).toBe(platform === undefined ? undefined : String(platform));
      expect(key.properties.expiresOn ?? key.properties.notBefore ?? key.properties.tags).toBeUndefined();
      expect(key.key?.n?.length).toBe(kty.startsWith("RSA") && "keySize" in size ? size.keySize / 8 : undefined);
      expect(key.key?.crv).toBe("curve" in size ? size.curve : undefined);
      expect(key.key?.k ?? key.key?.d).toBeUndefined();
    },
    60_000,
  );

  it("keeps dates, tags and enabled", async () => {
    const { client } = await start();
    const settings = { enabled: false, notBefore: day(3), expiresOn: day(9), tags: { app: "orders", empty: "" } };
    await client.createKey("orders", "EC", { ...EC, ...settings });
    expect((await client.getKey("orders")).properties).toMatchObject(settings);
  });

  it("makes a new version of a name that there is, which is the latest from then on", async () => {
    const { client } = await start();
    const first = await client.createKey("orders", "EC", EC);
    const second = await client.createKey("orders", "EC", { curve: "P-384", keyOps: ["verify"] });
    expect(first.properties.version).toMatch(/^[0-9a-f]{32}$/);
    expect(second.properties.version).not.toBe(first.properties.version);
    expect((await client.getKey("orders")).id).toBe(second.id);
    const old = await client.getKey("orders", { version: present(first.properties.version) });
    expect(old).toMatchObject({ id: first.id, key: { crv: "P-256" }, keyOperations: SIGN });
  });

  it("takes names without regard to case, and keeps the first writing", async () => {
    const { client } = await start();
    await client.createKey("Orders", "EC", EC);
    const second = await client.createKey("ORDERS", "EC", EC);
    expect((await client.getKey("orders")).properties.version).toBe(second.properties.version);
    expect(second.name).toBe("Orders");
  });

  it.each([
    ["standard", "RSA-HSM"],
    ["standard", "oct"],
    ["standard", "oct-HSM"],
    ["premium", "oct-HSM"],
    ["managed-hsm", "RSA"],
    ["managed-hsm", "EC"],
    ["managed-hsm", "oct"],
  ] as const)("%s has no %s: how the service says so is not established", async (flavour, kty) => {
    const started = await start({ flavour });
    expect((await create(started, { kty, key_size: 2048, key_ops: SIGN })).status).toBe(501);
  });

  it.each([
    [{ kty: "RSA", key_ops: SIGN }, "without key_size"],
    [{ kty: "EC", key_ops: SIGN }, "without crv"],
    [{ kty: "EC", crv: "P-256" }, "without key_ops"],
    [{ kty: "EC", crv: "P-256", key_ops: ["import"] }, "import"],
    [{ kty: "EC", crv: "P-256", key_ops: [] }, "an empty key_ops"],
    [{ kty: "EC", crv: "P-256", key_ops: SIGN, attributes: { exportable: true } }, "exportable"],
    [{ kty: "EC", crv: "P-256", key_ops: SIGN, release_policy: {} }, "release_policy"],
    [{ kty: "RSA", key_size: 2048, key_ops: SIGN, public_exponent: 3 }, "public_exponent"],
    [{ kty: "EC", crv: "P-256", key_ops: SIGN, attributes: { hidden: 1 } }, "attributes.hidden"],
    [{ kty: "EC", crv: "P-256", key_ops: SIGN, tags: { long: "x".repeat(257) } }, "256"],
  ])("%j is not implemented", async (body, word) => {
    const answer = await create(await start(), body);
    expect(answer).toMatchObject({ status: 501, code: "EmulatorNotImplemented" });
    expect(answer.message).toContain(word);
  });

  const tags = (n: number): object => Object.fromEntries(Array.from({ length: n }, (_, at) => [`t${at}`, "v"]));

  it.each([
    [{ crv: "P-256", key_ops: SIGN }],
    [{ kty: "EC", crv: "P-224", key_ops: SIGN }],
    [{ kty: "RSA", key_size: 1024, key_ops: SIGN }],
    [{ kty: "EC", crv: "P-256", key_ops: ["seal"] }],
    [{ kty: "EC", crv: "P-256", key_ops: SIGN, attributes: { exp: "tomorrow" } }],
    [{ kty: "EC", crv: "P-256", key_ops: SIGN, tags: { app: 7 } }],
    [{ kty: "EC", crv: "P-256", key_ops: SIGN, tags: tags(16) }],
  ])("refuses %j", async (body) => {
    expect(await create(await start(), body)).toMatchObject({ status: 400, code: "BadParameter" });
  });

  it("takes 15 tags, and names of 127 letters, digits and hyphens", async () => {
    const started = await start();
    const body = { kty: "EC", crv: "P-256", key_ops: SIGN, tags: tags(15) };
    expect((await create(started, body, "a".repeat(127))).status).toBe(200);
    for (const name of ["a".repeat(128), "a_b", "a.b", "a%20b", "a%2Fb"]) {
      expect(await create(started, body, name)).toMatchObject({ status: 400, code: "BadParameter" });
    }
  });

  it("takes a hundred versions of a key on Managed HSM; how more are refused is not established", async () => {
    const { emulator, client } = await start({ flavour: "managed-hsm" });
    await client.createKey("orders", "EC-HSM", EC);
    for (let at = 1; at < 99; at += 1) emulator.others.createVersion("orders");
    expect(await endOf(client.createKey("orders", "EC-HSM", EC))).toBe("200 OK");
    expect(await endOf(client.createKey("orders", "EC-HSM", EC))).toBe("501 EmulatorNotImplemented");
  });
});

describe("GetKey", () => {
  it("answers 404 for a key and for a version that is not there, 400 for one that cannot be", async () => {
    const { client } = await start();
    await client.createKey("orders", "EC", EC);
    expect(await endOf(client.getKey("none"))).toBe("404 KeyNotFound");
    expect(await endOf(client.getKey("orders", { version: "0".repeat(32) }))).toBe("404 KeyNotFound");
    for (const version of ["1", "0".repeat(33), "F".repeat(32), "versionsversionsversionsversions"]) {
      expect(await endOf(client.getKey("orders", { version }))).toBe("400 BadParameter");
    }
  });

  it.each([
    ["served", "200 OK"],
    ["refused", "403 Forbidden KeyDisabled"],
  ] as const)("of a disabled version is %s when started so", async (disabledGet, end) => {
    const { client } = await start({ disabledGet });
    const first = await client.createKey("orders", "EC", { ...EC, enabled: false });
    expect(await endOf(client.getKey("orders"))).toBe(end);
    await client.createKey("orders", "EC", EC);
    expect(await endOf(client.getKey("orders"))).toBe("200 OK");
    expect(await endOf(client.getKey("orders", { version: present(first.properties.version) }))).toBe(end);
  });
});

describe("UpdateKey", () => {
  it("changes one version, and of it only what is named", async () => {
    let now = 1000 * DAY_MS;
    const { client } = await start({ now: () => now });
    const first = await client.createKey("orders", "EC", { ...EC, tags: { app: "orders" } });
    await client.createKey("orders", "EC", EC);
    now += DAY_MS;
    const version = present(first.properties.version);
    const changed = await client.updateKeyProperties("orders", version, { enabled: false, expiresOn: day(1010) });
    expect(changed.properties).toMatchObject({
      version,
      enabled: false,
      expiresOn: day(1010),
      tags: { app: "orders" },
      createdOn: day(1000),
      updatedOn: day(1001),
    });
    expect(changed.keyOperations).toEqual(SIGN);
    expect((await client.getKey("orders")).properties).toMatchObject({ enabled: true, updatedOn: day(1000) });
    const again = await client.updateKeyProperties("orders", version, { keyOps: ["verify"], tags: {} });
    expect(again).toMatchObject({ keyOperations: ["verify"], properties: { enabled: false, tags: {} } });
  });

  it("without a version changes the latest one", async () => {
    const { client } = await start();
    const first = await client.createKey("orders", "EC", EC);
    const second = await client.createKey("orders", "EC", EC);
    expect((await client.updateKeyProperties("orders", { enabled: false })).id).toBe(second.id);
    const old = await client.getKey("orders", { version: present(first.properties.version) });
    expect(old.properties.enabled).toBe(true);
  });

  it("changes nothing when one part of it is refused", async () => {
    const { emulator, client } = await start();
    await client.createKey("orders", "EC", EC);
    const body = JSON.stringify({ attributes: { enabled: false }, key_ops: ["seal"] });
    expect((await send(emulator, `PATCH /keys/orders/?${API}`, { body })).status).toBe(400);
    expect((await client.getKey("orders")).properties.enabled).toBe(true);
  });

  it("answers 404 for what is not there", async () => {
    const { client } = await start();
    expect(await endOf(client.updateKeyProperties("none", { enabled: false }))).toBe("404 KeyNotFound");
  });
});
