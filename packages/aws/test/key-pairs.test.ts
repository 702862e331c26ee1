import { createPublicKey, constants, createHash, diffieHellman, generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { SignInput } from "@kms/core/driver";
import type { AwsAlgorithm } from "../src/index.ts";
import { bytes, call, context, refusal, rejection, stand, text, told, version1 } from "./setup.ts";

const message = bytes("the message");
const digest = (hash: "SHA-256" | "SHA-384" | "SHA-512"): SignInput => ({
  kind: "digest",
  hash,
  bytes: createHash(hash.replace("-", "")).update(message).digest(),
});
const whole: SignInput = { kind: "message", bytes: message };
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

const signing: readonly (readonly [AwsAlgorithm, SignInput, string | undefined, object])[] = [
  ["RSA-PSS-2048-SHA256", digest("SHA-256"), "sha256", pss],
  ["RSA-PSS-4096-SHA512", digest("SHA-512"), "sha512", pss],
  ["RSA-PKCS1-2048-SHA256", digest("SHA-256"), "sha256", {}],
  ["RSA-PKCS1-4096-SHA512", digest("SHA-512"), "sha512", {}],
  ["ECDSA-P256-SHA256", digest("SHA-256"), "sha256", {}],
  ["ECDSA-P384-SHA384", digest("SHA-384"), "sha384", {}],
  ["ECDSA-P521-SHA512", digest("SHA-512"), "sha512", {}],
  ["ECDSA-secp256k1-SHA256", digest("SHA-256"), "sha256", {}],
  ["Ed25519", whole, undefined, {}],
];

describe.each(signing)("%s", (algorithm, input, hash, options) => {
  test("signs what node:crypto verifies over the message, and verifies at AWS", async () => {
    const { driver } = await stand();
    const key = version1(await driver.createKey({ algorithm }, call()), algorithm);
    const { bytes: signature, id } = await driver.sign(key, input, call());
    const spki = (await driver.getPublicKey(key, call())).bytes;
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    expect(id).toBe(key.id);
    expect(verify(hash, message, { key: publicKey, ...options }, signature)).toBe(true);
    expect(await driver.verify(key, input, signature, call())).toMatchObject({ valid: true, id: key.id });
    const altered = signature.with(9, (signature[9] ?? 0) ^ 1);
    expect(await driver.verify(key, input, altered, call())).toMatchObject({ valid: false });
  });
});

describe("what is signed", () => {
  test.each([
    ["Ed25519", digest("SHA-512")],
    ["RSA-PSS-2048-SHA256", whole],
  ] as const)("with %s is only what its row asks for", async (algorithm, input) => {
    const { driver, emulator } = await stand();
    const key = version1(await driver.createKey({ algorithm }, call()), algorithm);
    emulator.requests.clear();
    expect(await refusal(driver.sign(key, input, call()))).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(emulator.requests.count()).toBe(0);
  });
});

describe("RSA-OAEP", () => {
  const algorithm = "RSA-OAEP-2048-SHA256";
  const none = context();

  test("encrypts and decrypts at AWS without a context", async () => {
    const { driver } = await stand();
    const key = version1(await driver.createKey({ algorithm }, call()), algorithm);
    const made = await driver.encrypt(key, bytes("x"), none, call());
    expect(made.bytes).toHaveLength(256);
    const opened = await driver.decrypt(key, made.bytes, none, call());
    expect(text(opened.bytes)).toBe("x");
    expect(opened).toMatchObject({ id: key.id, version: undefined });
  });

  test("refuses a ciphertext that was changed, and without a call one of another length", async () => {
    const here = await stand();
    const key = version1(await here.driver.createKey({ algorithm }, call()), algorithm);
    const { bytes: made } = await here.driver.encrypt(key, bytes("x"), none, call());
    const changed = here.driver.decrypt(key, made.with(9, (made[9] ?? 0) ^ 1), none, call());
    expect(told(here, await rejection(changed), "decrypt").code).toBe("DECRYPTION_FAILED");
    here.emulator.requests.clear();
    for (const length of [0, 255, 257, 512]) {
      const error = await refusal(here.driver.decrypt(key, new Uint8Array(length), none, call()));
      expect(error.code).toBe("DECRYPTION_FAILED");
    }
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("refuses without a call a version that the key cannot have", async () => {
    const here = await stand();
    const key = version1(await here.driver.createKey({ algorithm }, call()), algorithm);
    const { bytes: made } = await here.driver.encrypt(key, bytes("x"), none, call());
    here.emulator.requests.clear();
    const other = { ...key, version: "b".repeat(64) };
    expect((await refusal(here.driver.decrypt(other, made, none, call()))).code).toBe("DECRYPTION_FAILED");
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("names data keys that were wrapped here by provider and ARN, and unwraps them", async () => {
    const { driver } = await stand();
    const key = version1(await driver.createKey({ algorithm }, call()), algorithm);
    const { bytes: wrapped } = await driver.encrypt(key, new Uint8Array(32).fill(7), none, call());
    const named = driver.nameDataKey(key, wrapped);
    expect([named.providerId, text(named.providerInfo)]).toEqual(["aws-kms", key.id]);
    expect((await driver.unwrapDataKey(key, named, none, call())).bytes).toEqual(new Uint8Array(32).fill(7));
  });
});

describe.each([
  ["ECDH-P256", "P-256"],
  ["ECDH-P384", "P-384"],
  ["ECDH-P521", "P-521"],
] as const)("%s", (algorithm, namedCurve) => {
  test("agrees with node:crypto on the raw secret, in memory of its own", async () => {
    const { driver } = await stand();
    const key = version1(await driver.createKey({ algorithm }, call()), algorithm);
    const peer = generateKeyPairSync("ec", { namedCurve });
    const peerSpki = new Uint8Array(peer.publicKey.export({ format: "der", type: "spki" }));
    const spki = (await driver.getPublicKey(key, call())).bytes;
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    const answer = await driver.deriveSharedSecret(key, peerSpki, call());
    const expected = diffieHellman({ privateKey: peer.privateKey, publicKey });
    expect(Buffer.from(answer.bytes).equals(expected)).toBe(true);
    expect(answer.bytes.buffer.byteLength).toBe(answer.bytes.byteLength);
    expect(answer).toMatchObject({ id: key.id, version: undefined });
  });
});

test("a key for agreement derives nothing for another purpose, and none for agreement signs", async () => {
  const { driver, emulator } = await stand();
  const agreeing = version1(await driver.createKey({ algorithm: "ECDH-P256" }, call()), "ECDH-P256");
  const signs = version1(await driver.createKey({ algorithm: "ECDSA-P256-SHA256" }, call()), "ECDSA-P256-SHA256");
  emulator.requests.clear();
  for (const attempt of [
    () => driver.sign(agreeing, digest("SHA-256"), call()),
    () => driver.deriveSharedSecret(signs, new Uint8Array(91), call()),
    () => driver.encrypt(signs, message, context(), call()),
  ]) {
    expect(await refusal(attempt())).toMatchObject({ code: "INVALID_ARGUMENT" });
  }
  expect(emulator.requests.count()).toBe(0);
});
