import { createHmac, createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { selfManagedAlgorithms, type SelfManagedAlgorithm } from "../../src/algorithms.ts";
import { memoryStore, type StoredKey } from "../../src/index.ts";
import { call, codeOf, dayMs, driverOver, failure, makeKey, start } from "../fixture.ts";
import { given, importInto, materialFor, pkcs8, referenceOf } from "../given-keys.ts";

const message = Buffer.from("a message");

describe("importing a key", () => {
  it.each(selfManagedAlgorithms)(
    "%s: reads back as imported, Active, with the public half of its material",
    async (algorithm) => {
      const driver = await driverOver();
      const made = await importInto(driver, { algorithm, name: "mine", labels: { app: "x" } }, materialFor(algorithm));
      expect(made).toMatchObject({ origin: "imported", exportable: false, state: "enabled", labels: { app: "x" } });
      expect(await driver.describeKey("mine", call())).toEqual(made);
      expect(made.versions[0]?.publicKey === undefined).toBe(/^(AES|HMAC)/.test(algorithm));
    },
  );

  it("records import, then activation, with actor, reason and date", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const { id } = await importInto(
      driver,
      { algorithm: "AES-256-GCM" },
      materialFor("AES-256-GCM"),
      call({ actor: "alice", reason: "ticket 7" }),
    );
    const { versions } = store.get(id) as StoredKey;
    const entry = { at: start, actor: "alice", reason: "ticket 7", revocation: undefined };
    expect(versions[0]?.history).toEqual([
      { ...entry, event: "import", from: undefined, to: "pre-activation" },
      { ...entry, event: "activate", from: "pre-activation", to: "active" },
    ]);
  });

  it("does with the key what its material does elsewhere", async () => {
    const driver = await driverOver();
    const mac = referenceOf(
      await importInto(driver, { algorithm: "HMAC-SHA384" }, materialFor("HMAC-SHA384")),
      "HMAC-SHA384",
    );
    expect(Buffer.from((await driver.generateMac(mac, message, call())).bytes)).toEqual(
      createHmac("sha384", materialFor("HMAC-SHA384")).update(message).digest(),
    );
    const pair = referenceOf(await importInto(driver, { algorithm: "Ed25519" }, materialFor("Ed25519")), "Ed25519");
    const signature = await driver.sign(pair, { kind: "message", bytes: message }, call());
    expect(verify(null, message, createPublicKey(given("ed25519")), signature.bytes)).toBe(true);
  });

  it("keeps a copy: what becomes of the bytes that were given changes nothing", async () => {
    const driver = await driverOver();
    const material = materialFor("HMAC-SHA256");
    const key = referenceOf(await importInto(driver, { algorithm: "HMAC-SHA256" }, material), "HMAC-SHA256");
    material.fill(0);
    expect(Buffer.from((await driver.generateMac(key, message, call())).bytes)).toEqual(
      createHmac("sha256", materialFor("HMAC-SHA256")).update(message).digest(),
    );
  });

  it("keeps the dates of the configuration, and refuses an end that has passed", async () => {
    const driver = await driverOver();
    const [activateAt, deactivateAt] = [new Date(start + dayMs), new Date(start + 2 * dayMs)];
    const conf = { algorithm: "AES-256-GCM", activateAt, deactivateAt } as const;
    const { versions } = await importInto(driver, conf, materialFor("AES-256-GCM"));
    expect(versions[0]).toMatchObject({ native: "enabled", notBefore: activateAt, notAfter: deactivateAt });
    const over = { algorithm: "AES-256-GCM", deactivateAt: new Date(start) } as const;
    expect(await codeOf(() => importInto(driver, over, materialFor("AES-256-GCM")))).toBe("INVALID_ARGUMENT");
  });

  it("gives a repeated call its own key, and refuses a name that is or was taken", async () => {
    const driver = await driverOver();
    const conf = { algorithm: "AES-256-GCM", name: "one" } as const;
    const first = await importInto(driver, conf, materialFor("AES-256-GCM"), call({ idempotencyToken: "same" }));
    expect(await importInto(driver, conf, materialFor("AES-256-GCM"), call({ idempotencyToken: "same" }))).toEqual(
      first,
    );
    expect(await codeOf(() => importInto(driver, conf, materialFor("AES-256-GCM")))).toBe("ALREADY_EXISTS");
    expect(await codeOf(() => makeKey(driver, "AES-256-GCM", { name: "one" }))).toBe("ALREADY_EXISTS");
  });

  it("rotates to material of its own, reads the old, and stays imported", async () => {
    const store = memoryStore();
    const driver = await driverOver(store);
    const key = referenceOf(
      await importInto(driver, { algorithm: "HMAC-SHA256" }, materialFor("HMAC-SHA256")),
      "HMAC-SHA256",
    );
    const old = await driver.generateMac(key, message, call());
    const { record } = await driver.rotate(key, call());
    expect([record.origin, record.currentVersion]).toEqual(["imported", "2"]);
    expect((await driver.verifyMac(key, message, old.bytes, call())).valid).toBe(true);
    const { versions } = store.get(key.id) as StoredKey;
    expect(versions.map(({ history }) => history[0]?.event)).toEqual(["import", "generate"]);
  });

  it("takes no wrapped material and no further version of a key", async () => {
    const driver = await driverOver();
    const conf = driver.checkConf({ algorithm: "AES-256-GCM", name: "x" });
    const wrapped = { id: undefined, wrap: "RSA-OAEP-SHA256", state: null } as const;
    expect(await codeOf(() => driver.completeImport(wrapped, conf, materialFor("AES-256-GCM"), call()))).toBe(
      "INVALID_ARGUMENT",
    );
    const key = await makeKey(driver, "AES-256-GCM");
    expect(await codeOf(() => driver.beginImport(conf, key, call()))).toBe("UNSUPPORTED");
  });
});

