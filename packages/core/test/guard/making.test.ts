import { createDecipheriv, privateDecrypt, constants } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { KeyRecord, KmsDriver } from "../../src/driver.ts";
import { code, data, failure, gate, given, sealer, vendor } from "./given.ts";
import {
  keyedDriver,
  rsaPair,
  signingDriver,
  curvePair,
  version,
  type KeyedDriver,
  type KeyedOptions,
} from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const minute = 60_000;

describe("generateKey reads back what was made", () => {
  const asked = {
    ...aes,
    protection: "software",
    labels: { app: "orders" },
    activateAt: new Date("2026-07-01T00:00:00Z"),
    deactivateAt: new Date("2027-07-01T00:00:00Z"),
    rotateEveryDays: 90,
    destructionWindowDays: 14,
  } as const;
  const made: Partial<KeyRecord<never>> = {
    labels: { app: "orders" },
    versions: [version("1", { notBefore: asked.activateAt, notAfter: asked.deactivateAt })],
    rotateEveryDays: 90,
    destructionWindowDays: 14,
  };

  it("and answers a handle when every field is as asked for", async () => {
    const { kms } = given(keyedDriver({ record: made }));
    expect(await kms.generateKey("it", asked)).toMatchObject({ keyId: "store/key", protection: "software" });
  });

  const differences: readonly (readonly [string, Partial<KeyRecord<never>>])[] = [
    ["algorithm", { algorithms: ["HMAC-SHA256"] }],
    ["protection", { protection: "hsm" }],
    ["origin", { origin: "imported" }],
    ["exportable", { exportable: true }],
    ["a label's value", { labels: { app: "billing" } }],
    ["a missing label", { labels: {} }],
    ["a label more", { labels: { app: "orders", more: "1" } }],
    ["activateAt", { versions: [version("1", { notAfter: asked.deactivateAt })] }],
    ["deactivateAt", { versions: [version("1", { notBefore: asked.activateAt, notAfter: asked.activateAt })] }],
    ["rotateEveryDays", { rotateEveryDays: 365 }],
    ["destructionWindowDays", { destructionWindowDays: 30 }],
  ];
  it.each(differences)("and is TAMPERED, naming the unexpected key, when it differs in %s", async (_what, change) => {
    const driver = keyedDriver({ record: { ...made, ...change } });
    const { kms } = given(driver);
    expect(await failure(kms.generateKey("it", asked))).toMatchObject({
      code: "TAMPERED",
      outcome: "done",
      keyId: "store/key",
    });
    expect(driver.calls).toEqual(["describeKey"]);
  });

  it("and knows where material came from where the provider does not say", async () => {
    const { kms } = given(keyedDriver({ record: { ...made, origin: "unknown" } }));
    expect((await kms.describeKey(await kms.generateKey("it", asked))).origin).toBe("generated");
  });

  it("and compares options that the provider tells", async () => {
    const options = { multiRegion: true } as never;
    const record = { options: { multiRegion: false } as never };
    const { kms } = given(keyedDriver({ record }));
    expect(await code(kms.generateKey("it", { ...aes, options }))).toBe("TAMPERED");
    const { kms: mute } = given(keyedDriver({ record: { options: {} as never } }));
    expect((await mute.generateKey("it", { ...aes, options })).keyId).toBe("store/key");
  });

  it("and is TAMPERED when another key is described than was made", async () => {
    const driver = keyedDriver();
    Object.assign(driver, { createKey: async () => ({ ...driver.record, id: "store/new" }) });
    const { kms } = given(driver);
    expect(await failure(kms.generateKey("it", aes))).toMatchObject({
      code: "TAMPERED",
      outcome: "done",
      keyId: "store/new",
    });
  });

  it("and refuses protection that turns out not to be allowed, or a warning where policy refuses those", async () => {
    const driver = keyedDriver();
    const [row] = driver.capabilities.rows;
    Object.assign(driver, { capabilities: { ...driver.capabilities, rows: [row, { ...row, protection: "hsm" }] } });
    const { kms } = given(driver, { policy: { allowedProtection: ["hsm"] } });
    expect(await failure(kms.generateKey("it", aes))).toMatchObject({ code: "POLICY_VIOLATION", outcome: "done" });
    const warned = keyedDriver({ record: { findings: [{ what: "wide", severity: "warning" }] } });
    const { kms: strict } = given(warned, { policy: { refuseWarnings: true } });
    expect(await failure(strict.generateKey("it", aes))).toMatchObject({
      code: "POLICY_VIOLATION",
      keyId: "store/key",
    });
  });
});

