import { createHash, createPublicKey, verify as verifyLocally } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { SignInput } from "@kms/core/driver";
import { bytes, call, refusal, rejection, stand, version1, type Stand } from "./setup.ts";

const algorithm = "ECDSA-P256-SHA256";
const message = bytes("the message");
const digest = (data: Uint8Array): SignInput => ({
  kind: "digest",
  hash: "SHA-256",
  bytes: createHash("sha256").update(data).digest(),
});

const keyOf = async ({ driver }: Stand) => version1(await driver.createKey({ algorithm }, call()), algorithm);

describe("sign", () => {
  test("makes a DER signature over the digest, not hashed again, that verifies against the public key", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const answer = await here.driver.sign(key, digest(message), call());
    const spki = await here.driver.getPublicKey(key, call());
    const publicKey = createPublicKey({ key: Buffer.from(spki.bytes), format: "der", type: "spki" });
    expect(answer).toMatchObject({ id: key.id, version: undefined });
    expect(verifyLocally("sha256", message, { key: publicKey, dsaEncoding: "der" }, answer.bytes)).toBe(true);
  });

  test.each([
    { kind: "message", bytes: message },
    { kind: "external-mu", bytes: new Uint8Array(64) },
  ] as const)("refuses a $kind, which its row does not ask for", async (input) => {
    const here = await stand();
    const key = await keyOf(here);
    here.emulator.requests.clear();
    expect(await refusal(here.driver.sign(key, input, call()))).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(here.emulator.requests.count()).toBe(0);
  });
});

describe("verify at AWS", () => {
  test("is true for the signature and false for another message", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const { bytes: signature } = await here.driver.sign(key, digest(message), call());
    const good = await here.driver.verify(key, digest(message), signature, call());
    const bad = await here.driver.verify(key, digest(bytes("another")), signature, call());
    expect(good).toEqual({ valid: true, id: key.id, version: undefined });
    expect(bad).toEqual({ valid: false, id: undefined, version: undefined });
  });

  test("is false without a call for a version that the key cannot have", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const { bytes: signature } = await here.driver.sign(key, digest(message), call());
    here.emulator.requests.clear();
    const other = { ...key, version: "a".repeat(64) };
    expect(await here.driver.verify(other, digest(message), signature, call())).toMatchObject({ valid: false });
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("is false for a signature of another key", async () => {
    const here = await stand();
    const [key, other] = [await keyOf(here), await keyOf(here)];
    const { bytes: signature } = await here.driver.sign(other, digest(message), call());
    expect(await here.driver.verify(key, digest(message), signature, call())).toMatchObject({ valid: false });
  });

  test("is false for a signature in which a byte was changed", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const { bytes: signature } = await here.driver.sign(key, digest(message), call());
    for (const index of [0, 5, signature.length - 1]) {
      const altered = signature.map((byte, at) => (at === index ? byte ^ 1 : byte));
      expect(await here.driver.verify(key, digest(message), altered, call())).toMatchObject({ valid: false });
    }
  });

  test.each([0, 6145])("is false, without a call, for a signature of %d bytes", async (length) => {
    const here = await stand();
    const key = await keyOf(here);
    here.emulator.requests.clear();
    expect(await here.driver.verify(key, digest(message), new Uint8Array(length), call())).toMatchObject({
      valid: false,
    });
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("is no verdict when AWS could not look: the error comes through", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const { bytes: signature } = await here.driver.sign(key, digest(message), call());
    await here.driver.setEnabled(key, undefined, false, call());
    const cause = await rejection(here.driver.verify(key, digest(message), signature, call()));
    expect(here.driver.classify(cause, "verify")).toMatchObject({ code: "INVALID_STATE", state: "disabled" });
  });
});
