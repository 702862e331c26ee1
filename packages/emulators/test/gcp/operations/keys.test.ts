import { describe, expect, it } from "vitest";
import { codeOf, createKey, DAY_MS, type Key, ONCE, present, refusalOf, start, startAlone } from "../setup.ts";

const NOW = 1_800_000_000_000;
const at = (ms: number) => ({ seconds: String(ms / 1000), nanos: 0 });
const days = (count: number) => ({ seconds: count * 86_400 });
const symmetric = (more: Key): Key => ({ purpose: "ENCRYPT_DECRYPT", ...more });

describe("CreateCryptoKey", () => {
  it("answers a symmetric key with its defaults and a first version, which is primary", async () => {
    const started = await startAlone({ now: () => NOW });
    const [key] = await started.client.createCryptoKey(
      { parent: started.ring, cryptoKeyId: "key", cryptoKey: { purpose: "ENCRYPT_DECRYPT", labels: { team: "a-1" } } },
      ONCE,
    );
    const name = `${started.ring}/cryptoKeys/key`;
    const shared = { algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION", protectionLevel: "SOFTWARE" };
    expect(key).toMatchObject({
      name,
      purpose: "ENCRYPT_DECRYPT",
      createTime: at(NOW),
      versionTemplate: shared,
      labels: { team: "a-1" },
      destroyScheduledDuration: at(30 * DAY_MS),
      nextRotationTime: null,
      primary: {
        ...shared,
        name: `${name}/cryptoKeyVersions/1`,
        state: "ENABLED",
        createTime: at(NOW),
        generateTime: at(NOW),
        destroyTime: null,
      },
    });
  });

  it("makes no version when told so", async () => {
    const { client, ring } = await start();
    const [key] = await client.createCryptoKey(
      { parent: ring, cryptoKeyId: "key", cryptoKey: symmetric({}), skipInitialVersionCreation: true },
      ONCE,
    );
    const [versions] = await client.listCryptoKeyVersions({ parent: present(key.name) }, ONCE);
    expect(key.primary).toBeNull();
    expect(versions).toEqual([]);
  });

  it("answers no primary for keys that do not encrypt", async () => {
    const started = await start();
    const name = await createKey(started, { purpose: "MAC", versionTemplate: { algorithm: "HMAC_SHA256" } });
    const [key] = await started.client.getCryptoKey({ name }, ONCE);
    expect(key.primary).toBeNull();
  });

  it("is refused for a name that is taken, and without its ring", async () => {
    const { client, ring } = await start();
    const create = (parent: string) =>
      client.createCryptoKey({ parent, cryptoKeyId: "key", cryptoKey: symmetric({}) }, ONCE);
    await create(ring);
    expect(await refusalOf(create(ring))).toMatchObject({
      code: "ALREADY_EXISTS",
      message: `CryptoKey ${ring}/cryptoKeys/key already exists.`,
    });
    expect(await codeOf(create(`${ring}-2`))).toBe("NOT_FOUND");
    expect(await codeOf(create("locations/foo"))).toBe("INVALID_ARGUMENT");
  });

  const REFUSED: readonly (readonly [string, Key, string])[] = [
    ["no purpose", {}, "INVALID_ARGUMENT"],
    ["no algorithm", { purpose: "ASYMMETRIC_SIGN" }, "INVALID_ARGUMENT"],
    ["no MAC algorithm", { purpose: "MAC" }, "INVALID_ARGUMENT"],
    [
      "an algorithm of another purpose",
      { purpose: "ASYMMETRIC_SIGN", versionTemplate: { algorithm: "HMAC_SHA256" } },
      "INVALID_ARGUMENT",
    ],
    [
      "secp256k1 in software",
      { purpose: "ASYMMETRIC_SIGN", versionTemplate: { algorithm: "EC_SIGN_SECP256K1_SHA256" } },
      "INVALID_ARGUMENT",
    ],
    ["a rotation period without a time", symmetric({ rotationPeriod: days(30) }), "INVALID_ARGUMENT"],
    [
      "a rotation period under a day",
      symmetric({ rotationPeriod: { seconds: 86_399 }, nextRotationTime: { seconds: NOW } }),
      "INVALID_ARGUMENT",
    ],
    [
      "a rotation period over 876000 hours",
      symmetric({ rotationPeriod: { seconds: 876_000 * 3600 + 1 }, nextRotationTime: { seconds: NOW } }),
      "INVALID_ARGUMENT",
    ],
    [
      "rotation of a MAC key",
      {
        purpose: "MAC",
        versionTemplate: { algorithm: "HMAC_SHA256" },
        rotationPeriod: days(30),
        nextRotationTime: { seconds: NOW },
      },
      "INVALID_ARGUMENT",
    ],
    [
      "a destruction window under a day",
      symmetric({ destroyScheduledDuration: { seconds: 86_399 } }),
      "INVALID_ARGUMENT",
    ],
    ["a destruction window over 120 days", symmetric({ destroyScheduledDuration: days(121) }), "INVALID_ARGUMENT"],
    ["a label with a capital", symmetric({ labels: { Team: "a" } }), "INVALID_ARGUMENT"],
    ["a label value of 64 characters", symmetric({ labels: { team: "a".repeat(64) } }), "INVALID_ARGUMENT"],
    [
      "65 labels",
      symmetric({ labels: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`l${index}`, ""])) }),
      "INVALID_ARGUMENT",
    ],
    ["a raw key", { purpose: "RAW_ENCRYPT_DECRYPT" }, "UNIMPLEMENTED"],
    ["an external key", symmetric({ versionTemplate: { protectionLevel: "EXTERNAL" } }), "UNIMPLEMENTED"],
    ["ML-DSA", { purpose: "ASYMMETRIC_SIGN", versionTemplate: { algorithm: "PQ_SIGN_ML_DSA_65" } }, "UNIMPLEMENTED"],
    [
      "Ed25519 in the HSM, which is not established",
      { purpose: "ASYMMETRIC_SIGN", versionTemplate: { algorithm: "EC_SIGN_ED25519", protectionLevel: "HSM" } },
      "UNIMPLEMENTED",
    ],
    ["a key for imports only", symmetric({ importOnly: true }), "UNIMPLEMENTED"],
    ["a backend", symmetric({ cryptoKeyBackend: "projects/p/locations/l/ekmConnections/c" }), "UNIMPLEMENTED"],
  ];

  it.each(REFUSED)("is refused with %s", async (_, cryptoKey, code) => {
    const { client, ring } = await start();
    expect(await codeOf(client.createCryptoKey({ parent: ring, cryptoKeyId: "key", cryptoKey }, ONCE))).toBe(code);
  });
});