describe("a key that takes its time", () => {
  const pending = { versions: [version("1", { native: "pending" })], state: "pending" } as const;

  it("is waited for", async () => {
    const driver = keyedDriver({ record: pending });
    const { kms, clock } = given(driver);
    const making = kms.generateKey("it", aes);
    const ready = { ...driver.record, state: "enabled" as const, versions: [version("1")] };
    let reads = 0;
    Object.assign(driver, { describeKey: async () => ((reads += 1) < 4 ? driver.record : ready) });
    expect((await clock.drain(making)).keyId).toBe("store/key");
    expect(reads).toBe(4);
  });

  it("is NOT_READY at the deadline, with its id and outcome done", async () => {
    const { kms, clock } = given(keyedDriver({ record: pending }));
    expect(await failure(clock.drain(kms.generateKey("it", aes, { timeoutMs: 5_000 })))).toMatchObject({
      code: "NOT_READY",
      keyId: "store/key",
      outcome: "done",
      retryable: false,
    });
    expect(await code(kms.getKey("it", "store/key", aes))).toBe("NOT_READY");
  });

  it("may be unknown to the provider at first", async () => {
    const driver = keyedDriver();
    let reads = 0;
    Object.assign(driver, {
      describeKey: async () => ((reads += 1) < 3 ? Promise.reject(vendor("NOT_FOUND")) : driver.record),
    });
    const { kms, clock } = given(driver);
    expect((await clock.drain(kms.generateKey("it", aes))).keyId).toBe("store/key");
  });

  it("is INVALID_STATE when the provider could not make it", async () => {
    const { kms } = given(keyedDriver({ record: { state: "failed", versions: [version("1", { native: "failed" })] } }));
    expect(await failure(kms.generateKey("it", aes))).toMatchObject({
      code: "INVALID_STATE",
      state: "destroyed",
      outcome: "done",
      keyId: "store/key",
    });
  });

  it("has an unknown outcome when making it was not answered, and is not tried again", async () => {
    let made = 0;
    const createKey = async (): Promise<never> => {
      made += 1;
      return gate<never>().promise;
    };
    const { kms, clock } = given(keyedDriver({ driver: { createKey } }));
    const ended = failure(kms.generateKey("it", aes));
    clock.advance(minute);
    const error = await ended;
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "unknown", retryable: false });
    expect(error.message).toMatch(/failed with DEADLINE_EXCEEDED\. Whether the change happened is not known\. Look at/);
    expect(made).toBe(1);
  });
});

