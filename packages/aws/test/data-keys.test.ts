import { describe, expect, test } from "vitest";
import { DecryptCommand } from "@aws-sdk/client-kms";
import { bytes, call, context, refusal, rejection, stand, target, text, type Stand } from "./setup.ts";

const algorithm = "AES-256-GCM";
const given = context({ tenant: "42" });

const keyOf = async ({ driver }: Stand) => target(await driver.createKey({ algorithm }, call()), algorithm);

describe("data keys", () => {
  test.each([16, 24, 32])("a fresh one of %d bytes unwraps to itself", async (length) => {
    const here = await stand();
    const key = await keyOf(here);
    const made = await here.driver.generateDataKey(key, length, given, call());
    expect(made.plaintext).toHaveLength(length);
    expect(made.plaintext.buffer.byteLength).toBe(length);
    const opened = await here.driver.unwrapDataKey(key, made.encrypted, given, call());
    expect(opened.bytes).toEqual(made.plaintext);
    expect(opened).toMatchObject({ id: key.id, version: made.version });
  });

  test("are named as the official keyrings name them: aws-kms and the key's ARN", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const { encrypted } = await here.driver.generateDataKey(key, 32, given, call());
    expect(encrypted.providerId).toBe("aws-kms");
    expect(text(encrypted.providerInfo)).toBe(key.id);
  });

  test("open with the raw SDK under the caller's context alone", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const { plaintext, encrypted } = await here.driver.generateDataKey(key, 32, given, call());
    const opened = await here.client.send(
      new DecryptCommand({ CiphertextBlob: encrypted.ciphertext, EncryptionContext: { tenant: "42" } }),
    );
    expect(new Uint8Array(opened.Plaintext ?? [])).toEqual(plaintext);
  });

  test("a data key made elsewhere wraps and unwraps", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const wrapped = await here.driver.wrapDataKey(key, bytes("0123456789abcdef"), given, call());
    expect(wrapped).toMatchObject({ id: key.id, version: undefined, encrypted: { providerId: "aws-kms" } });
    expect(text((await here.driver.unwrapDataKey(key, wrapped.encrypted, given, call())).bytes)).toBe(
      "0123456789abcdef",
    );
  });

  test("wrong associated data does not unwrap", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const { encrypted } = await here.driver.generateDataKey(key, 32, given, call());
    const cause = await rejection(here.driver.unwrapDataKey(key, encrypted, context(), call()));
    expect(here.driver.classify(cause, "unwrapDataKey").code).toBe("DECRYPTION_FAILED");
  });

  test.each([
    ["another provider", { providerId: "google-cloud-kms" }],
    [
      "another key",
      { providerInfo: bytes("arn:aws:kms:eu-west-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab") },
    ],
    ["an alias", { providerInfo: bytes("alias/orders") }],
    ["bytes that are no text", { providerInfo: Uint8Array.of(0xff, 0xfe) }],
    ["no key", { providerInfo: new Uint8Array() }],
    ["an empty ciphertext", { ciphertext: new Uint8Array() }],
  ])("one that names %s is DECRYPTION_FAILED without a call", async (_what, altered) => {
    const here = await stand();
    const key = await keyOf(here);
    const { encrypted } = await here.driver.generateDataKey(key, 32, given, call());
    here.emulator.requests.clear();
    const error = await refusal(here.driver.unwrapDataKey(key, { ...encrypted, ...altered }, given, call()));
    expect(error.code).toBe("DECRYPTION_FAILED");
    expect(error.cause).toBeUndefined();
    expect(here.emulator.requests.count()).toBe(0);
  });

  test("one that names the key in other bytes, a byte order mark in front, is DECRYPTION_FAILED", async () => {
    const here = await stand();
    const key = await keyOf(here);
    const { encrypted } = await here.driver.generateDataKey(key, 32, given, call());
    const providerInfo = bytes(`\u{feff}${key.id}`);
    const error = await refusal(here.driver.unwrapDataKey(key, { ...encrypted, providerInfo }, given, call()));
    expect(error.code).toBe("DECRYPTION_FAILED");
  });
});
