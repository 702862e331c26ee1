import { describe, expect, it } from "vitest";
import { describeCiphertext, providerAssociatedData } from "../../src/index.ts";
import type { AssociatedData, Target } from "../../src/driver.ts";
import { encodeHeader } from "../../src/keys/ciphertext-header.ts";
import { fakeDriver } from "./fake-driver.ts";
import { code, data, failure, gate, given, sealer, settle, vendor } from "./given.ts";
import { keyedDriver, version, type KeyedDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;

/** What `encrypt` and `decrypt` of a fake driver were given. */
const watched = (): {
  readonly seen: { key: Target; bytes: Uint8Array; bound: AssociatedData }[];
  readonly driver: object;
} => {
  const good = fakeDriver();
  const seen: { key: Target; bytes: Uint8Array; bound: AssociatedData }[] = [];
  const driver = {
    encrypt: (...[key, bytes, bound, call]: Parameters<NonNullable<typeof good.encrypt>>) => {
      seen.push({ key, bytes: bytes.slice(), bound });
      return good.encrypt?.(key, bytes, bound, call);
    },
    decrypt: (...[key, bytes, bound, call]: Parameters<NonNullable<typeof good.decrypt>>) => {
      seen.push({ key, bytes: bytes.slice(), bound });
      return good.decrypt?.(key, bytes, bound, call);
    },
  };
  return { seen, driver };
};

describe("what the provider sees of a ciphertext", () => {
  it("is the caller's entries plus the digest of the header, as map and as bytes", async () => {
    const { seen, driver } = watched();
    const { kms } = given(keyedDriver({ driver }));
    const key = await kms.generateKey("it", aes);
    const ciphertext = await kms.encrypt(key, data, { tenant: "42" });
    const expected = providerAssociatedData(ciphertext, { tenant: "42" });
    expect(Object.keys(expected)).toEqual(["tenant", "kms-header"]);
    expect({ ...seen[0]?.bound.map }).toEqual({ ...expected });
    await kms.decrypt(key, ciphertext, { tenant: "42" });
    expect({ ...seen[1]?.bound.map }).toEqual({ ...expected });
    expect(seen[1]?.bound.bytes).toEqual(seen[0]?.bound.bytes);
    expect(seen[1]?.bytes).toEqual(describeCiphertext(ciphertext).providerCiphertext);
  });

  it("differs between versions where the caller names them, and is constant where the provider picks", async () => {
    const { seen, driver } = watched();
    const caller = keyedDriver({ driver });
    const { kms } = given(caller, { maxStateAgeMs: 0 });
    const key = await kms.generateKey("it", aes);
    await kms.encrypt(key, data);
    caller.record = { ...caller.record, currentVersion: "2", versions: [version("1"), version("2")] };
    await kms.encrypt(await kms.refreshHandle(key), data);
    expect(seen[0]?.bound.map["kms-header"]).not.toBe(seen[1]?.bound.map["kms-header"]);
    const picked = given(keyedDriver({ driver, row: { version: "provider" } })).kms;
    const its = await picked.generateKey("it", aes);
    expect(describeCiphertext(await picked.encrypt(its, data)).keyVersion).toBeNull();
    expect(seen[2]?.key.version).toBeUndefined();
    await picked.encrypt(its, data);
    expect(seen[3]?.bound.map["kms-header"]).toBe(seen[2]?.bound.map["kms-header"]);
  });

  it("carries no header entry for data keys and for the vendor's own ciphertexts", async () => {
    const maps: object[] = [];
    const { seen, driver } = watched();
    const encrypted = { providerId: "fake", providerInfo: data, ciphertext: data };
    const { kms } = given(
      keyedDriver({
        driver: {
          ...driver,
          generateDataKey: (key, length, bound) => {
            maps.push({ ...bound.map });
            return { id: key.id, version: key.version, plaintext: new Uint8Array(length), encrypted };
          },
          wrapDataKey: (key, _plaintext, bound) => {
            maps.push({ ...bound.map });
            return { id: key.id, version: key.version, encrypted };
          },
          unwrapDataKey: (key, _encrypted, bound) => {
            maps.push({ ...bound.map });
            return { id: key.id, version: undefined, bytes: new Uint8Array(32) };
          },
        },
      }),
    );
    const key = await kms.generateKey("it", aes);
    await kms.generateDataKey(key, 32, { a: "1" });
    await kms.wrapDataKey(key, new Uint8Array(32), { a: "1" });
    await kms.unwrapDataKey(key, encrypted, { a: "1" });
    await kms.decryptNative(key, data, { "aws:s3:arn": "1" });
    expect([...maps, { ...seen[0]?.bound.map }]).toEqual([{ a: "1" }, { a: "1" }, { a: "1" }, { "aws:s3:arn": "1" }]);
  });
});

describe("decrypt pins the key", () => {
  const header = (change: object): Uint8Array =>
    encodeHeader({ kind: "fake", keyId: "store/key", keyVersion: "1", algorithm: "AES-256-GCM", ...change });
  const refusals: readonly (readonly [string, object])[] = [
    ["another kind", { kind: "aws-kms" }],
    ["another key", { keyId: "store/other" }],
    ["another algorithm", { algorithm: "AES-256-KWP" }],
    ["no version where one is named", { keyVersion: null }],
    ["an impossible version", { keyVersion: "../2" }],
  ];
  it.each([
    [
      "at once",
      (error: Error) => {
        throw error;
      },
    ],
    ["later", async (error: Error) => Promise.reject(error)],
  ] as const)(
    "takes a version that the provider does not know, told %s, for a defect of the bytes, unless it is pinned",
    async (_when, fail) => {
      const decrypt = () => fail(vendor("NOT_FOUND")) as never;
      const { kms } = given(keyedDriver({ driver: { decrypt, unwrapKey: decrypt } }));
      const key = await kms.generateKey("it", aes);
      const ciphertext = (keyVersion: string): Uint8Array => Buffer.concat([header({ keyVersion }), data]);
      const refused = await failure(kms.decrypt(key, ciphertext("99")));
      expect([refused.code, refused.cause, refused.keyId]).toEqual(["DECRYPTION_FAILED", undefined, undefined]);
      expect(await code(kms.decrypt(key, ciphertext("1")))).toBe("NOT_FOUND");
    },
  );

  it.each(refusals)(
    "refuses a header with %s before the provider is asked, in one opaque answer",
    async (_what, change) => {
      const { seen, driver } = watched();
      const { kms } = given(keyedDriver({ driver }));
      const key = await kms.generateKey("it", aes);
      const error = await failure(kms.decrypt(key, new Uint8Array([...header(change), 0])));
      const plain = await failure(kms.decrypt(key, data));
      expect(error.code).toBe("DECRYPTION_FAILED");
      expect({ ...error, stack: "", message: error.message }).toEqual({ ...plain, stack: "", message: plain.message });
      expect(seen).toEqual([]);
    },
  );

  it("refuses a version in the header where the provider picks it", async () => {
    const { seen, driver } = watched();
    const { kms } = given(keyedDriver({ driver, row: { version: "provider" } }));
    const key = await kms.generateKey("it", aes);
    expect(await code(kms.decrypt(key, new Uint8Array([...header({}), 0])))).toBe("DECRYPTION_FAILED");
    expect(seen).toEqual([]);
  });

  it("asks for the version that the header names, bound to the header as it stands", async () => {
    const { seen, driver } = watched();
    const keyed = keyedDriver({ driver });
    const { kms } = given(keyed, { maxStateAgeMs: 0 });
    const key = await kms.generateKey("it", aes);
    const old = await kms.encrypt(key, data);
    keyed.record = { ...keyed.record, currentVersion: "2", versions: [version("1"), version("2")] };
    const newer = await kms.encrypt(await kms.refreshHandle(key), data);
    const swapped = new Uint8Array([...header({ keyVersion: "2" }), ...describeCiphertext(old).providerCiphertext]);
    await kms.decrypt(key, swapped);
    await kms.decrypt(key, old);
    expect(seen.slice(2).map(({ key: target }) => target.version)).toEqual(["2", "1"]);
    expect(seen[2]?.bound.bytes).toEqual(seen[1]?.bound.bytes);
    expect(seen[2]?.bound.bytes).not.toEqual(seen[0]?.bound.bytes);
    expect(describeCiphertext(newer).keyVersion).toBe("2");
  });

  it("opens what a replica made, bound to the replica's own header", async () => {
    const { seen, driver } = watched();
    const sameKey = (a: string, b: string): boolean => a.split("@")[0] === b.split("@")[0];
    const { kms } = given(keyedDriver({ driver: { ...driver, sameKey } }));
    const key = await kms.generateKey("it", aes);
    const made = new Uint8Array([...header({ keyId: "store/key@eu" }), 0]);
    await kms.decrypt(key, made);
    expect(seen[0]?.bound.map["kms-header"]).toBe(providerAssociatedData(made)["kms-header"]);
    expect(seen[0]?.key.id).toBe("store/key");
  });
});

describe("what the answer names", () => {
  const answering = (answer: object): object => ({
    encrypt: () => ({ id: "store/key", version: "1", bytes: data, ...answer }),
    decrypt: () => ({ id: "store/key", version: "1", bytes: data, ...answer }),
  });
  it.each([
    ["another key", { id: "store/other" }],
    ["another version", { version: "2" }],
  ])("is compared: %s is TAMPERED, whoever encrypts or decrypts", async (_what, answer) => {
    const { kms } = given(keyedDriver({ driver: answering(answer) }));
    const key = await kms.generateKey("it", aes);
    expect(await code(kms.encrypt(key, data))).toBe("TAMPERED");
    const good = given(keyedDriver()).kms;
    const ciphertext = await good.encrypt(await good.generateKey("it", aes), data);
    expect(await code(kms.decrypt(key, ciphertext))).toBe("TAMPERED");
  });

  it("is not compared where the provider does not say it", async () => {
    const { kms } = given(keyedDriver({ driver: answering({ id: undefined, version: undefined }) }));
    const key = await kms.generateKey("it", aes);
    await expect(kms.encrypt(key, data)).resolves.toBeInstanceOf(Uint8Array);
  });
});

/** A driver whose second version comes with `rotate`. */
const rotating = (): KeyedDriver => {
  const driver = keyedDriver({
    driver: {
      rotate: async () => {
        driver.record = { ...driver.record, currentVersion: "2", versions: [version("1"), version("2")] };
        return { record: driver.record, version: "2" };
      },
    },
  });
  return driver;
};

describe("which version protects", () => {
  it("is read again only when the memory of it is older than maxStateAgeMs", async () => {
    const driver = keyedDriver();
    const { kms, clock } = given(driver, { maxStateAgeMs: 1_000 });
    const key = await kms.generateKey("it", aes);
    driver.calls.length = 0;
    await kms.encrypt(key, data);
    clock.advance(1_000);
    await kms.encrypt(key, data);
    expect(driver.calls).not.toContain("describeKey");
    clock.advance(1);
    driver.record = { ...driver.record, currentVersion: "2", versions: [version("1"), version("2")] };
    expect(describeCiphertext(await kms.encrypt(key, data)).keyVersion).toBe("2");
    expect(driver.calls.filter((name) => name === "describeKey")).toHaveLength(1);
  });

  it("is read every time where maxStateAgeMs is 0", async () => {
    const driver = keyedDriver();
    const { kms } = given(driver, { maxStateAgeMs: 0 });
    const key = await kms.generateKey("it", aes);
    driver.record = { ...driver.record, currentVersion: "2", versions: [version("1"), version("2")] };
    expect(describeCiphertext(await kms.encrypt(key, data)).keyVersion).toBe("2");
  });

  it("is the newest that the handle pins where reading is denied", async () => {
    const driver = keyedDriver({
      record: { currentVersion: "2", versions: [version("1"), version("2")] },
    });
    const { kms, clock } = given(driver, { sealer, maxStateAgeMs: 10 });
    const token = await kms.sealHandle(await kms.generateKey("it", aes));
    Object.assign(driver, { describeKey: async () => Promise.reject(vendor("PERMISSION_DENIED")) });
    const { kms: user } = given(driver, { sealer, maxStateAgeMs: 10, clock });
    const key = await user.openHandle(token, aes);
    expect(describeCiphertext(await user.encrypt(key, data)).keyVersion).toBe("2");
  });

  it("is not guessed when reading fails for another reason", async () => {
    const driver = keyedDriver();
    const { kms, clock } = given(driver, { retries: 0 });
    const key = await kms.generateKey("it", aes);
    clock.advance(60_001);
    Object.assign(driver, { describeKey: async () => Promise.reject(vendor("UNAVAILABLE")) });
    expect(await code(kms.encrypt(key, data))).toBe("UNAVAILABLE");
  });

  it("is refused as TAMPERED when another key is described", async () => {
    const driver = keyedDriver();
    const { kms, clock } = given(driver);
    const key = await kms.generateKey("it", aes);
    clock.advance(60_001);
    driver.record = { ...driver.record, id: "store/other" };
    expect(await code(kms.encrypt(key, data))).toBe("TAMPERED");
  });

  it("is known at once to every handle of the key when one of them rotates it", async () => {
    const driver = rotating();
    const { kms } = given(driver);
    const key = await kms.generateKey("it", aes);
    const another = await kms.getKey("it", "store/key", aes);
    await kms.rotateKey(another);
    expect(describeCiphertext(await kms.encrypt(key, data)).keyVersion).toBe("2");
  });

  it("is not set back by a read that began before a rotation and ended after it", async () => {
    const driver = rotating();
    const { kms, clock } = given(driver, { maxStateAgeMs: 1_000 });
    const key = await kms.generateKey("it", aes);
    clock.advance(1_001);
    const held = gate();
    const before = driver.record;
    const read = driver.describeKey;
    Object.assign(driver, { describeKey: async () => held.promise.then(() => before) });
    const slow = kms.encrypt(key, data);
    await settle();
    Object.assign(driver, { describeKey: read });
    await kms.rotateKey(key);
    held.open();
    await slow;
    expect(describeCiphertext(await kms.encrypt(key, data)).keyVersion).toBe("2");
  });

  it("is nobody's to read where the provider picks it", async () => {
    const driver = keyedDriver({ row: { version: "provider" } });
    const { kms, clock } = given(driver, { maxStateAgeMs: 0 });
    const key = await kms.generateKey("it", aes);
    driver.calls.length = 0;
    clock.advance(1_000_000);
    await kms.decrypt(key, await kms.encrypt(key, data));
    expect(driver.calls).toEqual(["encrypt", "decrypt"]);
  });
});
