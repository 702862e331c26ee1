import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Algorithm, KeyRecord } from "../../src/driver.ts";
import { code, failure, given, sealer } from "./given.ts";
import { curvePair, keyedDriver, signingDriver, version, type KeyedDriver } from "./keyed-driver.ts";

const aes = { algorithm: "AES-256-GCM" } as const;
const mlDsa = { algorithm: "ML-DSA-87" } as const;

/** An SPKI (RFC 9881) in form alone; `at` tells one from another. */
const lattice = (at: number): Uint8Array<ArrayBuffer> => {
  const prefix = Buffer.from("30820a32300b060960864801650304031303820a2100", "hex");
  return new Uint8Array([...prefix, ...new Uint8Array(2_592).fill(at)]);
};
const latticeVersions = (count: number): ReturnType<typeof version>[] =>
  Array.from({ length: count }, (_, at) => version(String(at + 1), { publicKey: lattice(at + 1) }));
const latticeDriver = (count: number, more: Partial<KeyRecord<never>> = {}): KeyedDriver =>
  signingDriver([], {
    ...mlDsa,
    record: { versions: latticeVersions(count), currentVersion: String(count), ...more },
  });

describe("a handle that was made opens again", () => {
  it.each<readonly [string, Partial<KeyRecord<never>>]>([
    ["native", { native: "" }],
    ["native", { native: 1 as never }],
    ["native", { native: "\ud800" }],
    ["keyId", { id: "store/../key" }],
    ["destructionWindowDays", { destructionWindowDays: -1 }],
    ["destructionWindowDays", { destructionWindowDays: 7.5 }],
    ["destructionWindowDays", { destructionWindowDays: Number.NaN }],
    ["exportable", { exportable: undefined as never }],
    ["versions", { versions: [version("1"), version("1")] }],
    ["versions", { versions: [version("")], currentVersion: "" }],
    ["versions", { versions: [version("1", { createdAt: new Date(Number.NaN) })] }],
    ["versions", { versions: [version("v".repeat(70_000))], currentVersion: "v".repeat(70_000) }],
    ["native", { native: "n".repeat(70_000) }],
  ])("or is refused as UNKNOWN, naming what the provider answered: %s", async (member, record) => {
    const { kms } = given(keyedDriver({ record }), { sealer });
    const refused = await failure(kms.getKey("it", "store/key", aes));
    expect(refused).toMatchObject({ code: "UNKNOWN", outcome: "none", provider: "it" });
    expect(refused.message).toContain(member);
  });

  it("or is refused as UNKNOWN where the driver reads no scope out of the key id", async () => {
    const { kms } = given(keyedDriver({ driver: { scopeOf: () => "" } }), { sealer });
    expect(await code(kms.getKey("it", "store/key", aes))).toBe("UNKNOWN");
  });

  it("or says with the key id that the key was made, where that is refused", async () => {
    const { kms } = given(keyedDriver({ record: { native: "" } }), { sealer });
    expect(await failure(kms.generateKey("it", aes))).toMatchObject({
      code: "UNKNOWN",
      outcome: "done",
      keyId: "store/key",
    });
  });

  it("also where the provider keeps no destroyed key for even a day: no window is remembered", async () => {
    const { kms } = given(keyedDriver({ record: { destructionWindowDays: 0 } }), { sealer });
    const token = await kms.sealHandle(await kms.getKey("it", "store/key", aes));
    expect(await kms.openHandle(token)).toMatchObject({ keyId: "store/key" });
  });

  it("with as many of the newest versions as a token holds, where their public keys are long", async () => {
    const { kms } = given(latticeDriver(64), { sealer });
    const key = await kms.getKey("it", "store/key", mlDsa);
    const opened = await kms.openHandle(await kms.sealHandle(key), mlDsa);
    expect((await kms.getPublicKey(opened, { keyVersion: "64" })).spki).toEqual(lattice(64));
    expect((await kms.getPublicKey(opened, { keyVersion: "50" })).spki).toEqual(lattice(50));
    expect(await code(kms.getPublicKey(opened, { keyVersion: "40" }))).toBe("STALE_HANDLE");
  });

  it("with the version that signs, however old it is and however many are newer", async () => {
    const { kms } = given(latticeDriver(64, { currentVersion: "1" }), { sealer });
    const key = await kms.getKey("it", "store/key", mlDsa);
    const opened = await kms.openHandle(await kms.sealHandle(key), mlDsa);
    expect((await kms.getPublicKey(opened)).keyVersion).toBe("1");
    expect((await kms.getPublicKey(opened, { keyVersion: "64" })).keyVersion).toBe("64");
  });

  it("whatever it is restricted to, or is refused as TOO_LARGE when it is restricted", async () => {
    const versions = Array.from({ length: 64 }, (_, at) => version(`${"v".repeat(900)}${at}`));
    const driver = keyedDriver({ record: { versions, currentVersion: versions[63]?.version } });
    const { kms } = given(driver, { sealer });
    const key = await kms.getKey("it", "store/key", aes);
    const most = kms.restrictKey(key, { requiredAssociatedData: { a: "\u0001".repeat(7_993) } });
    expect((await kms.openHandle(await kms.sealHandle(most))).keyId).toBe("store/key");
    const half = kms.restrictKey(key, { requiredAssociatedData: { a: "x".repeat(5_000) } });
    expect(() => kms.restrictKey(half, { requiredAssociatedData: { b: "x".repeat(5_000) } })).toThrow(
      expect.objectContaining({ code: "TOO_LARGE" }) as Error,
    );
  });
});

