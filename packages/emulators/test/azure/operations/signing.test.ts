import { p256, p384, p521 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { JsonWebKey } from "@azure/keyvault-keys";
import { constants, createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bytes, endOf, kidOf, present, refusalOf, start } from "../setup.ts";

const message = bytes("Here is some data to authenticate");
const hashed = (hash: string): Uint8Array => new Uint8Array(createHash(hash).update(message).digest());
const SIGN = ["sign", "verify"];

const CURVES = {
  ES256: { curve: "P-256", hash: "sha256", noble: p256, length: 64 },
  ES256K: { curve: "P-256K", hash: "sha256", noble: secp256k1, length: 64 },
  ES384: { curve: "P-384", hash: "sha384", noble: p384, length: 96 },
  ES512: { curve: "P-521", hash: "sha512", noble: p521, length: 132 },
} as const;

const RSA = [
  ["RS256", "sha256", undefined],
  ["RS384", "sha384", undefined],
  ["RS512", "sha512", undefined],
  ["PS256", "sha256", 32],
  ["PS384", "sha384", 48],
  ["PS512", "sha512", 64],
] as const;

const text = (part: Uint8Array | undefined): string => Buffer.from(present(part)).toString("base64url");
const rsaKey = ({ n, e }: JsonWebKey): KeyObject =>
  createPublicKey({ format: "jwk", key: { kty: "RSA", n: text(n), e: text(e) } });

describe("Sign and Verify with EC keys", () => {
  it.each(Object.entries(CURVES))("%s: r‖s over the digest, good under another library", async (algorithm, row) => {
    const { client, use } = await start();
    const key = await client.createKey("orders", "EC", { curve: row.curve, keyOps: SIGN });
    const digest = hashed(row.hash);
    const point = Buffer.concat([Buffer.from([4]), present(key.key?.x), present(key.key?.y)]);
    for (let at = 0; at < 5; at += 1) {
      const { result } = await use(key.id).sign(algorithm, digest);
      expect(result).toHaveLength(row.length);
      expect(row.noble.verify(result, digest, point, { prehash: false, lowS: false })).toBe(true);
      expect((await use(key.id).verify(algorithm, digest, result)).result).toBe(true);
    }
  });

  it("verifies nothing that was changed, over another digest or by another key", async () => {
    const { client, use } = await start();
    const key = await client.createKey("orders", "EC", { curve: "P-256", keyOps: SIGN });
    const digest = hashed("sha256");
    const { result } = await use(key.id).sign("ES256", digest);
    const check = async (signature: Uint8Array, over = digest) =>
      (await use(key.id).verify("ES256", over, signature)).result;
    for (const at of [0, 31, 32, 63]) {
      const changed = Uint8Array.from(result, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(await check(changed)).toBe(false);
    }
    expect(await check(result.subarray(1))).toBe(false);
    expect(await check(Buffer.concat([result, Buffer.alloc(1)]))).toBe(false);
    // The same two numbers, one of them written with a zero before it.
    expect(await check(Buffer.concat([result.subarray(0, 32), Buffer.alloc(1), result.subarray(32)]))).toBe(false);
    expect(await check(new Uint8Array(64))).toBe(false);
    expect(await check(result, hashed("sha512").subarray(0, 32))).toBe(false);
    const other = await client.createKey("other", "EC", { curve: "P-256", keyOps: SIGN });
    expect((await use(other.id).verify("ES256", digest, result)).result).toBe(false);
  });
});

describe("Sign and Verify with RSA keys", () => {
  it.each(RSA)(
    "%s: over the digest, good under another library",
    async (algorithm, hash, saltLength) => {
      const { client, use } = await start();
      const key = await client.createKey("orders", "RSA", { keySize: 2048, keyOps: SIGN });
      const { result } = await use(key.id).sign(algorithm, hashed(hash));
      const padding = saltLength === undefined ? constants.RSA_PKCS1_PADDING : constants.RSA_PKCS1_PSS_PADDING;
      const options = { key: rsaKey(present(key.key)), padding, ...(saltLength === undefined ? {} : { saltLength }) };
      expect(verify(hash, message, options, result)).toBe(true);
      expect((await use(key.id).verify(algorithm, hashed(hash), result)).result).toBe(true);
      const changed = Uint8Array.from(result, (byte, at) => (at === 100 ? byte ^ 1 : byte));
      expect((await use(key.id).verify(algorithm, hashed(hash), changed)).result).toBe(false);
    },
    60_000,
  );

  it("does not take one padding for the other", async () => {
    const { client, use } = await start();
    const key = await client.createKey("orders", "RSA", { keySize: 2048, keyOps: SIGN });
    const { result } = await use(key.id).sign("RS256", hashed("sha256"));
    expect((await use(key.id).verify("PS256", hashed("sha256"), result)).result).toBe(false);
  });
});

describe("Sign", () => {
  it("takes a digest as long as the hash, and says so in the service's words", async () => {
    const { client, use } = await start();
    const key = await client.createKey("orders", "EC", { curve: "P-256K", keyOps: SIGN });
    expect(await refusalOf(use(key.id).sign("ES256K", new Uint8Array(1)))).toMatchObject({
      status: 400,
      code: "BadParameter",
      message: "Invalid length of 'value': 1 bytes. ES256K requires 32 bytes, encoded with base64url.",
    });
    expect(await endOf(use(key.id).verify("ES256K", new Uint8Array(33), new Uint8Array(64)))).toBe("400 BadParameter");
  });

  it("refuses an algorithm of another type, another curve, and one that it lacks", async () => {
    const { client, use } = await start();
    const key = await client.createKey("orders", "EC", { curve: "P-256", keyOps: SIGN });
    for (const algorithm of ["RS256", "ES256K", "HS256"]) {
      expect(await endOf(use(key.id).sign(algorithm, new Uint8Array(32)))).toBe("400 BadParameter");
    }
    expect(await endOf(use(key.id).sign("RSNULL", new Uint8Array(32)))).toBe("501 EmulatorNotImplemented");
  });

  it("names the version that signed: the one that was asked for, or the latest", async () => {
    const { emulator, client, use } = await start();
    const first = await client.createKey("orders", "EC", { curve: "P-256", keyOps: SIGN });
    const second = await client.createKey("orders", "EC", { curve: "P-256", keyOps: SIGN });
    const digest = hashed("sha256");
    const sign = (id: string) => kidOf((options) => use(id).sign("ES256", digest, options));
    expect(await sign(present(first.id))).toBe(first.id);
    expect(await sign(`${emulator.vaultUrl}/keys/orders`)).toBe(second.id);
    expect(await endOf(use(`${emulator.vaultUrl}/keys/orders/${"0".repeat(32)}`).sign("ES256", digest))).toBe(
      "404 KeyNotFound",
    );
  });
});

describe("HMAC on Managed HSM", () => {
  const start256 = async (hmacInput?: "message" | "digest") => {
    const started = await start({ flavour: "managed-hsm", hmacInput });
    const key = await started.client.createKey("orders", "oct-HSM", { keySize: 256, keyOps: SIGN });
    return { ...started, crypto: started.use(key.id) };
  };

  it("is refused unless it was started with what it takes", async () => {
    const { crypto } = await start256();
    expect(await endOf(crypto.sign("HS256", new Uint8Array(32)))).toBe("501 EmulatorNotImplemented");
    expect(await endOf(crypto.verify("HS256", new Uint8Array(32), new Uint8Array(32)))).toBe(
      "501 EmulatorNotImplemented",
    );
  });

  it.each([
    ["HS256", 32],
    ["HS384", 48],
    ["HS512", 64],
  ] as const)("%s takes a message of any length when started so", async (algorithm, length) => {
    const { crypto } = await start256("message");
    for (const value of [new Uint8Array(), message, new Uint8Array(8192)]) {
      const { result } = await crypto.sign(algorithm, value);
      expect(result).toHaveLength(length);
      expect((await crypto.verify(algorithm, value, result)).result).toBe(true);
      expect((await crypto.verify(algorithm, bytes("another"), result)).result).toBe(false);
      expect((await crypto.verify(algorithm, value, result.subarray(1))).result).toBe(false);
    }
    expect(await endOf(crypto.sign(algorithm, new Uint8Array(8193)))).toBe("501 EmulatorNotImplemented");
  });

  it("takes a digest alone when started so", async () => {
    const { crypto } = await start256("digest");
    const { result } = await crypto.sign("HS256", hashed("sha256"));
    expect((await crypto.verify("HS256", hashed("sha256"), result)).result).toBe(true);
    expect(await endOf(crypto.sign("HS256", message))).toBe("400 BadParameter");
  });
});