describe("rotateKey", () => {
  const [first, second] = [curvePair("P-256"), curvePair("P-256")];
  const two = [version("1", { publicKey: first.spki }), version("2", { publicKey: second.spki })];
  const rotatable = (more: Partial<KmsDriver<never, never>>): KeyedDriver =>
    signingDriver([first, second], { record: { currentVersion: "1", versions: two.slice(0, 1) }, driver: more });
  const ecdsa = { algorithm: "ECDSA-P256-SHA256" } as const;

  it("waits for the version it made, promotes it, and signs with it through the new handle alone", async () => {
    const driver: KeyedDriver = rotatable({
      rotate: async () => ({ record: driver.record, version: "2" }),
      promote: async ({ version: name }) => {
        driver.calls.push(`promote ${name}`);
        driver.record = { ...driver.record, currentVersion: name };
        return driver.record;
      },
    });
    const { kms, clock } = given(driver);
    const key = await kms.generateKey("it", ecdsa);
    let reads = 0;
    Object.assign(driver, {
      describeKey: async () => {
        reads += 1;
        const native = reads < 3 ? "pending" : "enabled";
        driver.record = { ...driver.record, versions: [...two.slice(0, 1), version("2", { ...two[1], native })] };
        return driver.record;
      },
    });
    const rotated = await clock.drain(kms.rotateKey(key));
    expect(driver.calls.filter((name) => name.startsWith("promote"))).toEqual(["promote 2"]);
    expect(reads).toBe(3);
    expect((await kms.sign(rotated, data)).keyVersion).toBe("2");
    expect((await kms.sign(key, data)).keyVersion).toBe("1");
  });

  it("waits until another version is current where the driver cannot name the new one", async () => {
    let reads = 0;
    const driver: KeyedDriver = rotatable({ rotate: async () => ({ record: driver.record, version: undefined }) });
    const { kms, clock } = given(driver);
    const key = await kms.generateKey("it", ecdsa);
    const old = driver.record;
    Object.assign(driver, {
      describeKey: async () => ((reads += 1) < 3 ? old : { ...old, currentVersion: "2", versions: two }),
    });
    expect((await kms.sign(await clock.drain(kms.rotateKey(key)), data)).keyVersion).toBe("2");
  });

  it("is NOT_READY with the key id and outcome done when the version does not come in time", async () => {
    const driver: KeyedDriver = rotatable({ rotate: async () => ({ record: driver.record, version: undefined }) });
    const { kms, clock } = given(driver);
    const key = await kms.generateKey("it", ecdsa);
    expect(await failure(clock.drain(kms.rotateKey(key)))).toMatchObject({
      code: "NOT_READY",
      outcome: "done",
      keyId: "store/key",
    });
  });

  it("is INVALID_STATE when the new version failed, TAMPERED when another key answers", async () => {
    const driver: KeyedDriver = rotatable({ rotate: async () => ({ record: driver.record, version: "2" }) });
    const { kms } = given(driver);
    const key = await kms.generateKey("it", ecdsa);
    const record = driver.record;
    driver.record = { ...record, versions: [...record.versions, version("2", { native: "failed" })] };
    expect(await failure(kms.rotateKey(key))).toMatchObject({ code: "INVALID_STATE", outcome: "done" });
    driver.record = { ...record, id: "store/other" };
    expect(await failure(kms.rotateKey(key))).toMatchObject({ code: "TAMPERED", outcome: "done" });
  });

  it("has an unknown outcome when it was not answered", async () => {
    const driver = rotatable({ rotate: async () => gate<never>().promise });
    const { kms, clock } = given(driver);
    const ended = failure(kms.rotateKey(await kms.generateKey("it", ecdsa)));
    clock.advance(minute);
    expect(await ended).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "unknown", keyId: "store/key" });
  });
});

describe("replaceKey", () => {
  it("makes a key configured like the old one, which the new handle names and nobody touches", async () => {
    const confs: object[] = [];
    const driver = keyedDriver({
      record: { labels: { app: "orders" }, rotateEveryDays: 90, destructionWindowDays: 14 },
    });
    Object.assign(driver, {
      createKey: async (conf: object) => {
        confs.push({ ...conf });
        driver.record = { ...driver.record, id: `store/${confs.length}` };
        return driver.record;
      },
      describeKey: async (id: string) => ({ ...driver.record, id }),
    });
    const { kms } = given(driver, { sealer });
    const conf = { ...aes, labels: { app: "orders" }, rotateEveryDays: 90, destructionWindowDays: 14 };
    const key = await kms.generateKey("it", conf);
    const replaced = await kms.replaceKey(key);
    expect(replaced.keyId).toBe("store/2");
    expect(confs[1]).toEqual({ ...conf, protection: "software" });
    expect(sealer.open("key-handle", await kms.sealHandle(replaced))).toMatchObject({ replaces: "store/1" });
  });

  it("gives a driver without labels none: not even an empty list, which it would refuse", async () => {
    const seen: object[] = [];
    const driver = keyedDriver({ record: { labels: {} } });
    Object.assign(driver, {
      checkConf: (conf: object) => {
        seen.push(conf);
        return conf;
      },
      createKey: async () => (driver.record = { ...driver.record, id: `store/${seen.length}` }),
    });
    const { kms } = given(driver);
    await kms.replaceKey(await kms.generateKey("it", aes));
    expect(seen).toHaveLength(2);
    expect(seen[1]).not.toHaveProperty("labels");
  });
});

