import { describe, expect, test, vi } from "vitest";
import { azureKms } from "../src/index.ts";
import { call, dayMs, freshName, keyOf, nameIn, refusal, rejection, stand, told, versionOf } from "./setup.ts";

const rsa = { algorithm: "RSA-OAEP-2048-SHA256" } as const;
const ec = { algorithm: "ECDSA-P256-SHA256" } as const;
const p256 = { kty: "EC", bits: undefined, crv: "P-256" } as const;

describe("making a key", () => {
  test("carries type, operations, dates, labels and rotation to Azure, and reads them back", async () => {
    const here = await stand({ flavour: "premium", retentionDays: 30 });
    const name = freshName();
    const activateAt = new Date("2030-01-01T00:00:00Z");
    const deactivateAt = new Date("2031-01-01T00:00:00Z");
    const conf = { ...rsa, name, protection: "hsm", labels: { app: "orders" }, activateAt, deactivateAt } as const;
    const made = await here.driver.createKey({ ...conf, rotateEveryDays: 90 }, call({ idempotencyToken: "token" }));
    expect(made).toMatchObject({
      id: `${here.emulator.vaultUrl}/keys/${name}`,
      native: "RSA-HSM/2048",
      protection: "hsm",
      protectionDetail: "2",
      origin: "unknown",
      labels: { app: "orders" },
      rotateEveryDays: 90,
      destructionWindowDays: 30,
      state: "enabled",
      versions: [{ native: "enabled", notBefore: activateAt, notAfter: deactivateAt }],
    });
    expect(await here.driver.describeKey(name, call())).toEqual(made);
    const key = await here.keys.getKey(name);
    expect(key.keyOperations).toEqual(["encrypt", "decrypt", "wrapKey", "unwrapKey"]);
    expect(key.properties.tags).toEqual({ app: "orders", "kms-nonce": "token" });
  });

  test("needs a name, which the guard gives where the application does not", async () => {
    const { driver } = await stand();
    expect(await refusal(driver.createKey(ec, call()))).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("under a name that is taken is ALREADY_EXISTS, living, disabled or deleted, and makes no version", async () => {
    for (const disabledGet of ["served", "refused"] as const) {
      const here = await stand({ disabledGet });
      const key = await keyOf(here, ec.algorithm);
      const conf = { ...ec, name: nameIn(key.id) };
      const refused = async () => told(here, await rejection(here.driver.createKey(conf, call())), "generateKey");
      expect(await refused()).toMatchObject({ code: "ALREADY_EXISTS", outcome: "none" });
      await here.driver.setEnabled(key, undefined, false, call());
      expect(await refused()).toMatchObject({ code: "ALREADY_EXISTS", outcome: "none" });
      expect(here.emulator.requests.count("CreateKey")).toBe(1);
      await here.driver.scheduleDestruction(key, undefined, undefined, call());
      expect(await refused()).toMatchObject({ code: "ALREADY_EXISTS", outcome: "none" });
    }
  });

  test("that somebody else is faster with disables the version that was made, names it, and says that it was", async () => {
    const here = await stand();
    const name = freshName();
    here.emulator.others.before("CreateKey", () => {
      here.emulator.others.createVersion(name, { spec: p256, keyOps: ["sign", "verify"] });
    });
    const error = await refusal(here.driver.createKey({ ...ec, name }, call()));
    expect(error).toMatchObject({
      code: "ALREADY_EXISTS",
      outcome: "done",
      keyId: `${here.emulator.vaultUrl}/keys/${name}`,
      retryable: false,
    });
    const record = await here.driver.describeKey(name, call());
    expect(record.versions.map(({ native }) => native)).toEqual(["enabled", "disabled"]);
    expect(error.message).toContain(record.versions[1]?.version);
  });

  test("that somebody else is faster with, and whose version cannot be disabled, says so", async () => {
    const here = await stand();
    const name = freshName();
    here.emulator.others.before("CreateKey", () => {
      here.emulator.others.createVersion(name, { spec: p256, keyOps: ["sign", "verify"] });
    });
    here.emulator.permissions.deny("Microsoft.KeyVault/vaults/keys/update/action");
    const error = await refusal(here.driver.createKey({ ...ec, name }, call()));
    expect(error).toMatchObject({ code: "ALREADY_EXISTS", outcome: "done" });
    expect(error.message).toContain("could not be disabled");
  });

  test("that is refused is told as what Azure said: there is no key to look for", async () => {
    const here = await stand();
    here.emulator.permissions.deny("Microsoft.KeyVault/vaults/keys/create/action");
    const cause = await rejection(here.driver.createKey({ ...ec, name: freshName() }, call()));
    expect(told(here, cause, "generateKey")).toMatchObject({ code: "PERMISSION_DENIED", outcome: "none" });
    expect(String(cause)).not.toContain("no answer came");
  });

  test("whose rotation policy fails says that the key is there", async () => {
    const here = await stand();
    here.emulator.permissions.deny("Microsoft.KeyVault/vaults/keyrotationpolicies/write");
    const name = freshName();
    const error = await refusal(here.driver.createKey({ ...ec, name, rotateEveryDays: 30 }, call()));
    expect(error).toMatchObject({ code: "PERMISSION_DENIED", outcome: "done", operation: "generateKey" });
    expect(error.keyId).toContain(name);
  });
});

describe("reading a key", () => {
  test("of which another version answers is TAMPERED", async () => {
    const here = await stand();
    const key = await keyOf(here, ec.algorithm);
    const { version: another = "" } = await here.driver.rotate(key, call());
    here.emulator.others.answerAs(another, "GetKey");
    expect(await refusal(here.driver.getPublicKey(key, call()))).toMatchObject({ code: "TAMPERED" });
    expect(await here.driver.getPublicKey(key, call())).toMatchObject({ version: key.version });
  });

  test.each([
    ["host", (id: string) => id.replace("https://", "https://other.")],
    ["name", (id: string) => id.replace("/keys/", "/keys/other-")],
    ["version", (id: string) => id.slice(0, id.lastIndexOf("/"))],
  ])("of which another %s answers, or none, is TAMPERED", async (_part, altered) => {
    const here = await stand();
    const key = await keyOf(here, ec.algorithm);
    const genuine = await here.keys.getKey(nameIn(key.id));
    const answer = vi.spyOn(here.keys, "getKey");
    answer.mockResolvedValue(genuine);
    expect(await here.driver.getPublicKey(key, call())).toMatchObject({ version: key.version });
    answer.mockResolvedValue({ ...genuine, id: altered(genuine.id ?? "") });
    expect(await refusal(here.driver.getPublicKey(key, call()))).toMatchObject({ code: "TAMPERED" });
  });

  test("tells all its versions, oldest first, however many pages they fill and whatever order they come in", async () => {
    const here = await stand();
    const key = await keyOf(here, ec.algorithm);
    const name = nameIn(key.id);
    const made = [key.version];
    for (let count = 0; count < 60; count += 1) {
      here.emulator.clock.advance(1_000);
      made.push(here.emulator.others.createVersion(name));
    }
    here.emulator.requests.clear();
    const record = await here.driver.describeKey(key.id, call());
    expect(record.versions.map(({ version }) => version)).toEqual(made);
    expect(record).toMatchObject({ versionsComplete: true, currentVersion: made.at(-1) });
    expect(here.emulator.requests.count("GetKeyVersions")).toBe(3);
  });

  test("of versions made within one second takes what the service calls the newest for the newest", async () => {
    const here = await stand({ now: () => 1_800_000_000_000 });
    const key = await keyOf(here, ec.algorithm);
    for (let count = 0; count < 20; count += 1) {
      const newest = here.emulator.others.createVersion(nameIn(key.id));
      expect((await here.driver.describeKey(key.id, call())).currentVersion).toBe(newest);
    }
  });

  test("takes a versioned identifier, a name and another spelling of it, and answers the canonical id", async () => {
    const here = await stand();
    const name = "Made-By-Terraform";
    const version = here.emulator.others.createVersion(name, { spec: p256, keyOps: ["sign", "verify"] });
    const id = `${here.emulator.vaultUrl}/keys/${name}`;
    for (const reference of [id, `${id}/${version}`, name, name.toLowerCase()]) {
      expect((await here.driver.describeKey(reference, call())).id).toBe(id);
    }
    expect(await refusal(here.driver.describeKey(`${id}/${"0".repeat(32)}`, call()))).toMatchObject({
      code: "NOT_FOUND",
    });
  });

  test("that is not there, is elsewhere or cannot be a key is refused", async () => {
    const here = await stand();
    const cause = await rejection(here.driver.describeKey("missing", call()));
    expect(told(here, cause, "describeKey").code).toBe("NOT_FOUND");
    here.emulator.requests.clear();
    for (const reference of ["a/b", "https://contoso.vault.azure.net/keys/k", `${here.emulator.vaultUrl}/secrets/k`]) {
      expect(await refusal(here.driver.describeKey(reference, call()))).toMatchObject({ code: "INVALID_ARGUMENT" });
    }
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("goes on without its rotation policy where reading that is denied, and says so", async () => {
    const here = await stand();
    const key = await keyOf(here, ec.algorithm);
    here.emulator.permissions.deny("Microsoft.KeyVault/vaults/keyrotationpolicies/read");
    const record = await here.driver.describeKey(key.id, call());
    expect(record.rotateEveryDays).toBeUndefined();
    expect(record.findings).toMatchObject([{ severity: "info" }]);
  });

  test("of the newest version that is enabled and valid, else of the next best, takes that for current", async () => {
    const here = await stand();
    const key = await keyOf(here, ec.algorithm);
    const name = nameIn(key.id);
    const now = Math.floor(Date.now() / 1000);
    const current = async () => (await here.driver.describeKey(key.id, call())).currentVersion;
    here.emulator.clock.advance(1_000);
    const later = here.emulator.others.createVersion(name, { notBefore: now + 3_600 });
    expect(await current()).toBe(key.version);
    here.emulator.clock.advance(1_000);
    const expired = here.emulator.others.createVersion(name, { notBefore: undefined, expires: now - 3_600 });
    expect(await current()).toBe(key.version);
    here.emulator.others.updateVersion(name, { enabled: false }, key.version);
    expect(await current()).toBe(later);
    here.emulator.others.updateVersion(name, { enabled: false }, later);
    expect(await current()).toBe(later);
    expect(expired).not.toBe(later);
  });
});

describe("a key that others made", () => {
  test("is of unknown origin, since Azure does not say where its material came from", async () => {
    const here = await stand();
    here.emulator.others.createVersion("k", { spec: p256, keyOps: ["sign", "verify"] });
    expect(await here.driver.describeKey("k", call())).toMatchObject({
      origin: "unknown",
      algorithms: ["ECDSA-P256-SHA256"],
      findings: undefined,
    });
  });

  test("with Terraform's six key_ops serves every algorithm of its type, with a warning", async () => {
    const here = await stand();
    const keyOps = ["decrypt", "encrypt", "sign", "unwrapKey", "verify", "wrapKey"];
    here.emulator.others.createVersion("k", { spec: { kty: "RSA", bits: 2048, crv: undefined }, keyOps });
    const record = await here.driver.describeKey("k", call());
    expect(record.algorithms).toEqual(["RSA-OAEP-2048-SHA256", "RSA-PSS-2048-SHA256", "RSA-PKCS1-2048-SHA256"]);
    expect(record.findings).toMatchObject([{ severity: "warning", found: keyOps.join(", ") }]);
  });

  test("of a type or size that this adapter has no row for serves none", async () => {
    const here = await stand({ flavour: "managed-hsm" });
    here.emulator.others.createVersion("hmac", {
      spec: { kty: "oct-HSM", bits: 256, crv: undefined },
      keyOps: ["sign", "verify"],
    });
    expect(await here.driver.describeKey("hmac", call())).toMatchObject({ algorithms: [], native: "oct-HSM" });
  });

  test("whose size Azure does not show says so", async () => {
    const here = await stand({ flavour: "managed-hsm" });
    const key = await keyOf(here, "AES-256-GCM");
    const { findings } = await here.driver.describeKey(key.id, call());
    expect(findings).toMatchObject([{ severity: "info" }]);
    expect(findings?.[0]?.what).toContain("size not verifiable");
  });

  test("whose operations were narrowed to reading is Deactivated", async () => {
    const here = await stand();
    const key = await keyOf(here, "RSA-OAEP-2048-SHA256");
    here.emulator.others.updateVersion(nameIn(key.id), { keyOps: ["decrypt", "unwrapKey"] });
    expect(await here.driver.describeKey(key.id, call())).toMatchObject({ state: "process-only" });
  });

  test("that is suspended and rotates by itself says that it will come back", async () => {
    const here = await stand();
    const made = await here.driver.createKey({ ...ec, name: freshName(), rotateEveryDays: 30 }, call());
    const key = versionOf(made, ec.algorithm);
    const { record } = await here.driver.setEnabled(key, undefined, false, call());
    expect(record.findings).toMatchObject([{ severity: "warning", found: "P30D" }]);
  });
});

describe("a disabled key that the service refuses to show", () => {
  test("is described by a driver that has read it before, and told as INVALID_STATE by another", async () => {
    const here = await stand({ disabledGet: "refused" });
    const key = await keyOf(here, ec.algorithm);
    await here.driver.setEnabled(key, undefined, false, call());
    expect(await here.driver.describeKey(key.id, call())).toMatchObject({ state: "disabled", native: "EC/P-256" });
    const another = azureKms({ client: here.client, tier: here.tier });
    expect(await refusal(another.describeKey(key.id, call()))).toMatchObject({
      code: "INVALID_STATE",
      state: "suspended",
    });
    expect((await another.setEnabled?.(key, undefined, true, call()))?.record).toMatchObject({ state: "enabled" });
  });

  test("shows its newest version that is enabled", async () => {
    const here = await stand({ disabledGet: "refused" });
    const key = await keyOf(here, ec.algorithm);
    here.emulator.clock.advance(1_000);
    const newest = here.emulator.others.createVersion(nameIn(key.id), { enabled: false });
    const another = azureKms({ client: here.client, tier: here.tier });
    const record = await another.describeKey(key.id, call());
    expect(record.currentVersion).toBe(key.version);
    expect(record.versions).toMatchObject([{ publicKey: expect.any(Uint8Array) as unknown }, { version: newest }]);
  });
});

test("a list has living and deleted keys, with labels, states and dates, without the driver's own tags", async () => {
  const now = Date.parse("2026-06-01T00:00:00Z");
  const here = await stand({ now: () => now });
  const base = `${here.emulator.vaultUrl}/keys`;
  await here.driver.createKey({ ...ec, name: "a", labels: { app: "x" } }, call());
  await here.driver.createKey({ ...ec, name: "b", activateAt: new Date(now + dayMs) }, call());
  await here.driver.createKey({ ...ec, name: "c", deactivateAt: new Date(now - dayMs) }, call());
  const d = versionOf(await here.driver.createKey({ ...ec, name: "d" }, call()), ec.algorithm);
  await here.driver.setEnabled(d, undefined, false, call({ now }));
  const e = versionOf(await here.driver.createKey({ ...ec, name: "e" }, call()), ec.algorithm);
  await here.driver.scheduleDestruction(e, undefined, undefined, call({ now }));
  const listed = [];
  for await (const listing of here.driver.listKeys(call({ now }))) listed.push(listing);
  const createdAt = new Date(now);
  expect(listed).toEqual([
    { id: `${base}/a`, labels: { app: "x" }, state: "enabled", createdAt },
    { id: `${base}/b`, labels: {}, state: "pending", createdAt },
    { id: `${base}/c`, labels: {}, state: "process-only", createdAt },
    { id: `${base}/d`, labels: {}, state: "disabled", createdAt },
    { id: `${base}/e`, labels: {}, state: "destruction-scheduled", createdAt },
  ]);
});

test("a list goes through its pages", async () => {
  const here = await stand();
  for (let count = 0; count < 60; count += 1) {
    here.emulator.others.createVersion(`k${count}`, { spec: p256, keyOps: ["sign"] });
  }
  const listed = [];
  for await (const { id } of here.driver.listKeys(call())) listed.push(id);
  expect(new Set(listed).size).toBe(60);
});
