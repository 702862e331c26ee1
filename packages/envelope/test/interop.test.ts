import { generateKeyPairSync, randomBytes } from "node:crypto";
import { AlgorithmSuiteIdentifier } from "@aws-crypto/client-node";
import { describe, expect, test } from "vitest";
import { decrypt, encrypt, rawAesRecipient, rawRsaRecipient, type Recipient } from "../src/index.ts";
import { official, officialAes, officialBefore, officialRsa, type OfficialSuite } from "./official.ts";

const key = randomBytes(32);
const aes = rawAesRecipient("space", "key", key);
const officialAesKeyring = officialAes("space", "key", key);
const pair = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

const frame = 4_096;
const sizes = [0, 1, frame - 1, frame, frame + 1, 10 * frame];
// Sorted by bytes, U+FFFD comes before U+10000; by UTF-16 units it comes after.
const entries = { "\u{10000}": "last", "\uFFFD": "Größe", tenant: "42", "": "" };
const { "": _empty, ...named } = entries;
const contexts = [undefined, named] as const;
const cases = sizes.flatMap((size) =>
  contexts.map((context) => ({ size, context, with: context ? "with" : "without" })),
);

describe("messages made here open with the official client", () => {
  for (const suite of [0x0478, 0x0578] as const) {
    test.each(cases)(`suite ${suite.toString(16)}, $size bytes, $with associated data`, async ({ size, context }) => {
      const plaintext = randomBytes(size);
      const message = await encrypt(aes, plaintext, context, { suite, frameBytes: frame });
      const opened = await official.decrypt(officialAesKeyring, message);
      expect(opened.plaintext.equals(plaintext)).toBe(true);
      const { "aws-crypto-public-key": publicKey, ...found } = opened.messageHeader.encryptionContext;
      expect({ ...found }).toEqual(context ?? {});
      expect(publicKey === undefined).toBe(suite === 0x0478);
    });
  }

  test("of 100 MiB, at the default frame length", async () => {
    const plaintext = randomBytes(100 * 2 ** 20);
    const message = await encrypt(aes, plaintext, named);
    const opened = await official.decrypt(officialAesKeyring, message);
    expect(opened.plaintext.equals(plaintext)).toBe(true);
  });
});

const committing: readonly OfficialSuite[] = [
  AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
  AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
];
const before: readonly OfficialSuite[] = [
  AlgorithmSuiteIdentifier.ALG_AES128_GCM_IV12_TAG16,
  AlgorithmSuiteIdentifier.ALG_AES192_GCM_IV12_TAG16,
  AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16,
  AlgorithmSuiteIdentifier.ALG_AES128_GCM_IV12_TAG16_HKDF_SHA256,
  AlgorithmSuiteIdentifier.ALG_AES192_GCM_IV12_TAG16_HKDF_SHA256,
  AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA256,
  AlgorithmSuiteIdentifier.ALG_AES128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256,
  AlgorithmSuiteIdentifier.ALG_AES192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
  AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
];

describe("messages of the official client open here", () => {
  for (const suiteId of [...committing, ...before]) {
    const { encrypt: encryptThere } = before.includes(suiteId) ? officialBefore : official;
    test.each(cases)(`suite ${suiteId.toString(16)}, $size bytes, $with associated data`, async ({ size, context }) => {
      const plaintext = randomBytes(size);
      const settings = { suiteId, frameLength: frame, ...(context ? { encryptionContext: context } : {}) };
      const { result } = await encryptThere(officialAesKeyring, plaintext, settings);
      const opened = await decrypt(aes, result, context, { commitmentPolicy: "require-encrypt-allow-decrypt" });
      expect(Buffer.from(opened.plaintext).equals(plaintext)).toBe(true);
      expect(opened.suite).toBe(suiteId);
      expect({ ...opened.associatedData }).toEqual(context ?? {});
    });
  }
});

test("a message of the official client of 100 MiB opens here", async () => {
  const plaintext = randomBytes(100 * 2 ** 20);
  const { result } = await official.encrypt(officialAesKeyring, plaintext, { frameLength: 65_536 });
  expect(Buffer.from((await decrypt(aes, result)).plaintext).equals(plaintext)).toBe(true);
});

describe("the raw RSA keyring", () => {
  test.each([...committing, ...before])("reads and, where it is written here, makes suite %d", async (suiteId) => {
    const here: Recipient = rawRsaRecipient("space", "rsa", { ...pair, padding: "oaep-sha256" });
    const there = officialRsa("space", "rsa", pair, "sha256");
    const plaintext = randomBytes(5_000);
    const { encrypt: encryptThere } = before.includes(suiteId) ? officialBefore : official;
    const { result } = await encryptThere(there, plaintext, { suiteId, encryptionContext: named, frameLength: 1_000 });
    const opened = await decrypt(here, result, named, { commitmentPolicy: "require-encrypt-allow-decrypt" });
    expect([opened.suite, Buffer.from(opened.plaintext).equals(plaintext)]).toEqual([suiteId, true]);
    if (suiteId !== 0x0478 && suiteId !== 0x0578) return;
    const message = await encrypt(here, plaintext, named, { suite: suiteId, frameBytes: 1_000 });
    expect((await official.decrypt(there, message)).plaintext.equals(plaintext)).toBe(true);
  });

  test.each(["sha1", "sha256", "sha384", "sha512"] as const)("agrees with OAEP and %s, both ways", async (hash) => {
    const here: Recipient = rawRsaRecipient("space", "rsa", { ...pair, padding: `oaep-${hash}` });
    const there = officialRsa("space", "rsa", pair, hash);
    const plaintext = randomBytes(100);
    const opened = await official.decrypt(there, await encrypt(here, plaintext, named));
    expect(opened.plaintext.equals(plaintext)).toBe(true);
    const { result } = await official.encrypt(there, plaintext, { encryptionContext: named });
    expect(Buffer.from((await decrypt(here, result, named)).plaintext).equals(plaintext)).toBe(true);
  });
});