describe("importKey", () => {
  const material = Uint8Array.from({ length: 32 }, (_, at) => at);
  const importing = (more: Partial<KmsDriver<never, never>>, options: KeyedOptions = {}): KeyedDriver => {
    const driver: KeyedDriver = keyedDriver({
      ...options,
      row: { origin: "imported", operations: ["importKey", "encrypt"] },
      record: { origin: "imported", exportable: false },
      driver: { completeImport: async () => driver.record, ...more },
    });
    return driver;
  };

  it("hands over plain material where the ticket wants no wrap, as a copy that it wipes", async () => {
    let seen: Uint8Array = new Uint8Array(0);
    let copy: Uint8Array = seen;
    const driver: KeyedDriver = importing({
      beginImport: async () => ({ id: "store/key", wrap: "none", state: null }),
      completeImport: async (_ticket, _conf, bytes) => {
        seen = bytes;
        copy = bytes.slice();
        return driver.record;
      },
    });
    const { kms } = given(driver);
    expect((await kms.importKey("it", aes, material)).keyId).toBe("store/key");
    expect(copy).toEqual(material);
    expect(seen).toEqual(new Uint8Array(32));
    expect(material[31]).toBe(31);
  });

  it.each([
    ["RSA-OAEP-SHA256", "sha256"],
    ["RSA-AES-KWP-SHA1", "sha1"],
    ["RSA-AES-KWP-SHA256", "sha256"],
  ] as const)("wraps the material by %s under the ticket's key", async (wrap, oaepHash) => {
    const { privateKey, spki } = rsaPair(2048);
    const open = (bytes: Uint8Array): Uint8Array =>
      new Uint8Array(privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, bytes));
    const unwrap = (bytes: Uint8Array): Uint8Array => {
      if (wrap === "RSA-OAEP-SHA256") return open(bytes);
      const decipher = createDecipheriv(
        "id-aes256-wrap-pad",
        open(bytes.subarray(0, 256)),
        Buffer.from("A65959A6", "hex"),
      );
      return new Uint8Array(Buffer.concat([decipher.update(bytes.subarray(256)), decipher.final()]));
    };
    let unwrapped: Uint8Array = new Uint8Array(0);
    const driver: KeyedDriver = importing({
      beginImport: async () => ({ id: "store/key", wrap, publicKey: spki, state: null }),
      completeImport: async (_ticket, _conf, bytes) => {
        unwrapped = unwrap(bytes);
        return driver.record;
      },
    });
    await given(driver).kms.importKey("it", aes, material);
    expect(unwrapped).toEqual(material);
  });

  it("asks again for a wrapping key that is not ready, and never sends the material without one", async () => {
    const { spki } = rsaPair(2048);
    let asked = 0;
    const sent: Uint8Array[] = [];
    const begun = { id: "store/key", wrap: "RSA-OAEP-SHA256", state: null } as const;
    const driver: KeyedDriver = importing({
      beginImport: async () => begun,
      continueImport: async (ticket) => ((asked += 1) < 3 ? ticket : { ...ticket, publicKey: spki }),
      completeImport: async (_ticket, _conf, bytes) => {
        sent.push(bytes);
        return driver.record;
      },
    });
    const { kms, clock } = given(driver);
    await clock.drain(kms.importKey("it", aes, material));
    expect(asked).toBe(3);
    expect(sent.map(({ length }) => length)).toEqual([256]);
    const mute = given(importing({ beginImport: async () => begun })).kms;
    expect(await code(mute.importKey("it", aes, material))).toBe("NOT_READY");
  });

  it("says that something is there when it fails after the key was begun", async () => {
    const driver = importing({
      beginImport: async () => ({ id: "store/key", wrap: "none", state: null }),
      completeImport: async () => Promise.reject(vendor("PERMISSION_DENIED")),
    });
    expect(await failure(given(driver).kms.importKey("it", aes, material))).toMatchObject({
      code: "PERMISSION_DENIED",
      outcome: "done",
      keyId: "store/key",
    });
  });

  it("refuses symmetric material of another length than the algorithm's before the provider is asked", async () => {
    let begun = 0;
    const driver = importing({
      beginImport: async () => {
        begun += 1;
        return { id: "store/key", wrap: "none", state: null };
      },
    });
    const { kms } = given(driver);
    for (const length of [0, 16, 31, 33]) {
      expect(await code(kms.importKey("it", aes, new Uint8Array(length)))).toBe("INVALID_ARGUMENT");
    }
    expect(begun).toBe(0);
  });

  it("is UNSUPPORTED where no row claims it, and TAMPERED when what is read back was generated", async () => {
    expect(await code(given(keyedDriver()).kms.importKey("it", aes, material))).toBe("UNSUPPORTED");
    const driver = importing({ beginImport: async () => ({ id: "store/key", wrap: "none", state: null }) });
    driver.record = { ...driver.record, origin: "generated" };
    expect(await failure(given(driver).kms.importKey("it", aes, material))).toMatchObject({
      code: "TAMPERED",
      outcome: "done",
    });
  });
});
