import { createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { RawAesKeyringNode, RawAesWrappingSuiteIdentifier } from "@aws-crypto/client-node";
import { KmsError } from "@kms/core";
import { describe, expect, test } from "vitest";
import {
  anyOf,
  decrypt,
  describeMessage,
  encrypt,
  rawAesRecipient,
  rawRsaRecipient,
  recipientReport,
  type RawRsaKey,
} from "../src/index.ts";
import { official } from "./official.ts";
import { bytes, refusal, text } from "./setup.ts";

const key = new Uint8Array(32).fill(1);
const pemPair = (modulusLength: number) =>
  generateKeyPairSync("rsa", {
    modulusLength,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
const pair = pemPair(2048);
const smallExponent = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
/** The public half with another exponent. */
const withExponent = (exponent: string): string => {
  const jwk = createPublicKey(pair.publicKey).export({ format: "jwk" });
  return createPublicKey({ key: { ...jwk, e: exponent }, format: "jwk" }).export({
    type: "spki",
    format: "pem",
  }) as string;
};
const outcomeOf = async (work: unknown): Promise<string | undefined> => recipientReport(await refusal(work))?.outcome;

describe("a raw AES key", () => {
  test.each([
    [16, RawAesWrappingSuiteIdentifier.AES128_GCM_IV12_TAG16_NO_PADDING],
    [24, RawAesWrappingSuiteIdentifier.AES192_GCM_IV12_TAG16_NO_PADDING],
    [32, RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING],
  ])("of %d bytes agrees with the official keyring, both ways", async (length, wrappingSuite) => {
    const material = new Uint8Array(length).fill(3);
    const here = rawAesRecipient("space", "key", material); // first: the official keyring overwrites what it is given
    const keyring = new RawAesKeyringNode({
      keyNamespace: "space",
      keyName: "key",
      unencryptedMasterKey: material,
      wrappingSuite,
    });
    const { plaintext } = await official.decrypt(keyring, await encrypt(here, bytes("attack at dawn")));
    expect(plaintext.toString()).toBe("attack at dawn");
    const { result } = await official.encrypt(keyring, "attack at noon");
    expect(text((await decrypt(here, result)).plaintext)).toBe("attack at noon");
  });

  test("opens what bears its names alone", async () => {
    const message = await encrypt(rawAesRecipient("space", "key", key), bytes("a"));
    for (const [namespace, name] of [
      ["other", "key"],
      ["space", "other"],
      ["space", "ke"],
      ["space", "key2"],
    ] as const) {
      expect(await outcomeOf(decrypt(rawAesRecipient(namespace, name, key), message))).toBe("not-for-this-recipient");
    }
    const wrong = rawAesRecipient("space", "key", new Uint8Array(32).fill(2));
    expect(await outcomeOf(decrypt(wrong, message))).toBe("failed");
  });

  test("tries each data key that bears its names", async () => {
    const first = rawAesRecipient("space", "key", new Uint8Array(32).fill(2));
    const second = rawAesRecipient("space", "key", key);
    const message = await encrypt(anyOf([first, second]), bytes("a"));
    expect(text((await decrypt(second, message)).plaintext)).toBe("a");
  });

  test("wraps under a fresh initialisation vector each time", async () => {
    const recipient = rawAesRecipient("space", "key", key);
    const infos = new Set<string>();
    for (let count = 0; count < 1_000; count += 1) {
      const [wrapped] = describeMessage(await encrypt(recipient, bytes("a"))).claimedRecipients;
      infos.add(Buffer.from(wrapped?.providerInfo ?? bytes("")).toString("hex"));
    }
    expect(infos.size).toBe(1_000);
  });

  test("is copied", async () => {
    const given = Uint8Array.from(key);
    const recipient = rawAesRecipient("space", "key", given);
    given.fill(0);
    const message = await encrypt(recipient, bytes("a"));
    expect(text((await decrypt(rawAesRecipient("space", "key", key), message)).plaintext)).toBe("a");
  });

  test.each<[string, unknown, unknown, unknown]>([
    ["of another length", "space", "key", new Uint8Array(31)],
    ["that is text", "space", "key", "key"],
    ["without a name", "space", "", key],
    ["without a namespace", "", "key", key],
    ["in a namespace of AWS", "aws-kms", "key", key],
    ["in a namespace that begins like that of AWS", "aws-kms-mine", "key", key],
    ["with half a character in its name", "space", "\uD83D", key],
  ])("%s is refused", (_what, namespace, name, material) => {
    expect(() => rawAesRecipient(namespace as string, name as string, material as Uint8Array)).toThrow(KmsError);
  });
});

describe("a raw RSA key", () => {
  test("wraps by its public half, and opens by its private one alone", async () => {
    const message = await encrypt(rawRsaRecipient("space", "rsa", { publicKey: pair.publicKey }), bytes("a"), {
      a: "1",
    });
    const publicOnly = rawRsaRecipient("space", "rsa", { publicKey: pair.publicKey });
    expect(await outcomeOf(decrypt(publicOnly, message))).toBe("not-for-this-recipient");
    const opened = await decrypt(rawRsaRecipient("space", "rsa", { privateKey: pair.privateKey }), message);
    expect([text(opened.plaintext), { ...opened.associatedData }]).toEqual(["a", { a: "1" }]);
  });

  test("wraps by the public half of a private key", async () => {
    const recipient = rawRsaRecipient("space", "rsa", { privateKey: pair.privateKey });
    expect(text((await decrypt(recipient, await encrypt(recipient, bytes("a")))).plaintext)).toBe("a");
  });

  test("opens what bears its names and padding alone", async () => {
    const recipient = rawRsaRecipient("space", "rsa", pair);
    const message = await encrypt(recipient, bytes("a"));
    for (const [namespace, name] of [
      ["other", "rsa"],
      ["space", "other"],
    ] as const) {
      expect(await outcomeOf(decrypt(rawRsaRecipient(namespace, name, pair), message))).toBe("not-for-this-recipient");
    }
    const otherPadding = rawRsaRecipient("space", "rsa", { ...pair, padding: "oaep-sha512" });
    expect(await outcomeOf(decrypt(otherPadding, message))).toBe("failed");
    expect(await outcomeOf(decrypt(rawRsaRecipient("space", "rsa", pemPair(2048)), message))).toBe("failed");
  });

  test("opens data keys of the length that is asked for alone", async () => {
    const recipient = rawRsaRecipient("space", "rsa", pair);
    const request = { associatedData: {}, associatedDataBytes: bytes(""), signal: undefined, remainingMs: () => 1_000 };
    const wrapped = await recipient.wrap(new Uint8Array(16).fill(7), request);
    expect((await recipient.unwrap(wrapped, 32, request)).dataKey).toBeUndefined();
    expect((await recipient.unwrap(wrapped, 16, request)).dataKey).toEqual(new Uint8Array(16).fill(7));
  });

  test("pads by PKCS #1 v1.5 for the official client, and reads it where the runtime does", async () => {
    const padding = "pkcs1";
    const message = await encrypt(rawRsaRecipient("space", "rsa", { publicKey: pair.publicKey, padding }), bytes("a"));
    const reads = Number(process.versions.node.split(".")[0]) >= 22;
    const read = async () => decrypt(rawRsaRecipient("space", "rsa", { ...pair, padding }), message);
    const outcome = await read().then(
      ({ plaintext }) => text(plaintext),
      (error: unknown) => (KmsError.isInstance(error) ? error.code : error),
    );
    expect(outcome).toBe(reads ? "a" : "UNSUPPORTED");
  });

  test.each<[string, unknown]>([
    ["without a key", {}],
    ["with the exponent 1, which leaves the data key readable", { publicKey: withExponent("AQ") }],
    ["with the exponent 3", { publicKey: withExponent("Aw") }],
    ["with the even exponent 65,538", { publicKey: withExponent("AQAC") }],
    ["with a small exponent in its private half", { privateKey: smallExponent }],
    ["whose halves are no pair", { publicKey: pemPair(2048).publicKey, privateKey: pair.privateKey }],
    ["of 1,024 bits", { publicKey: pemPair(1024).publicKey }],
    [
      "of another kind",
      { publicKey: generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }) },
    ],
    ["that is no key", { publicKey: randomBytes(100) }],
    ["with a padding that is none", { ...pair, padding: "oaep" }],
    ["with a member that it does not have", { ...pair, passphrase: "a" }],
  ])("%s is refused", (_what, wrong) => {
    expect(() => rawRsaRecipient("space", "rsa", wrong as RawRsaKey)).toThrow(KmsError);
  });
});