const filled = (lengthBytes: number): Uint8Array => new Uint8Array(lengthBytes).fill(7);
const wrong: readonly (readonly [string, SelfManagedAlgorithm, () => Uint8Array])[] = [
  ["no bytes", "AES-256-GCM", () => filled(0)],
  ["16 bytes", "AES-256-GCM", () => filled(16)],
  ["33 bytes", "AES-256-KWP", () => filled(33)],
  ["all zeros", "AES-256-GCM", () => new Uint8Array(32)],
  ["all zeros", "HMAC-SHA512", () => new Uint8Array(64)],
  ["the length of another digest", "HMAC-SHA384", () => filled(32)],
  ["raw bytes", "Ed25519", () => filled(32)],
  ["a key on another curve", "ECDSA-P256-SHA256", () => pkcs8(given("P-384"))],
  ["a key of another type", "ECDSA-P256-SHA256", () => pkcs8(given("ed25519"))],
  ["an RSA key of another size", "RSA-PSS-3072-SHA256", () => pkcs8(given("rsa"))],
  ["an RSA key of 1024 bits", "RSA-PSS-2048-SHA256", () => pkcs8(given("rsa", 1024))],
  ["a key restricted to PSS", "RSA-PSS-2048-SHA256", () => pkcs8(given("rsa-pss"))],
  ["an X25519 key", "Ed25519", () => pkcs8(given("x25519"))],
  ["an Ed448 key", "Ed25519", () => pkcs8(given("ed448"))],
  ["a DSA key", "ECDSA-P256-SHA256", () => pkcs8(given("dsa"))],
  ["explicit curve parameters", "ECDSA-P256-SHA256", () => pkcs8(given("explicit"))],
  ["a public key", "ECDSA-P256-SHA256", () => createPublicKey(given("P-256")).export({ type: "spki", format: "der" })],
  ["bytes behind the key", "ECDH-P256", () => Buffer.concat([pkcs8(given("P-256")), filled(1)])],
  ["a key cut off", "ECDH-P256", () => pkcs8(given("P-256")).subarray(0, -1)],
];

describe("material that is refused", () => {
  it.each(wrong)(
    "%s as %s: INVALID_ARGUMENT without a byte of it, and nothing is stored",
    async (_, algorithm, material) => {
      const store = memoryStore();
      const driver = await driverOver(store);
      const bytes = material();
      const error = await failure(() => importInto(driver, { algorithm, name: "x" }, bytes));
      expect(error.code).toBe("INVALID_ARGUMENT");
      const shown = `${error.message} ${String(error.cause)} ${error.stack}`;
      expect(shown).not.toContain(Buffer.from(bytes.subarray(-8)).toString("hex") || "no bytes");
      expect([...(store.list() as Iterable<StoredKey>)]).toEqual([]);
    },
  );
});
