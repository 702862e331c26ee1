import { describe, expect, test } from "vitest";
import { gcpKms } from "../src/index.ts";
import {
  bytes,
  call,
  context,
  dayMs,
  freshName,
  keyOf,
  placeOf,
  refusal,
  rejection,
  stand,
  target,
  told,
} from "./setup.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

describe("making a key", () => {
  test("carries purpose, template, labels, rotation and window to Google, and reads them back", async () => {
    const here = await stand();
    const name = freshName();
    const now = Date.now();
    const conf = { ...aes, name, protection: "hsm", labels: { app: "orders" }, rotateEveryDays: 90 } as const;
    const made = await here.driver.createKey({ ...conf, destructionWindowDays: 7 }, call({ now }));
    expect(made).toMatchObject({
      id: `${here.keyRing}/cryptoKeys/${name}`,
      protection: "hsm",
      protectionDetail: "HSM",
      labels: { app: "orders" },
      rotateEveryDays: 90,
      destructionWindowDays: 7,
      state: "enabled",
      currentVersion: "1",
    });
    expect(await here.driver.describeKey(name, call())).toEqual(made);
    const [key] = await here.client.getCryptoKey({ name: made.id });
    expect(Number(key.nextRotationTime?.seconds)).toBe(Math.floor(now / 1000) + 90 * 86_400);
  });

  test("needs a name, which the guard gives where the application does not", async () => {
    const { driver } = await stand();
    expect(await refusal(driver.createKey(aes, call()))).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("makes the key ring first where that was asked for and it is missing, else is NOT_FOUND", async () => {
    const here = await stand();
    const keyRing = `${placeOf(here.emulator).parent}/keyRings/missing`;
    const conf = { ...aes, name: "k" };
    const without = gcpKms({ client: here.client, keyRing });
    const cause = await rejection(without.createKey(conf, call()));
    expect(told(here, cause, "generateKey")).toMatchObject({ code: "NOT_FOUND", outcome: "none" });
    const maker = gcpKms({ client: here.client, keyRing, createKeyRing: true });
    here.emulator.requests.clear();
    // Of two at the same time, one finds the ring made by the other.
    const made = await Promise.all([maker.createKey(conf, call()), maker.createKey({ ...conf, name: "l" }, call())]);
    expect(made.map(({ id }) => id)).toEqual([`${keyRing}/cryptoKeys/k`, `${keyRing}/cryptoKeys/l`]);
    expect(here.emulator.requests.count("CreateKeyRing")).toBe(2);
    here.emulator.requests.clear();
    await maker.createKey({ ...conf, name: "m" }, call());
    expect(here.emulator.requests.list().map(({ method }) => method)).toEqual(["CreateCryptoKey"]);
  });

  test("that ends early after the ring says where to look for the key", async () => {
    const here = await stand();
    const keyRing = `${placeOf(here.emulator).parent}/keyRings/missing`;
    const maker = gcpKms({ client: here.client, keyRing, createKeyRing: true });
    here.emulator.faults.next({ error: "NOT_FOUND" }, "CreateCryptoKey");
    here.emulator.faults.next("answer-lost", "CreateCryptoKey");
    const error = await refusal(maker.createKey({ ...aes, name: "k" }, call()));
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
    expect(error.message).toContain(`${keyRing}/cryptoKeys/k`);
  });

  test("that is refused after its ring was made says that the ring was made; where somebody else made it, nothing was done", async () => {
    const here = await stand();
    const keyRing = `${placeOf(here.emulator).parent}/keyRings/missing`;
    const maker = gcpKms({ client: here.client, keyRing, createKeyRing: true });
    const made = (): Promise<unknown> => {
      here.emulator.faults.next({ error: "NOT_FOUND" }, "CreateCryptoKey");
      here.emulator.faults.next({ error: "PERMISSION_DENIED" }, "CreateCryptoKey");
      return Promise.resolve(maker.createKey({ ...aes, name: "k" }, call()));
    };
    const error = await refusal(made());
    expect(error).toMatchObject({ code: "PERMISSION_DENIED", outcome: "done", keyId: `${keyRing}/cryptoKeys/k` });
    expect(error.message).toContain(`The key ring ${keyRing} was made`);
    expect((await maker.createKey({ ...aes, name: "l" }, call())).id).toBe(`${keyRing}/cryptoKeys/l`);
    const other = told(here, await rejection(made()), "generateKey");
    expect(other).toMatchObject({ code: "PERMISSION_DENIED", outcome: "none" });
  });
});

test("a key ring whose making was not answered may be there, the key is not; asked again, it is made", async () => {
  const here = await stand();
  const keyRing = `${placeOf(here.emulator).parent}/keyRings/missing`;
  const maker = gcpKms({ client: here.client, keyRing, createKeyRing: true });
  here.emulator.faults.next("answer-lost", "CreateKeyRing");
  const error = await refusal(maker.createKey({ ...aes, name: "k" }, call()));
  expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
  expect(error.message).toContain(keyRing);
  expect(error.message).not.toContain("cryptoKeys/k");
  expect((await maker.createKey({ ...aes, name: "k" }, call())).id).toBe(`${keyRing}/cryptoKeys/k`);
});

describe("reading a key", () => {
  test("tells all its versions, oldest first, however many pages they fill", async () => {
    const here = await stand();
    const key = await keyOf(here, "HMAC-SHA256");
    for (let count = 0; count < 1001; count += 1) {
      await here.client.createCryptoKeyVersion({ parent: key.id }, { retry: null });
    }
    here.emulator.requests.clear();
    const record = await here.driver.describeKey(key.id, call());
    expect(record.versions.map(({ version }) => Number(version))).toEqual(
      Array.from({ length: 1002 }, (_, at) => at + 1),
    );
    expect(record).toMatchObject({ versionsComplete: true, currentVersion: "1002" });
    expect(here.emulator.requests.count("ListCryptoKeyVersions")).toBe(2);
  });

  test("says dates as Google does, and none that it does not", async () => {
    const now = Date.parse("2026-06-01T00:00:00Z");
    const here = await stand({ now: () => now });
    const key = await keyOf(here, "HMAC-SHA256");
    const before = await here.driver.describeKey(key.id, call());
    expect(before).toMatchObject({ createdAt: new Date(now), destroyAt: undefined });
    expect(before.versions).toMatchObject([{ createdAt: new Date(now), destroyAt: undefined }]);
    const { record } = await here.driver.scheduleDestruction(key, undefined, undefined, call());
    expect(record.destroyAt).toEqual(new Date(now + 30 * dayMs));
  });

  test("that is not there, or cannot be a key, is refused", async () => {
    const here = await stand();
    const cause = await rejection(here.driver.describeKey("missing", call()));
    expect(told(here, cause, "describeKey").code).toBe("NOT_FOUND");
    here.emulator.requests.clear();
    expect(await refusal(here.driver.describeKey("a/b", call()))).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("that answers under another name is TAMPERED", async () => {
    const here = await stand();
    const key = await keyOf(here, "HMAC-SHA256");
    here.emulator.faults.next({ flipBit: "name" }, "GetCryptoKey");
    expect(await refusal(here.driver.describeKey(key.id, call()))).toMatchObject({ code: "TAMPERED", keyId: key.id });
  });

  test("still being generated is pending, and has no public key yet", async () => {
    const here = await stand({ generationDelayMs: 10_000 });
    const record = await here.driver.createKey({ algorithm: "ECDSA-P256-SHA256", name: "k" }, call());
    expect(record).toMatchObject({ state: "pending", versions: [] });
    const described = await here.driver.describeKey("k", call());
    expect(described).toMatchObject({ state: "pending", versions: [{ native: "pending" }] });
    const key = { ...target(described, "ECDSA-P256-SHA256"), version: "1" };
    const cause = await rejection(here.driver.getPublicKey(key, call()));
    expect(told(here, cause, "getKey")).toMatchObject({ code: "NOT_READY" });
    here.emulator.clock.advance(10_000);
    expect((await here.driver.getPublicKey(key, call())).version).toBe("1");
  });
});

describe("a key that others made or changed", () => {
  const template = { algorithm: "EC_SIGN_P256_SHA256" } as const;

  test("of versions of several algorithms serves none, with a finding; destroyed ones do not count", async () => {
    const here = await stand();
    const cryptoKey = { purpose: "ASYMMETRIC_SIGN", versionTemplate: template } as const;
    const name = `${here.keyRing}/cryptoKeys/mixed`;
    await here.client.createCryptoKey({ parent: here.keyRing, cryptoKeyId: "mixed", cryptoKey });
    const changed = { name, versionTemplate: { algorithm: "EC_SIGN_P384_SHA384" } } as const;
    const updateMask = { paths: ["version_template.algorithm"] };
    await here.client.updateCryptoKey({ cryptoKey: changed, updateMask });
    await here.client.createCryptoKeyVersion({ parent: name });
    const mixed = await here.driver.describeKey("mixed", call());
    expect(mixed.algorithms).toEqual([]);
    expect(mixed.findings).toMatchObject([
      { found: "EC_SIGN_P256_SHA256 SOFTWARE, EC_SIGN_P384_SHA384 SOFTWARE", severity: "warning" },
    ]);
    await here.client.destroyCryptoKeyVersion({ name: `${name}/cryptoKeyVersions/1` });
    here.emulator.clock.advance(31 * dayMs);
    expect(await here.driver.describeKey("mixed", call())).toMatchObject({
      algorithms: ["ECDSA-P384-SHA384"],
      findings: undefined,
      currentVersion: "2",
    });
  });

  test("whose primary version is not enabled says that nothing can be encrypted", async () => {
    const here = await stand();
    const key = await keyOf(here, "AES-256-GCM");
    await here.driver.rotate(key, call());
    await here.driver.setEnabled(key, "1", false, call());
    const record = await here.driver.describeKey(key.id, call());
    expect(record).toMatchObject({ state: "enabled", currentVersion: "1" });
    expect(record.findings).toMatchObject([{ found: "disabled", severity: "warning" }]);
  });

  test("that is suspended and rotates by itself says when it will come back", async () => {
    const here = await stand();
    const conf = { ...aes, name: freshName(), rotateEveryDays: 10 };
    const key = target(await here.driver.createKey(conf, call()), "AES-256-GCM");
    const { record } = await here.driver.setEnabled(key, undefined, false, call());
    expect(record.state).toBe("disabled");
    expect(record.findings).toMatchObject([{ severity: "warning" }]);
    here.emulator.clock.advance(11 * dayMs);
    expect(await here.driver.encrypt(key, bytes("x"), context(), call())).toMatchObject({ version: "2" });
  });

  test("without any version waits for one", async () => {
    const here = await stand();
    const cryptoKey = { purpose: "MAC", versionTemplate: { algorithm: "HMAC_SHA256" } } as const;
    const request = { parent: here.keyRing, cryptoKeyId: "empty", cryptoKey, skipInitialVersionCreation: true };
    await here.client.createCryptoKey(request);
    expect(await here.driver.describeKey("empty", call())).toMatchObject({
      state: "pending",
      currentVersion: undefined,
      versions: [],
    });
  });
});

test("a list carries labels, algorithms and dates of the driver's key ring, without the driver's own labels", async () => {
  const now = Date.parse("2026-06-01T00:00:00Z");
  const here = await stand({ now: () => now });
  await here.driver.createKey({ ...aes, name: "a", labels: { app: "x" } }, call());
  await here.driver.createKey({ algorithm: "HMAC-SHA512", name: "b" }, call());
  const listed = [];
  for await (const listing of here.driver.listKeys(call())) listed.push(listing);
  expect(listed).toEqual([
    { id: `${here.keyRing}/cryptoKeys/a`, labels: { app: "x" }, algorithms: ["AES-256-GCM"], createdAt: new Date(now) },
    { id: `${here.keyRing}/cryptoKeys/b`, labels: {}, algorithms: ["HMAC-SHA512"], createdAt: new Date(now) },
  ]);
});
