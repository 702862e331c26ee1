import fc from "fast-check";
import type { Algorithm, DriverListing, KeyConf } from "@kms/core/driver";
import { describe, expect, it } from "vitest";
import { memoryStore, selfManagedKms } from "../src/index.ts";
import { call, codeOf, dayMs, driverOver, failure, makeKey, start, type Driver } from "./fixture.ts";

const hostile = [
  "",
  "../x",
  "a/b",
  "a\0",
  "a\n",
  "-a",
  "A",
  "ä",
  "a".repeat(64),
  "x".repeat(10_000_000),
  "__proto__",
  " a",
  "a ",
];

describe("making keys", () => {
  it("answers the record that describeKey then reads", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const conf = {
      name: "orders",
      labels: { app: "shop" },
      exportable: true,
      rotateEveryDays: 90,
      destructionWindowDays: 14,
    };
    const made = await driver.createKey(driver.checkConf({ ...conf, algorithm: "ECDSA-P256-SHA256" }), call());
    expect(made).toMatchObject({
      id: `${store.storeId}/orders`,
      native: "ECDSA-P256-SHA256",
      algorithms: ["ECDSA-P256-SHA256"],
      protection: "software",
      origin: "generated",
      exportable: true,
      state: "enabled",
      currentVersion: "1",
      versionsComplete: true,
      labels: { app: "shop" },
      rotateEveryDays: 90,
      destructionWindowDays: 14,
      createdAt: new Date(start),
    });
    expect(await driver.describeKey(made.id, call())).toEqual(made);
    expect(await driver.describeKey("orders", call())).toEqual(made);
  });

  it("keeps the dates of the configuration, and refuses those that contradict", async () => {
    const driver = await driverOver();
    const [activateAt, deactivateAt] = [new Date(start + dayMs), new Date(start + 2 * dayMs)];
    const key = await makeKey(driver, "AES-256-GCM", { activateAt, deactivateAt });
    const [version] = (await driver.describeKey(key.id, call())).versions;
    expect([version?.native, version?.notBefore, version?.notAfter]).toEqual(["enabled", activateAt, deactivateAt]);
    expect(
      await codeOf(() => makeKey(driver, "AES-256-GCM", { activateAt: deactivateAt, deactivateAt: activateAt })),
    ).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => makeKey(driver, "AES-256-GCM", { deactivateAt: new Date(start) }))).toBe(
      "INVALID_ARGUMENT",
    );
  });

  it("refuses a taken name, to the second of two at once as well, and gives a repeated call its own key", async () => {
    const driver = await driverOver();
    const first = await makeKey(driver, "AES-256-GCM", { name: "one" }, { idempotencyToken: "first" });
    expect(await codeOf(() => makeKey(driver, "AES-256-GCM", { name: "one" }))).toBe("ALREADY_EXISTS");
    expect(await makeKey(driver, "AES-256-GCM", { name: "one" }, { idempotencyToken: "first" })).toEqual(first);
    const raced = await Promise.allSettled([1, 2, 3].map(() => makeKey(driver, "ECDH-P256", { name: "two" })));
    expect(raced.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const twice = await Promise.all(
      [1, 2].map(() => makeKey(driver, "ECDH-P256", { name: "three" }, { idempotencyToken: "same" })),
    );
    expect(twice[0]).toEqual(twice[1]);
  });

  it("refuses hostile names, and does not repeat them", async () => {
    const driver = await driverOver();
    for (const name of hostile) {
      const error = await failure(() => makeKey(driver, "AES-256-GCM", { name }));
      expect([error.code, error.message.length < 200, error.keyId]).toEqual(["INVALID_ARGUMENT", true, undefined]);
    }
    const nameless = driver.checkConf({ algorithm: "AES-256-GCM" });
    expect(await codeOf(() => driver.createKey(nameless, call()))).toBe("INVALID_ARGUMENT");
  });
});

