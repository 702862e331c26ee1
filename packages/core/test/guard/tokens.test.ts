import { describe, expect, it } from "vitest";
import { createKms, hmacSealer, type Sealer } from "../../src/index.ts";
import { fakeDriver, TestClock } from "./fake-driver.ts";
import { code, data, failure, gate, given, sealer } from "./given.ts";
import { keyedDriver, version } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

describe("openHandle", () => {
  it("makes no call, also with use-only rights", async () => {
    const driver = keyedDriver({ row: { version: "provider" } });
    const { kms } = given(driver, { sealer });
    const token = await kms.sealHandle(await kms.generateKey("it", aes));
    driver.calls.length = 0;
    const { kms: user } = given(driver, { sealer });
    const key = await user.openHandle(token, aes);
    await user.decrypt(key, await user.encrypt(key, data));
    expect(driver.calls).toEqual(["encrypt", "decrypt"]);
  });

  it("refuses another algorithm than expected, and floors that are not reached", async () => {
    const { kms, clock } = given(keyedDriver(), { sealer });
    const token = await kms.sealHandle(await kms.generateKey("it", aes));
    const issued = clock.now();
    expect(await code(kms.openHandle(token, { algorithm: "Ed25519" }))).toBe("TAMPERED");
    expect(await code(kms.openHandle(token, { notIssuedBefore: new Date(issued + 1) }))).toBe("STALE_HANDLE");
    expect(await code(kms.openHandle(token, { minimumRevision: 2 }))).toBe("STALE_HANDLE");
    expect((await kms.openHandle(token, { notIssuedBefore: new Date(issued), minimumRevision: 1 })).keyId).toBe(
      "store/key",
    );
  });

  it("refuses a genuine token in the wrong place: audience, kind, scope", async () => {
    const { kms } = given(keyedDriver(), { sealer, audience: "app" });
    const token = await kms.sealHandle(await kms.generateKey("it", aes));
    const places = [
      given(keyedDriver(), { sealer, audience: "other" }),
      given(keyedDriver(), { sealer }),
      given(keyedDriver({ claims: { kind: "aws-kms" } }), { sealer, audience: "app" }),
      given(keyedDriver({ driver: { scopeOf: () => "elsewhere" } }), { sealer, audience: "app" }),
      given(keyedDriver({ driver: { serves: () => false } }), { sealer, audience: "app" }),
    ];
    for (const place of places) expect(await code(place.kms.openHandle(token))).toBe("POLICY_VIOLATION");
    const without = given(keyedDriver(), { sealer });
    const plain = await without.kms.sealHandle(await without.kms.generateKey("it", aes));
    expect(await code(kms.openHandle(plain))).toBe("POLICY_VIOLATION");
  });

  it("asks which provider is meant when two fit, and takes no other than the one named", async () => {
    const clock = new TestClock();
    const kms = createKms({
      providers: { a: keyedDriver(), b: keyedDriver(), c: fakeDriver({ kind: "other" }) },
      sealer,
      clock,
    });
    const token = await kms.sealHandle(await kms.generateKey("a", aes));
    expect(await code(kms.openHandle(token))).toBe("INVALID_ARGUMENT");
    expect((await kms.openHandle(token, { provider: "b" })).provider).toBe("b");
    expect(await code(kms.openHandle(token, { provider: "c" }))).toBe("POLICY_VIOLATION");
    expect(await code(kms.openHandle(token, { provider: "d" as "a" }))).toBe("INVALID_ARGUMENT");
  });

  it("refuses another sealer's tokens, other kinds of token, and what is no token", async () => {
    const { kms } = given(keyedDriver(), { sealer });
    const key = await kms.generateKey("it", aes);
    const token = await kms.sealHandle(key);
    const foreign = hmacSealer({ keys: [{ kid: "test", secret: new Uint8Array(32).fill(1) }] });
    expect(await code(given(keyedDriver(), { sealer: foreign }).kms.openHandle(token))).toBe("TAMPERED");
    expect(await code(kms.openHandle(await kms.sealKeyConf("it", aes)))).toBe("TAMPERED");
    expect(await code(kms.openHandle(`${token}A`))).toBe("TAMPERED");
    for (const bad of [undefined, null, 1, "", {}]) {
      expect(await code(kms.openHandle(bad as string))).toBe("INVALID_ARGUMENT");
    }
    for (const expected of [
      null,
      1,
      { wide: true },
      { algorithm: "AES" },
      { minimumRevision: 1.5 },
      { notIssuedBefore: 1 },
    ]) {
      expect([expected, await code(kms.openHandle(token, expected as never))]).toEqual([expected, "INVALID_ARGUMENT"]);
    }
  });

  it("needs a sealer, like sealing", async () => {
    const { kms } = given(keyedDriver());
    const key = await kms.generateKey("it", aes);
    const aborted = { signal: AbortSignal.abort() };
    expect(await failure(kms.sealHandle(key, aborted))).toMatchObject({ code: "CANCELLED", operation: "describeKey" });
    const refused = [
      kms.sealHandle(key),
      kms.openHandle("x"),
      kms.sealKeyConf("it", aes),
      kms.sealHandle(key, { more: 1 } as object),
    ].map(async (promise) => failure(promise));
    const found = (await Promise.all(refused)).map(({ code: refusal, operation }) => [refusal, operation]);
    expect(found).toEqual([
      ["INVALID_ARGUMENT", "describeKey"],
      ["INVALID_ARGUMENT", "getKey"],
      ["INVALID_ARGUMENT", "generateKey"],
      ["INVALID_ARGUMENT", "describeKey"],
    ]);
  });

  it("ends at its deadline, and when it is cancelled, whatever the sealer does", async () => {
    const held: Sealer = { seal: async () => gate<string>().promise, open: async () => gate<null>().promise };
    const { kms, clock } = given(keyedDriver(), { sealer: held });
    const key = await kms.generateKey("it", aes);
    const controller = new AbortController();
    const ended = [
      kms.sealHandle(key, { timeoutMs: 500 }),
      kms.openHandle("x", undefined, { timeoutMs: 500 }),
      kms.sealHandle(key, { signal: controller.signal }),
    ].map(async (promise) => Promise.race([code(promise), new Promise((resolve) => setImmediate(resolve, "nothing"))]));
    clock.advance(500);
    controller.abort();
    expect(await Promise.all(ended)).toEqual(["DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", "CANCELLED"]);
  });
});

