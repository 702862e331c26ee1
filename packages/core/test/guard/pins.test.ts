import { describe, expect, it } from "vitest";
import { code, data, failure, given, sealer, vendor } from "./given.ts";
import { curvePair, edwardsPair, keyedDriver, rsaPair, signingDriver, version, type Pair } from "./keyed-driver.ts";

const ecdsa = { algorithm: "ECDSA-P256-SHA256" } as const;
const [first, second] = [curvePair("P-256"), curvePair("P-256")];
const pinned = (pair: Pair, more: object = {}): object => ({ publicKey: pair.spki, ...more });

describe("pinned public keys", () => {
  it.each([
    ["another curve", curvePair("P-384").spki],
    ["another type", edwardsPair().spki],
    ["no SPKI", data],
    ["trailing bytes", new Uint8Array([...first.spki, 0])],
  ])("are refused as TAMPERED: %s", async (_what, publicKey) => {
    const { kms } = given(signingDriver([first], { record: { versions: [version("1", { publicKey })] } }));
    expect(await failure(kms.generateKey("it", ecdsa))).toMatchObject({
      code: "TAMPERED",
      outcome: "done",
      keyId: "store/key",
    });
    expect(await code(kms.getKey("it", "store/key", ecdsa))).toBe("TAMPERED");
  });

  it.each([
    ["a smaller modulus", () => rsaPair(2048)],
    ["the exponent 3", () => rsaPair(3072, 3)],
  ])("of RSA are refused as TAMPERED with %s", async (_what, make) => {
    const algorithm = "RSA-PSS-3072-SHA256";
    const { kms } = given(signingDriver([make()], { algorithm }));
    expect(await code(kms.getKey("it", "store/key", { algorithm }))).toBe("TAMPERED");
  });

  it("cannot change under a version once a handle pins it", async () => {
    const driver = signingDriver([first]);
    const { kms } = given(driver);
    const key = await kms.generateKey("it", ecdsa);
    driver.record = { ...driver.record, versions: [version("1", pinned(second))] };
    expect(await code(kms.refreshHandle(key))).toBe("TAMPERED");
  });

  it("are not set back by a server that has not heard of the newest version yet", async () => {
    const driver = signingDriver([first, second]);
    const { kms } = given(driver);
    const key = await kms.generateKey("it", ecdsa);
    const { record } = driver;
    driver.record = { ...record, currentVersion: "1", versions: record.versions.slice(0, 1) };
    expect(await failure(kms.refreshHandle(key))).toMatchObject({ code: "NOT_READY", keyId: "store/key" });
    driver.record = { ...record, currentVersion: "1" };
    const promoted = await kms.refreshHandle(key); // an earlier version on purpose: the later one is still listed
    expect((await kms.sign(promoted, data)).keyVersion).toBe("1");
  });

  it("of a compromised version are dropped, those of a destroyed one are kept", async () => {
    const driver = signingDriver([first, second]);
    const { kms } = given(driver);
    const key = await kms.generateKey("it", ecdsa);
    const signature = await kms.sign(key, data);
    const set = (native: "compromised" | "destroyed"): void => {
      driver.record = {
        ...driver.record,
        currentVersion: "1",
        versions: [version("1", pinned(first)), version("2", { native })],
      };
    };
    set("destroyed");
    expect(await kms.verify(await kms.refreshHandle(key), data, signature)).toBe(true);
    set("compromised");
    expect(await code(kms.verify(await kms.refreshHandle(key), data, signature))).toBe("STALE_HANDLE");
  });

  it("that the provider keeps back while a version cannot be used are left out, and found later", async () => {
    let refused: "INVALID_STATE" | "PERMISSION_DENIED" = "INVALID_STATE";
    const kept = new Set(["1"]);
    const driver = signingDriver([first, second], {
      driver: {
        getPublicKey: async ({ id, version: asked }) => {
          if (kept.has(asked)) throw vendor(refused);
          return { id, version: asked, bytes: asked === "1" ? first.spki : second.spki };
        },
      },
    });
    const versions = [version("1", { native: "disabled" }), version("2")];
    driver.record = { ...driver.record, currentVersion: "2", versions };
    const { kms } = given(driver);
    const key = await kms.getKey("it", "store/key", ecdsa);
    expect((await kms.getPublicKey(key, { keyVersion: "2" })).spki).toEqual(second.spki);
    expect(await code(kms.getPublicKey(key, { keyVersion: "1" }))).toBe("STALE_HANDLE");
    refused = "PERMISSION_DENIED";
    expect(await code(kms.getKey("it", "store/key", ecdsa))).toBe("PERMISSION_DENIED");
    kept.clear();
    const refreshed = await kms.refreshHandle(key);
    expect((await kms.getPublicKey(refreshed, { keyVersion: "1" })).spki).toEqual(first.spki);
    refused = "INVALID_STATE";
    kept.add("2");
    expect(await code(kms.getKey("it", "store/key", ecdsa))).toBe("INVALID_STATE"); // enabled, and yet kept back
  });

  it("are asked for where the record lacks them, and the answer is compared", async () => {
    const answer = { id: "store/key", version: "1", bytes: first.spki };
    const record = { versions: [version("1")] };
    const ask = (change: object): ReturnType<typeof given>["kms"] =>
      given(signingDriver([first], { record, driver: { getPublicKey: async () => ({ ...answer, ...change }) } })).kms;
    const kms = ask({});
    const key = await kms.generateKey("it", ecdsa);
    expect((await kms.getPublicKey(key)).spki).toEqual(first.spki);
    expect(await code(ask({ id: "store/other" }).generateKey("it", ecdsa))).toBe("TAMPERED");
    expect(await code(ask({ version: "2" }).generateKey("it", ecdsa))).toBe("TAMPERED");
    const { kms: mute } = given(signingDriver([first], { record }));
    expect(await code(mute.generateKey("it", ecdsa))).toBe("UNSUPPORTED");
  });

  it("are handed out as copies", async () => {
    const { kms } = given(signingDriver([first]));
    const key = await kms.generateKey("it", ecdsa);
    const signature = await kms.sign(key, data);
    (await kms.getPublicKey(key)).spki.fill(0);
    expect(await kms.verify(key, data, signature)).toBe(true);
  });
});