describe("checkConf", () => {
  const codeFor = async (driver: Driver, conf: KeyConf<Algorithm, unknown>): Promise<string> =>
    codeOf(() => driver.checkConf(conf));

  it("refuses options, what own keys cannot be, and numbers that are no counts of days", async () => {
    const driver = await driverOver();
    expect(await codeFor(driver, { algorithm: "AES-256-GCM", options: {} })).toBe("INVALID_ARGUMENT");
    expect(await codeFor(driver, { algorithm: "AES-256-GCM", options: null })).toBe("INVALID_ARGUMENT");
    expect(await codeFor(driver, { algorithm: "ML-DSA-65" })).toBe("UNSUPPORTED");
    expect(await codeFor(driver, { algorithm: "toString" as Algorithm })).toBe("UNSUPPORTED");
    expect(await codeFor(driver, { algorithm: "AES-256-GCM", protection: "hsm" })).toBe("UNSUPPORTED");
    expect(await codeFor(driver, { algorithm: "AES-256-GCM", protection: "external" })).toBe("UNSUPPORTED");
    for (const days of [6, 121, 7.5, Number.NaN]) {
      expect(await codeFor(driver, { algorithm: "AES-256-GCM", destructionWindowDays: days })).toBe("INVALID_ARGUMENT");
    }
    for (const days of [0, -1, 1.5]) {
      expect(await codeFor(driver, { algorithm: "AES-256-GCM", rotateEveryDays: days })).toBe("INVALID_ARGUMENT");
    }
  });

  it("answers the same configuration otherwise, without options", async () => {
    const driver = await driverOver();
    const conf = { algorithm: "Ed25519", protection: "software", name: "a", rotateEveryDays: 1 } as const;
    expect(driver.checkConf(conf)).toEqual(conf);
    expect(Object.keys(driver.checkConf({ ...conf, options: undefined }))).not.toContain("options");
  });
});

describe("reading keys", () => {
  it("is INVALID_ARGUMENT for a reference that is no id and no name, NOT_FOUND for one that names nothing here", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM", { name: "here" });
    const malformed = [
      ...hostile,
      `${key.id}/`,
      `${key.id}/1`,
      `/${key.id}`,
      key.id.toUpperCase(),
      key.id.replace("/", "//"),
    ];
    for (const reference of malformed) {
      const error = await failure(() => driver.describeKey(reference, call()));
      expect([error.code, error.message.length < 200, error.keyId]).toEqual(["INVALID_ARGUMENT", true, undefined]);
    }
    expect(await codeOf(() => driver.describeKey("absent", call()))).toBe("NOT_FOUND");
    expect(await codeOf(() => driver.describeKey(`${"0".repeat(32)}/here`, call()))).toBe("NOT_FOUND");
  });

  it("lists every key with labels, algorithm, state and date, destroyed ones too", async () => {
    const driver = await driverOver();
    const one = await makeKey(driver, "AES-256-GCM", { name: "one", labels: { app: "x" } });
    const two = await makeKey(driver, "Ed25519", { name: "two" }, { now: start + dayMs });
    await driver.setEnabled(two, undefined, false, call());
    const listed: DriverListing[] = [];
    for await (const entry of driver.listKeys(call())) listed.push(entry);
    expect(listed).toEqual([
      { id: one.id, labels: { app: "x" }, algorithms: ["AES-256-GCM"], state: "enabled", createdAt: new Date(start) },
      { id: two.id, labels: {}, algorithms: ["Ed25519"], state: "disabled", createdAt: new Date(start + dayMs) },
    ]);
  });

  it("shows a rotation that is overdue as a warning, from its very day on and until it is done", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM", { rotateEveryDays: 30 });
    const findings = async (days: number): Promise<readonly (readonly [string, string])[]> =>
      ((await driver.describeKey(key.id, call({ now: start + days * dayMs }))).findings ?? []).map(
        ({ what, severity }) => [what, severity],
      );
    expect([await findings(29.9), await findings(30)]).toEqual([[], [["rotation overdue", "warning"]]]);
    await driver.rotate(key, call({ now: start + 30 * dayMs }));
    expect(await findings(31)).toEqual([]);
  });

  it("gives copies: what a caller does to a public key or a label changes nothing", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "Ed25519", { labels: { app: "x" } });
    const first = await driver.describeKey(key.id, call());
    first.versions[0]?.publicKey?.fill(0);
    (first.labels as Record<string, string>)["app"] = "y";
    (await driver.getPublicKey(key, call())).bytes.fill(0);
    const again = await driver.describeKey(key.id, call());
    expect([again.labels, again.versions[0]?.publicKey?.some((byte) => byte !== 0)]).toEqual([{ app: "x" }, true]);
    expect((await driver.getPublicKey(key, call())).bytes.some((byte) => byte !== 0)).toBe(true);
  });

  it("has no public key for symmetric keys", async () => {
    const driver = await driverOver();
    const key = await makeKey(driver, "AES-256-GCM");
    expect(await codeOf(() => driver.getPublicKey(key, call()))).toBe("UNSUPPORTED");
    expect(await codeOf(() => driver.getPublicKey({ ...key, version: "2" }, call()))).toBe("NOT_FOUND");
  });
});