describe("reading keys", () => {
  it("lists them by name and finds none that is not there", async () => {
    const { client, ring } = await start();
    for (const cryptoKeyId of ["key-b", "key-a"]) {
      await client.createCryptoKey({ parent: ring, cryptoKeyId, cryptoKey: symmetric({}) }, ONCE);
    }
    const [keys] = await client.listCryptoKeys({ parent: ring }, ONCE);
    expect(keys.map(({ name }) => name)).toEqual([`${ring}/cryptoKeys/key-a`, `${ring}/cryptoKeys/key-b`]);
    expect(await codeOf(client.getCryptoKey({ name: `${ring}/cryptoKeys/key-c` }, ONCE))).toBe("NOT_FOUND");
    expect(await codeOf(client.listCryptoKeys({ parent: `${ring}-2` }, ONCE))).toBe("NOT_FOUND");
  });
});

describe("automatic rotation", () => {
  it("makes a version primary at each time that comes due, however far the clock moves", async () => {
    const started = await startAlone({ now: () => NOW });
    const [first, period] = [NOW + 2 * DAY_MS, 7 * DAY_MS];
    const name = await createKey(
      started,
      symmetric({ rotationPeriod: days(7), nextRotationTime: { seconds: first / 1000 } }),
    );
    started.emulator.clock.advance(2 * DAY_MS - 1);
    const [before] = await started.client.getCryptoKey({ name }, ONCE);
    started.emulator.clock.advance(1 + 2 * period);
    const [after] = await started.client.getCryptoKey({ name }, ONCE);
    const [versions] = await started.client.listCryptoKeyVersions({ parent: name }, ONCE);
    expect(before.primary?.name).toBe(`${name}/cryptoKeyVersions/1`);
    expect(after.primary?.name).toBe(`${name}/cryptoKeyVersions/4`);
    expect(after.nextRotationTime).toEqual(at(first + 3 * period));
    expect(versions.map(({ createTime }) => createTime)).toEqual([
      at(NOW),
      at(first),
      at(first + period),
      at(first + 2 * period),
    ]);
  });
});