describe("a handle", () => {
  it("is frozen, and a copy or look-alike is refused", async () => {
    const { kms } = given(keyedDriver());
    const key = await kms.generateKey("it", aes);
    expect(Object.isFrozen(key)).toBe(true);
    expect(Object.keys(key).sort()).toEqual(["algorithm", "keyId", "protection", "provider"]);
    const forged = Object.assign(Object.create(Object.getPrototypeOf(key) as object) as object, key);
    const proxied = new Proxy(key, {});
    for (const bad of [{ ...key }, structuredClone({ ...key }), forged, proxied, null, undefined, "store/key", 1]) {
      expect(await code(kms.encrypt(bad as typeof key, data))).toBe("INVALID_ARGUMENT");
    }
  });

  it("of another Kms is refused, also over the very same driver", async () => {
    const driver = keyedDriver();
    const key = await given(driver).kms.generateKey("it", aes);
    expect(await code(given(driver).kms.encrypt(key, data))).toBe("INVALID_ARGUMENT");
  });

  it("keeps its restriction through sealing, refreshing and restricting again", async () => {
    const { kms } = given(keyedDriver(), { sealer });
    const key = await kms.generateKey("it", aes);
    const narrow = kms.restrictKey(key, { operations: ["decrypt"] });
    const opened = await kms.openHandle(await kms.sealHandle(narrow), aes);
    const refreshed = await kms.refreshHandle(opened);
    const again = kms.restrictKey(refreshed, { operations: ["encrypt", "decrypt"] });
    for (const restricted of [narrow, opened, refreshed, again]) {
      expect(await code(kms.encrypt(restricted, data))).toBe("POLICY_VIOLATION");
      expect(await kms.decrypt(restricted, await kms.encrypt(key, data))).toEqual(data);
    }
  });
});