describe("ids and versions", () => {
  it("a key id carries its store's id, which is the scope that this driver alone serves", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const key = await makeKey(driver, "AES-256-GCM", { name: "a" });
    expect([driver.scopeOf(key.id), driver.serves(store.storeId), driver.serves(memoryStore().storeId)]).toEqual([
      store.storeId,
      true,
      false,
    ]);
    expect([driver.sameKey(key.id, key.id), driver.sameKey(key.id, `${key.id}x`)]).toEqual([true, false]);
    for (const id of hostile) expect(await codeOf(() => driver.scopeOf(id))).toBe("INVALID_ARGUMENT");
  });

  it("versions are decimal numbers from 1 on, of at most ten digits", async () => {
    const { isVersion } = await driverOver();
    fc.assert(fc.property(fc.integer({ min: 1, max: 9_999_999_999 }), (number) => isVersion(String(number))));
    fc.assert(
      fc.property(fc.string(), (text) => isVersion(text) === (/^[1-9]\d{0,9}$/.test(text) && !text.includes("\n"))),
    );
    for (const text of [
      "",
      "0",
      "01",
      "-1",
      "1.0",
      "1e3",
      " 1",
      "1 ",
      "1\n",
      "٣",
      "1".repeat(11),
      "1".repeat(10_000_000),
    ]) {
      expect(isVersion(text)).toBe(false);
    }
  });

  it("no text makes the parsers of ids throw anything but INVALID_ARGUMENT, and what they accept they give back", async () => {
    const driver = await driverOver();
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.stringMatching(/^[0-9a-f]{32}\/[a-z0-9-]{1,70}$/),
    );
    await fc.assert(
      fc.asyncProperty(text, async (id) => {
        try {
          expect(id.startsWith(`${driver.scopeOf(id)}/`)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
        }
        expect(["INVALID_ARGUMENT", "NOT_FOUND"]).toContain(await codeOf(() => driver.describeKey(id, call())));
      }),
    );
  });

  it("a driver needs a store with an id of 128 bits", async () => {
    const wrong = [
      undefined,
      {},
      { ...memoryStore(), storeId: "abc" },
      { ...memoryStore(), storeId: "../".repeat(11) },
    ];
    for (const store of wrong) expect(await codeOf(() => selfManagedKms({ store } as never))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(() => selfManagedKms(undefined as never))).toBe("INVALID_ARGUMENT");
  });
});

describe("random bytes", () => {
  it("come 1 to 1,048,576 at a time, never the same, in memory of their own", async () => {
    const driver = await driverOver();
    for (const length of [1, 32, 1_048_576]) {
      const bytes = await driver.generateRandom(length, call());
      expect([bytes.length, bytes.buffer.byteLength]).toEqual([length, length]);
    }
    const seen = new Set<string>();
    for (let count = 0; count < 1000; count += 1) {
      seen.add(Buffer.from(await driver.generateRandom(16, call())).toString("hex"));
    }
    expect(seen.size).toBe(1000);
    for (const length of [0, -1, 1.5, Number.NaN, 1_048_577]) {
      expect(await codeOf(() => driver.generateRandom(length, call()))).toBe("INVALID_ARGUMENT");
    }
  });
});