describe("whatever a provider answers", () => {
  const pair = curvePair("P-256");
  const odd = fc.constantFrom<unknown>("", "x", "\ud800", 0, 1, -1, 0.5, Number.NaN, null, undefined, true, "1");
  const days = fc.oneof(fc.integer({ min: -3, max: 40_000 }), fc.double(), fc.constant(undefined));
  const names = fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.string({ minLength: 900, maxLength: 2_000 })), {
    maxLength: 70,
  });
  const date = fc.option(fc.date({ noInvalidDate: false }), { nil: undefined });
  const answers = fc.record(
    { native: odd, exportable: odd, destructionWindowDays: days, id: fc.constantFrom("store/key", "", "store/..") },
    { requiredKeys: [] },
  );

  it.each<Algorithm>(["AES-256-GCM", "ECDSA-P256-SHA256"])(
    "a handle of %s either is not made, by a KmsError, or is sealed and opens",
    async (algorithm) => {
      await fc.assert(
        fc.asyncProperty(answers, names, date, async (answer, listed, createdAt) => {
          const record = {
            versions: listed.map((name) => version(name, { publicKey: pair.spki, createdAt })),
            currentVersion: listed.at(-1),
            ...answer,
          } as Partial<KeyRecord<never>>;
          const driver =
            algorithm === "AES-256-GCM" ? keyedDriver({ record }) : signingDriver([pair], { algorithm, record });
          Object.assign(driver, { isVersion: () => true });
          const { kms } = given(driver, { sealer });
          const made = await kms.getKey("it", "store/key", { algorithm }).catch((error: unknown) => error);
          if (made instanceof Error) {
            expect(made).toMatchObject({ name: "KmsError", code: "UNKNOWN" });
            return;
          }
          const key = made as Awaited<ReturnType<typeof kms.getKey>>;
          expect(await kms.openHandle(await kms.sealHandle(key))).toMatchObject({ keyId: "store/key", algorithm });
        }),
        { numRuns: 150 },
      );
    },
  );

  it("a handle of ML-DSA opens with however many versions, and again when it was refreshed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 70 }), async (before, after) => {
        const driver = latticeDriver(before);
        const { kms } = given(driver, { sealer });
        const key = await kms.getKey("it", "store/key", mlDsa);
        driver.record = {
          ...driver.record,
          versions: latticeVersions(Math.max(before, after)),
          currentVersion: String(after),
        };
        const opened = await kms.openHandle(await kms.sealHandle(await kms.refreshHandle(key)), mlDsa);
        expect((await kms.getPublicKey(opened)).keyVersion).toBe(String(after));
      }),
      { numRuns: 20 },
    );
  });
});