describe("a sealed key configuration", () => {
  const conf = {
    ...aes,
    labels: { app: "orders" },
    activateAt: new Date("2026-07-01T00:00:00.000Z"),
    options: { a: [1] } as never,
  };

  it("opens as it was sealed, frozen through and through", async () => {
    const { kms } = given(keyedDriver(), { sealer });
    const opened = await kms.openKeyConf(await kms.sealKeyConf("it", conf), { provider: "it", ...aes });
    expect(opened).toEqual(conf);
    expect([opened, opened.labels, opened.options].map((part) => Object.isFrozen(part))).toEqual([true, true, true]);
  });

  it("is sealed for what can only be imported as well, and for nothing that cannot be had", async () => {
    const { kms } = given(keyedDriver({ row: { origin: "imported", operations: ["importKey", "encrypt"] } }), {
      sealer,
    });
    const opened = await kms.openKeyConf(await kms.sealKeyConf("it", conf), { provider: "it", ...aes });
    expect(opened).toEqual(conf);
    const { kms: neither } = given(keyedDriver({ row: { origin: "imported", operations: ["encrypt"] } }), { sealer });
    expect(await code(neither.sealKeyConf("it", conf))).toBe("UNSUPPORTED");
  });

  it("is refused for another kind, another audience, another algorithm, and when altered", async () => {
    const { kms } = given(keyedDriver(), { sealer, audience: "app" });
    const token = await kms.sealKeyConf("it", conf);
    const expected = { provider: "it", algorithm: "AES-256-GCM" } as const;
    const kind = given(keyedDriver({ claims: { kind: "aws-kms" } }), { sealer, audience: "app" }).kms;
    expect(await code(kind.openKeyConf(token, expected))).toBe("POLICY_VIOLATION");
    expect(await code(given(keyedDriver(), { sealer }).kms.openKeyConf(token, expected))).toBe("POLICY_VIOLATION");
    expect(await code(kms.openKeyConf(token, { provider: "it", algorithm: "Ed25519" }))).toBe("TAMPERED");
    expect(await code(kms.openKeyConf(token.slice(0, -2), expected))).toBe("TAMPERED");
    for (const bad of [undefined, null, {}, { provider: "x" }, { provider: "it", more: 1 }]) {
      expect(await code(kms.openKeyConf(token, bad as typeof expected))).toBe("INVALID_ARGUMENT");
    }
  });

  it("is TAMPERED when a genuine seal stands over what is no configuration", async () => {
    const { kms } = given(keyedDriver(), { sealer });
    const claims = [
      null,
      [],
      "x",
      {},
      { kind: "fake" },
      { kind: "fake", conf: null },
      { kind: "fake", conf: { algorithm: "AES" } },
    ];
    const dated = { kind: "fake", conf: { ...aes, activateAt: 5 } };
    for (const claim of [...claims, dated]) {
      const token = sealer.seal("key-conf", claim);
      expect([claim, await code(kms.openKeyConf(token, { provider: "it" }))]).toEqual([claim, "TAMPERED"]);
    }
  });
});

describe("a driver's version grammar", () => {
  it("is asked before a version reaches the driver", async () => {
    const { kms } = given(keyedDriver({ record: { versions: [version("1")] } }));
    const key = await kms.generateKey("it", aes);
    for (const keyVersion of ["", "../1", "1\n", "1".repeat(10_000_000), 1, null, {}]) {
      const used = kms.decryptNative(key, data, {}, { keyVersion: keyVersion as string });
      expect(await code(used)).toBe("INVALID_ARGUMENT");
    }
  });
});
