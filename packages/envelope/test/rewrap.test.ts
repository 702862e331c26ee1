import { generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  decrypt,
  describeMessage,
  encrypt,
  rawAesRecipient,
  rawRsaRecipient,
  rewrap,
  type RewrapOptions,
} from "../src/index.ts";
import { context, dataKey, forge } from "./forge.ts";
import { bytes, flipped, knownDataKey, refusal, text } from "./setup.ts";

const from = rawAesRecipient("space", "old", randomBytes(32));
const { publicKey, privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "der" },
  privateKeyEncoding: { type: "pkcs8", format: "der" },
});
const to = rawRsaRecipient("space", "new", { publicKey, privateKey });

async function rewrapped(message: Uint8Array, options?: RewrapOptions, size = 50): Promise<Buffer> {
  const pieces = Array.from({ length: Math.ceil(message.length / size) }, (_, index) =>
    message.subarray(index * size, (index + 1) * size),
  );
  const parts: Uint8Array[] = [];
  for await (const part of rewrap({ from, to }, pieces, options)) parts.push(part);
  return Buffer.concat(parts);
}

describe("rewrap", () => {
  test.each([0x0478, 0x0578] as const)(
    "makes a message of its own for another recipient, in suite %d alike",
    async (suite) => {
      const plaintext = randomBytes(1_000);
      const old = await encrypt(from, plaintext, { tenant: "42" }, { suite, frameBytes: 100 });
      const made = await rewrapped(old, { frameBytes: 64 });
      const opened = await decrypt(to, made, { tenant: "42" });
      expect(Buffer.from(opened.plaintext).equals(plaintext)).toBe(true);
      expect(opened.suite).toBe(suite);
      expect(describeMessage(made).messageId).not.toEqual(describeMessage(old).messageId);
      expect((await refusal(decrypt(from, made))).code).toBe("DECRYPTION_FAILED");
    },
  );

  test("stores what the old message stored, and asks for what it did not", async () => {
    const entries = { tenant: "42", row: "7" };
    const old = await encrypt(from, bytes("attack at dawn"), entries, { requiredOnDecrypt: ["row"] });
    expect((await refusal(rewrapped(old))).code).toBe("DECRYPTION_FAILED");
    const made = await rewrapped(old, { associatedData: { row: "7" } });
    expect({ ...describeMessage(made).claimedAssociatedData }).toEqual({ tenant: "42" });
    expect(text((await decrypt(to, made, { row: "7" })).plaintext)).toBe("attack at dawn");
    expect((await refusal(decrypt(to, made))).code).toBe("DECRYPTION_FAILED");
  });

  test("takes messages without commitment to a suite that commits", async () => {
    const old = forge({ suite: 0x0178 });
    const parts: Uint8Array[] = [];
    const policy = { commitmentPolicy: "require-encrypt-allow-decrypt" } as const;
    const wider = rewrap({ from: knownDataKey(dataKey), to }, [old], policy);
    for await (const part of wider) parts.push(part);
    const opened = await decrypt(to, Buffer.concat(parts));
    expect([text(opened.plaintext), opened.suite]).toEqual(["1234567812345678end", 0x0478]);
  });

  test("ends in an error where the old message is wrong, cut or longer", async () => {
    const old = await encrypt(from, randomBytes(300), {}, { frameBytes: 100 });
    for (const wrong of [flipped(old, old.length - 1), old.subarray(0, -1), Buffer.concat([old, bytes("x")])]) {
      expect((await refusal(rewrapped(wrong))).code).toBe("DECRYPTION_FAILED");
    }
  });

  test.each<[string, Uint8Array, string]>([
    ["a name with a reserved prefix", context(["aws:s3:arn", "1"]), "UNSUPPORTED"],
    ["a name of this library's own", context(["kms-header", "1"]), "UNSUPPORTED"],
    ["an empty name", context(["", "1"]), "UNSUPPORTED"],
    ["8,001 bytes of associated data", context(["a", "x".repeat(7_994)]), "TOO_LARGE"],
  ])("refuses a message that is bound to %s, and says so", async (_what, stored, code) => {
    const wider = rewrap({ from: knownDataKey(dataKey), to }, [forge({ context: stored })]);
    const error = await refusal(wider.next());
    expect(error).toMatchObject({ code, message: expect.stringMatching(/^The message/) as string });
  });

  test("makes no message under a policy that forbids the suites that are written", async () => {
    const policy = { commitmentPolicy: "forbid-encrypt-allow-decrypt" } as const;
    const old = await encrypt(from, bytes("a"));
    expect(() => rewrap({ from, to }, [old], policy)).toThrow(expect.objectContaining({ code: "POLICY_VIOLATION" }));
  });

  test("refuses wrong options before it reads", () => {
    const unread = { [Symbol.iterator]: () => expect.unreachable("the source was read") };
    expect(() => rewrap({ from, to }, unread, { frameBytes: 0 })).toThrow("frameBytes");
    expect(() => rewrap({ from, to }, unread, { recipients: 2 } as never)).toThrow("recipients");
  });
});
