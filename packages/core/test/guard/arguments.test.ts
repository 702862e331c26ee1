import { describe, expect, it } from "vitest";
import { createKms, memoryAuditSink, type KmsOptions } from "../../src/index.ts";
import type { KmsDriver } from "../../src/driver.ts";
import { fakeDriver } from "./fake-driver.ts";
import { code, data, gate, given, sealer, settle } from "./given.ts";
import { curvePair, keyedDriver, macDriver, signingDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const bytes = (): Uint8Array<ArrayBuffer> => Uint8Array.of(1, 2, 3);

/** An object whose members are counted when they are read, and differ each time. */
const shifting = <T>(
  values: readonly T[],
): { readonly value: { readonly member: T }; readonly reads: () => number } => {
  let reads = 0;
  const value = {
    get member(): T {
      reads += 1;
      return values[Math.min(reads, values.length) - 1] as T;
    },
  };
  return { value, reads: () => reads };
};

describe("arguments are read once, when the call is made", () => {
  it("an associated data getter that changes is bound as it was read", async () => {
    const good = fakeDriver();
    const seen: object[] = [];
    const driver = keyedDriver({
      driver: {
        encrypt: async (key, plaintext, bound, call) => {
          await settle();
          seen.push({ ...bound.map });
          return (await good.encrypt?.(key, plaintext, bound, call)) ?? Promise.reject(new Error("none"));
        },
      },
    });
    const { value, reads } = shifting(["first", "second"]);
    const { kms } = given(driver, { authorize: ({ associatedData }) => void seen.push({ ...associatedData }) });
    const key = await kms.generateKey("it", aes);
    seen.length = 0;
    await kms.encrypt(key, data, value);
    expect(reads()).toBe(1);
    expect(seen).toMatchObject([{ member: "first" }, { member: "first" }]);
  });

  it("bytes and maps that change after the call change nothing, whoever answers late", async () => {
    const held = gate();
    const got: Uint8Array[] = [];
    const late = {
      encrypt: async (_key: unknown, plaintext: Uint8Array, { bytes: bound }: { bytes: Uint8Array }) => {
        await held.promise;
        got.push(plaintext, bound);
        return { id: "store/key", version: "1", bytes: bytes() };
      },
    };
    const { kms } = given(keyedDriver({ driver: late }), { audit: memoryAuditSink() });
    const key = await kms.generateKey("it", aes);
    const [plaintext, entries] = [bytes(), { tenant: "42" }];
    const used = kms.encrypt(key, plaintext, entries);
    plaintext.fill(9);
    entries.tenant = "43";
    held.open();
    await used;
    expect(got[0]).toEqual(bytes());
    expect(Buffer.from(got[1] ?? []).includes("42")).toBe(true);
  });

  it("the same for messages, signatures, MACs, wrapped data keys and key material", async () => {
    const slow = { write: async () => settle(), close: async () => undefined };
    const pair = curvePair("P-256");
    const { kms } = given(signingDriver([pair]), { audit: slow });
    const key = await kms.generateKey("it", { algorithm: "ECDSA-P256-SHA256" });
    const message = bytes();
    const signing = kms.sign(key, message);
    message.fill(9);
    const signature = new Uint8Array((await signing).bytes);
    const checking = kms.verify(key, bytes(), signature);
    signature.fill(0);
    expect(await checking).toBe(true);
    const { kms: maker } = given(macDriver(), { audit: slow });
    const mac = await maker.generateKey("it", { algorithm: "HMAC-SHA256" });
    const authenticated = bytes();
    const making = maker.generateMac(mac, authenticated);
    authenticated.fill(9);
    expect(await maker.verifyMac(mac, bytes(), (await making).bytes)).toBe(true);
  });

  it("a configuration and an expectation are read once, and what changes later changes nothing", async () => {
    const slow = { write: async () => settle(), close: async () => undefined };
    const driver = keyedDriver({ record: { labels: { app: "orders" } } });
    const { kms } = given(driver, { audit: slow, sealer });
    const labels = { app: "orders" };
    const making = kms.generateKey("it", { ...aes, labels });
    labels.app = "billing";
    expect((await making).keyId).toBe("store/key");
    const { value, reads } = shifting(["AES-256-GCM", "Ed25519"] as const);
    const expected = Object.defineProperty({}, "algorithm", { enumerable: true, get: () => value.member });
    await kms.getKey("it", "store/key", expected as typeof aes);
    expect(reads()).toBe(1);
  });

  it("options of a list are those of the call, not of the first page", async () => {
    const listKeys = async function* (): AsyncGenerator<{
      readonly id: string;
      readonly labels: Record<string, string>;
    }> {
      yield { id: "store/1", labels: { app: "orders" } };
      yield { id: "store/2", labels: { app: "billing" } };
    };
    const { kms } = given(keyedDriver({ driver: { listKeys }, claims: { listing: ["labels"] } }));
    const labels = { app: "orders" };
    const listing = kms.listKeys("it", { labels });
    labels.app = "billing";
    const ids: string[] = [];
    for await (const { keyId } of listing) ids.push(keyId);
    expect(ids).toEqual(["store/1"]);
  });
});

describe("malformed arguments are INVALID_ARGUMENT before any driver is called, without an event", () => {
  const detached = (): Uint8Array => {
    const gone = bytes();
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    return gone;
  };
  const fail = (): never => {
    throw new Error("getter");
  };
  const throwing = Object.defineProperty({}, "x", { enumerable: true, get: fail });
  const hostile = new Proxy({}, { ownKeys: fail, getOwnPropertyDescriptor: fail, getPrototypeOf: fail });
  const notBytes: readonly unknown[] = [
    undefined,
    null,
    "text",
    1,
    {},
    [1, 2],
    new ArrayBuffer(3),
    new DataView(new ArrayBuffer(3)),
    new Uint16Array(2),
    new Uint8Array(new SharedArrayBuffer(3)),
    detached(),
    hostile,
  ];
  const notMaps: readonly unknown[] = [
    null,
    1,
    "x",
    [],
    [["a", "b"]],
    new Map([["a", "b"]]),
    new Date(),
    hostile,
    throwing,
    { a: 1 },
    { a: null },
    { "": "x" },
    { a: "\ud800" },
    { "\udc00": "x" },
    { "kms-x": "1" },
    { "aws:x": "1" },
    JSON.parse('{"__proto__":"x"}'),
    { [Symbol("s")]: "x" },
  ];
  const notOptions: readonly unknown[] = [
    null,
    1,
    "x",
    { timeoutMs: 0 },
    { timeoutMs: 1.5 },
    { timeoutMs: Infinity },
    { timeoutMs: "1" },
    { timeoutMs: 2 ** 31 },
    { signal: {} },
    { signal: null },
    { timeout: 1 },
    {
      accept: {
        state: "suspended",
        reason: "x",
      },
    },
  ];
  const notConfs: readonly unknown[] = [
    undefined,
    null,
    "AES-256-GCM",
    [],
    {},
    { algorithm: "AES" },
    { ...aes, more: 1 },
  ];
  const notReferences: readonly unknown[] = [
    "",
    "../x",
    "a/../b",
    "a\u0000b",
    "a\nb",
    "a".repeat(10_000_000),
    " a",
    "é",
    1,
    null,
    hostile,
  ];

  const expectEach = async (call: (value: never) => Promise<unknown>, values: readonly unknown[]): Promise<void> => {
    for (const [at, value] of values.entries()) {
      expect([at, await code(call(value as never))]).toEqual([at, "INVALID_ARGUMENT"]);
    }
  };

  it("of bytes, associated data, options, configurations and references", async () => {
    const audit = memoryAuditSink();
    const driver = keyedDriver();
    const { kms } = given(driver, { audit });
    const key = await kms.generateKey("it", aes);
    const written = audit.events().length;
    driver.calls.length = 0;
    await expectEach(async (value) => kms.encrypt(key, value), notBytes);
    await expectEach(async (value) => kms.decrypt(key, value), notBytes);
    await expectEach(async (value) => kms.encrypt(key, data, value), notMaps);
    await expectEach(async (value) => kms.encrypt(key, data, {}, value), notOptions);
    await expectEach(async (value) => kms.generateKey("it", value), notConfs);
    await expectEach(async (value) => kms.sealKeyConf("it", value), notConfs);
    await expectEach(async (value) => kms.getKey("it", value, aes), notReferences);
    await expectEach(
      async (value) => kms.getKey("it", "store/key", value),
      [...notConfs, { ...aes, keyId: "../x" }, { ...aes, keyId: 1 }],
    );
    await expectEach(
      async (value: "it") => kms.getKey(value, "store/key", aes),
      [undefined, null, "", "other", "__proto__", "toString", 1],
    );
    await expectEach(async (value) => kms.generateDataKey(key, value), [0, 8, 33, "32", null, undefined]);
    await expectEach(
      async (value) => kms.wrapDataKey(key, value),
      [...notBytes, new Uint8Array(0), new Uint8Array(33)],
    );
    const encrypted = { providerId: "p", providerInfo: data, ciphertext: data };
    await expectEach(
      async (value) => kms.unwrapDataKey(key, value),
      [
        null,
        {},
        { ...encrypted, providerId: "" },
        { ...encrypted, providerInfo: "x" },
        { ...encrypted, ciphertext: 1 },
      ],
    );
    await expectEach(async (value) => kms.generateRandom("it", value), [0, -1, 1.5, 1025, "8", null, Number.NaN]);
    expect(driver.calls).toEqual([]);
    expect(audit.events().length).toBe(written);
  });

  it("that throw when they are read", async () => {
    const { kms } = given(keyedDriver());
    const key = await kms.generateKey("it", aes);
    for (const value of [hostile, throwing] as never[]) {
      for (const call of [
        () => kms.encrypt(key, data, {}, value),
        () => kms.generateKey("it", value),
        () => kms.getKey("it", "store/key", value),
        () => kms.unwrapDataKey(key, value),
        () => kms.openHandle("x", value),
        () => kms.describeKey(key, value),
      ]) {
        expect(await code(call())).toBe("INVALID_ARGUMENT");
      }
    }
  });

  it("of signatures and MACs", async () => {
    const { kms } = given(signingDriver([curvePair("P-256")]));
    const key = await kms.generateKey("it", { algorithm: "ECDSA-P256-SHA256" });
    const signature = await kms.sign(key, data);
    const wrong = [
      {},
      { ...signature, bytes: "x" },
      { ...signature, keyVersion: undefined },
      { ...signature, keyVersion: 1 },
    ];
    await expectEach(async (value) => kms.verify(key, data, value), [...notBytes, ...wrong]);
    await expectEach(async (value) => kms.sign(key, value), notBytes);
  });

  it("of createKms", () => {
    const driver = fakeDriver();
    const provider = { it: driver };
    const wrong: readonly unknown[] = [
      undefined,
      null,
      {},
      { providers: {} },
      { providers: null },
      { providers: { it: {} } },
      { providers: { it: undefined } },
      {
        providers: {
          it: {
            ...driver,
            specificationVersion: 2,
          },
        },
      },
      {
        providers: provider,
        more: 1,
      },
      {
        providers: provider,
        timeoutMs: 0,
      },
      {
        providers: provider,
        concurrency: 0,
      },
      {
        providers: provider,
        retries: -1,
      },
      {
        providers: provider,
        actor: "",
      },
      {
        providers: provider,
        actor: "a\nb",
      },
      {
        providers: provider,
        audience: 1,
      },
      {
        providers: provider,
        maxStateAgeMs: 1.5,
      },
      {
        providers: provider,
        policy: 1,
      },
    ];
    for (const [at, options] of wrong.entries()) {
      const make = (): unknown => createKms(options as KmsOptions<{ it: KmsDriver }>);
      expect(make, String(at)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }) as Error);
    }
  });
});