describe("how many versions a handle pins", () => {
  const versions = (count: number): ReturnType<typeof version>[] =>
    Array.from({ length: count }, (_, at) => version(String(at + 1), pinned(first)));

  it("is 64, the newest", async () => {
    const { kms } = given(signingDriver([first], { record: { versions: versions(70), currentVersion: "70" } }));
    const key = await kms.generateKey("it", ecdsa);
    expect(await code(kms.getPublicKey(key, { keyVersion: "6" }))).toBe("STALE_HANDLE");
    expect((await kms.getPublicKey(key, { keyVersion: "7" })).keyVersion).toBe("7");
    expect((await kms.getPublicKey(key, { keyVersion: "70" })).keyVersion).toBe("70");
  });

  it("always takes in the version that signs, however old it is", async () => {
    const record = { versions: versions(70), currentVersion: "1" };
    const { kms } = given(signingDriver([first], { record }), { sealer });
    const key = await kms.generateKey("it", ecdsa);
    const signature = await kms.sign(key, data);
    expect(signature.keyVersion).toBe("1");
    expect(await kms.verify(key, data, signature)).toBe(true);
  });

  it("leaves a token small enough to seal, with the largest public keys", async () => {
    const { spki } = rsaPair(4096);
    const algorithm = "RSA-PSS-4096-SHA512";
    const many = Array.from({ length: 64 }, (_, at) => version(`${"v".repeat(40)}${at}`, { publicKey: spki }));
    const driver = signingDriver([], { algorithm, record: { versions: many, currentVersion: many[63]?.version } });
    Object.assign(driver, { isVersion: () => true });
    const { kms } = given(driver, { sealer });
    const key = await kms.getKey("it", "store/key", { algorithm });
    const opened = await kms.openHandle(await kms.sealHandle(key));
    expect(opened.keyId).toBe("store/key");
  });
});

