import { createPrivateKey, diffieHellman, createPublicKey, hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { KmsDriver } from "../../src/driver.ts";
import { encodeHeader } from "../../src/keys/ciphertext-header.ts";
import { code, data, given } from "./given.ts";
import { curvePair, edwardsPair, keyedDriver, version, type KeyedDriver } from "./keyed-driver.ts";

const ecdh = { algorithm: "ECDH-P384" } as const;
const kwp = { algorithm: "AES-256-KWP" } as const;
const pair = curvePair("P-384");
const peer = curvePair("P-384");
const shared = (): Uint8Array =>
  new Uint8Array(
    diffieHellman({
      privateKey: createPrivateKey(pair.privateKey.export({ format: "pem", type: "pkcs8" })),
      publicKey: createPublicKey({ key: Buffer.from(peer.spki), format: "der", type: "spki" }),
    }),
  );
const agreeing = (more: Partial<KmsDriver<never, never>> = {}): KeyedDriver => {
  const driver: KeyedDriver = keyedDriver({
    ...ecdh,
    row: { operations: ["deriveSharedSecret"] },
    record: { versions: [version("1", { publicKey: pair.spki })] },
    driver: {
      deriveSharedSecret: (key) => {
        driver.calls.push("derive");
        return { id: key.id, version: key.version, bytes: shared() };
      },
      ...more,
    },
  });
  return driver;
};

describe("deriveSharedSecret", () => {
  const kdf = { info: data, lengthBytes: 42 };

  it("gives HKDF of the secret with the caller's info and the curve's digest, and wipes the secret", async () => {
    const raw = shared();
    const { kms } = given(
      agreeing({ deriveSharedSecret: ({ id, version: name }) => ({ id, version: name, bytes: raw }) }),
    );
    const derived = await kms.deriveSharedSecret(await kms.generateKey("it", ecdh), peer.spki, kdf);
    expect(Buffer.from(derived)).toEqual(Buffer.from(hkdfSync("sha384", shared(), new Uint8Array(0), data, 42)));
    expect(raw).toEqual(new Uint8Array(raw.length));
  });

  it.each([0, 16, 47, 49])("refuses a secret of %i bytes, which the curve never has, and wipes it", async (length) => {
    const raw = new Uint8Array(length).fill(7);
    const { kms } = given(
      agreeing({ deriveSharedSecret: ({ id, version: name }) => ({ id, version: name, bytes: raw }) }),
    );
    const key = await kms.generateKey("it", ecdh);
    expect(await code(kms.deriveSharedSecret(key, peer.spki, kdf))).toBe("TAMPERED");
    expect(raw).toEqual(new Uint8Array(length));
  });

  it("needs info, and a length from 16 to 255 digests", async () => {
    const driver = agreeing();
    const { kms } = given(driver);
    const key = await kms.generateKey("it", ecdh);
    driver.calls.length = 0;
    const wrong = [undefined, {}, { info: data }, { lengthBytes: 32 }, { info: new Uint8Array(0), lengthBytes: 32 }];
    const lengths = [0, 15, -1, 1.5, 255 * 48 + 1, "32"].map((lengthBytes) => ({ info: data, lengthBytes }));
    for (const value of [...wrong, ...lengths]) {
      expect(await code(kms.deriveSharedSecret(key, peer.spki, value as typeof kdf))).toBe("INVALID_ARGUMENT");
    }
    expect(await kms.deriveSharedSecret(key, peer.spki, { info: data, lengthBytes: 255 * 48 })).toHaveLength(12_240);
    expect(driver.calls).toEqual(["derive"]);
  });

  it.each([
    ["no SPKI", data],
    ["another curve", curvePair("P-256").spki],
    ["another type", edwardsPair().spki],
    ["a point off the curve", peer.spki.map((byte, at) => (at === 119 ? byte ^ 1 : byte))],
  ])("refuses a peer's public key that is %s before the provider is asked", async (_what, spki) => {
    const driver = agreeing();
    const { kms } = given(driver);
    const key = await kms.generateKey("it", ecdh);
    driver.calls.length = 0;
    expect(await code(kms.deriveSharedSecret(key, spki, kdf))).toBe("INVALID_ARGUMENT");
    expect(driver.calls).toEqual([]);
  });

  it("is TAMPERED when another key answers", async () => {
    const { kms } = given(agreeing({ deriveSharedSecret: () => ({ id: "store/x", version: "1", bytes: shared() }) }));
    expect(await code(kms.deriveSharedSecret(await kms.generateKey("it", ecdh), peer.spki, kdf))).toBe("TAMPERED");
  });
});

describe("wrapKey and unwrapKey", () => {
  const wrapping = (): KeyedDriver => {
    const driver: KeyedDriver = keyedDriver({
      ...kwp,
      row: { operations: ["wrapKey", "unwrapKey"] },
      driver: {
        wrapKey: (key, material) => {
          driver.calls.push(`wrap ${key.version}`);
          return { id: key.id, version: key.version, bytes: material.map((byte) => byte ^ 0xff) };
        },
        unwrapKey: (key, wrapped) => {
          driver.calls.push(`unwrap ${key.version}`);
          return { id: key.id, version: key.version, bytes: wrapped.map((byte) => byte ^ 0xff) };
        },
      },
    });
    return driver;
  };

  it("name the version in a header that must be this key's", async () => {
    const driver = wrapping();
    const { kms } = given(driver);
    const key = await kms.generateKey("it", kwp);
    const wrapped = await kms.wrapKey(key, data);
    expect(await kms.unwrapKey(key, wrapped)).toEqual(data);
    driver.calls.length = 0;
    const genuine = { kind: "fake", keyId: "store/key", keyVersion: "1", ...kwp };
    const forged = [
      { kind: "x" },
      { keyId: "store/x" },
      { keyVersion: null },
      { keyVersion: "../1" },
      { algorithm: "AES-256-GCM" as const },
    ];
    for (const change of forged) {
      const bytes = new Uint8Array([...encodeHeader({ ...genuine, ...change }), 1]);
      expect(await code(kms.unwrapKey(key, bytes))).toBe("DECRYPTION_FAILED");
    }
    expect(await code(kms.unwrapKey(key, data))).toBe("DECRYPTION_FAILED");
    expect(driver.calls).toEqual([]);
    await kms.unwrapKey(key, new Uint8Array([...encodeHeader({ ...genuine, keyVersion: "7" }), 1]));
    expect(driver.calls).toEqual(["unwrap 7"]);
  });

  it("refuse empty material", async () => {
    const { kms } = given(wrapping());
    expect(await code(kms.wrapKey(await kms.generateKey("it", kwp), new Uint8Array(0)))).toBe("INVALID_ARGUMENT");
  });
});