describe("getKey", () => {
  it("compares the key id and the thumbprint that are expected", async () => {
    const { kms } = given(signingDriver([first, second]));
    const { thumbprint } = await kms.getPublicKey(await kms.generateKey("it", ecdsa), { keyVersion: "1" });
    const wrong = "A".repeat(43);
    expect(await code(kms.getKey("it", "alias/a", { ...ecdsa, keyId: "store/other" }))).toBe("TAMPERED");
    expect(await code(kms.getKey("it", "alias/a", { ...ecdsa, thumbprint: wrong }))).toBe("TAMPERED");
    expect(await code(kms.getKey("it", "alias/a", { ...ecdsa, thumbprint: "x" }))).toBe("INVALID_ARGUMENT");
    const key = await kms.getKey("it", "alias/a", { ...ecdsa, keyId: "store/key", thumbprint });
    expect((await kms.getPublicKey(key)).thumbprint).toBe(thumbprint);
    expect(await code(kms.getPublicKey(key, { keyVersion: "2" }))).toBe("STALE_HANDLE");
    expect((await kms.sign(key, data)).keyVersion).toBe("1");
  });

  it("refuses an algorithm that the key cannot have, and warnings where policy does", async () => {
    const findings = [{ what: "key_ops", severity: "warning" as const }];
    const driver = signingDriver([first], { record: { findings } });
    const { kms } = given(driver, { policy: { refuseWarnings: true } });
    expect(await code(kms.getKey("it", "store/key", { algorithm: "Ed25519" }))).toBe("UNSUPPORTED");
    expect(await code(kms.getKey("it", "store/key", ecdsa))).toBe("POLICY_VIOLATION");
    expect((await given(driver).kms.getKey("it", "store/key", ecdsa)).keyId).toBe("store/key");
  });

  it("refuses protection that policy does not allow, with a thumbprint too", async () => {
    const driver = signingDriver([first]);
    const { thumbprint } = await (async () => {
      const { kms } = given(driver);
      return kms.getPublicKey(await kms.generateKey("it", ecdsa));
    })();
    const [row] = driver.capabilities.rows;
    Object.assign(driver, {
      capabilities: { ...driver.capabilities, rows: [row, { ...row, protection: "hsm" }] },
    });
    const { kms } = given(driver, { policy: { allowedProtection: ["hsm"] } });
    expect(await code(kms.getKey("it", "store/key", ecdsa))).toBe("POLICY_VIOLATION");
    expect(await code(kms.getKey("it", "store/key", { ...ecdsa, thumbprint }))).toBe("POLICY_VIOLATION");
  });
});

describe("refreshHandle", () => {
  it.each([
    ["protection", { protection: "hsm" }],
    ["origin", { origin: "imported" }],
    ["exportability", { exportable: true }],
    ["algorithm", { algorithms: ["Ed25519"] }],
    ["id", { id: "store/other" }],
    ["every version that the handle pins", { currentVersion: "7", versions: [version("7")] }],
  ])("is TAMPERED when what never changes has changed: %s", async (_what, change) => {
    const driver = keyedDriver();
    const { kms } = given(driver);
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    driver.record = { ...driver.record, ...(change as object) };
    expect(await code(kms.refreshHandle(key))).toBe("TAMPERED");
  });

  it("goes by what it pins where not every version is listed, or the provider does not say where material came from", async () => {
    const driver = keyedDriver();
    const { kms } = given(driver);
    const key = await kms.generateKey("it", { algorithm: "AES-256-GCM" });
    driver.record = { ...driver.record, currentVersion: "7", versions: [version("7")], versionsComplete: false };
    expect((await kms.refreshHandle(key)).keyId).toBe("store/key");
    driver.record = { ...driver.record, origin: "unknown" };
    const fresh = await kms.refreshHandle(key);
    const described = await kms.describeKey(fresh);
    expect([described.origin, described.findings]).toEqual(["generated", []]);
  });

  it("admits later versions under a higher revision; a handle opened from the old token keeps the old", async () => {
    const driver = signingDriver([first]);
    const { kms } = given(driver, { sealer });
    const key = await kms.generateKey("it", ecdsa);
    const token = await kms.sealHandle(key);
    driver.record = {
      ...driver.record,
      currentVersion: "2",
      versions: [version("1", pinned(first)), version("2", pinned(second))],
    };
    const fresh = await kms.refreshHandle(key);
    expect((await kms.getPublicKey(fresh)).keyVersion).toBe("2");
    driver.calls.length = 0;
    const old = await kms.openHandle(token);
    expect((await kms.getPublicKey(old)).keyVersion).toBe("1");
    expect(await code(kms.getPublicKey(old, { keyVersion: "2" }))).toBe("STALE_HANDLE");
    expect(await code(kms.openHandle(token, { minimumRevision: 2 }))).toBe("STALE_HANDLE");
    expect((await kms.openHandle(await kms.sealHandle(fresh), { minimumRevision: 2 })).keyId).toBe("store/key");
    expect(driver.calls).toEqual([]);
  });
});
