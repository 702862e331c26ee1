import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { decrypt, encrypt, encryptChunks, rawAesRecipient, type EncryptOptions, type Recipient } from "../src/index.ts";
import { dataKey, forge } from "./forge.ts";
import { bytes, knownDataKey, refusal, text } from "./setup.ts";

const recipient = rawAesRecipient("space", "key", randomBytes(32));
const codeOf = async (work: unknown): Promise<string> => (await refusal(work)).code;

describe("the commitment policy", () => {
  const old = forge({ suite: 0x0178 });
  const reader = knownDataKey(dataKey);

  test("reads suites that commit alone, unless it says otherwise", async () => {
    expect(await codeOf(decrypt(reader, old))).toBe("POLICY_VIOLATION");
    const strict = { commitmentPolicy: "require-encrypt-require-decrypt" } as const;
    expect(await codeOf(decrypt(reader, old, {}, strict))).toBe("POLICY_VIOLATION");
    for (const commitmentPolicy of ["require-encrypt-allow-decrypt", "forbid-encrypt-allow-decrypt"] as const) {
      expect((await decrypt(reader, old, {}, { commitmentPolicy })).suite).toBe(0x0178);
      expect((await decrypt(reader, forge(), {}, { commitmentPolicy })).suite).toBe(0x0478);
    }
  });

  test("asks nobody for the data key of a message that it does not read", async () => {
    const asked: Recipient = { ...reader, unwrap: () => expect.unreachable("the recipient was asked") };
    expect(await codeOf(decrypt(asked, old))).toBe("POLICY_VIOLATION");
  });

  test("makes no message where it forbids suites that commit", async () => {
    const forbidding = { commitmentPolicy: "forbid-encrypt-allow-decrypt" } as const;
    expect(await codeOf(encrypt(recipient, bytes("a"), {}, forbidding))).toBe("POLICY_VIOLATION");
    const allowing = { commitmentPolicy: "require-encrypt-allow-decrypt" } as const;
    expect((await decrypt(recipient, await encrypt(recipient, bytes("a"), {}, allowing))).suite).toBe(0x0478);
  });

  test("is one of three", async () => {
    const wrong = { commitmentPolicy: "none" } as never;
    expect(await codeOf(encrypt(recipient, bytes("a"), {}, wrong))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(decrypt(recipient, forge(), {}, wrong))).toBe("INVALID_ARGUMENT");
  });
});

describe("encrypt refuses", () => {
  test.each<[string, EncryptOptions]>([
    ["a suite that is not written", { suite: 0x0178 as never }],
    ["frames of no bytes", { frameBytes: 0 }],
    ["frames longer than their field says", { frameBytes: 2 ** 32 }],
    ["half a byte", { frameBytes: 1.5 }],
    ["an option that it does not have", { frameLength: 5 } as never],
    ["a signal that is none", { signal: {} as never }],
    ["no time", { timeoutMs: 0 }],
    ["required names that are none of the entries", { requiredOnDecrypt: ["row"] }],
    ["an empty list of required names", { requiredOnDecrypt: [] }],
    ["required names that are no list", { requiredOnDecrypt: "tenant" as never }],
    ["a commitment policy that is none", { commitmentPolicy: "" as never }],
  ])("%s", async (_what, options) => {
    expect(await codeOf(encrypt(recipient, bytes("a"), { tenant: "42" }, options))).toBe("INVALID_ARGUMENT");
  });

  test.each<[string, unknown]>([
    ["a list", ["tenant"]],
    ["text", "tenant"],
    ["null", null],
    ["a map", new Map([["tenant", "42"]])],
    ["a number as value", { tenant: 42 }],
    ["an empty name", { "": "42" }],
    ["half a character", { tenant: "\uD83D" }],
    ["half a character in a name", { "\uD83D": "42" }],
    ["a prefix of the official SDK", { "aws-crypto-public-key": "42" }],
    ["a prefix of AWS services", { "aws:s3": "42" }],
    ["a prefix of this library", { "kms-header": "42" }],
  ])("associated data that is or has %s", async (_what, wrong) => {
    expect(await codeOf(encrypt(recipient, bytes("a"), wrong as never))).toBe("INVALID_ARGUMENT");
    expect(() => encryptChunks(recipient, [], wrong as never)).toThrow("associated data");
  });

  test("associated data of more than 8,000 bytes", async () => {
    const full = { a: "é".repeat((8_000 - 2 - 4 - 1) / 2 - 0.5) };
    await encrypt(recipient, bytes("a"), full);
    expect(await codeOf(encrypt(recipient, bytes("a"), { ...full, b: "" }))).toBe("TOO_LARGE");
    expect(await codeOf(encrypt(recipient, bytes("a"), { a: "x".repeat(100_000) }))).toBe("TOO_LARGE");
  });

  test.each<[string, unknown]>([
    ["text", "attack at dawn"],
    ["numbers", [1, 2]],
    ["an ArrayBuffer", new ArrayBuffer(8)],
    ["shared memory", new Uint8Array(new SharedArrayBuffer(8))],
    ["a detached buffer", detached()],
    ["other elements", new Uint16Array(8)],
  ])("plaintext that is %s", async (_what, wrong) => {
    expect(await codeOf(encrypt(recipient, wrong as never))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(decrypt(recipient, wrong as never))).toBe("INVALID_ARGUMENT");
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a list", [recipient]],
    ["text", "space/key"],
  ])("a recipient that is %s", async (_what, wrong) => {
    expect(await codeOf(encrypt(wrong as never, bytes("a")))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(decrypt(wrong as never, bytes("a")))).toBe("INVALID_ARGUMENT");
  });
});

function detached(): Uint8Array {
  const memory = new Uint8Array(8);
  structuredClone(memory.buffer, { transfer: [memory.buffer] });
  return memory;
}

describe("decrypt", () => {
  test("tells base64 of a message from a message", async () => {
    const message = await encrypt(recipient, bytes("a"));
    for (const wrong of [message, forge({ suite: 0x0178 })]) {
      const error = await refusal(decrypt(recipient, bytes(Buffer.from(wrong).toString("base64"))));
      expect([error.code, error.message.includes("base64")]).toEqual(["INVALID_ARGUMENT", true]);
    }
  });

  test("answers associated data that can be passed on", async () => {
    const message = await encrypt(recipient, bytes("a"), { tenant: "42" });
    const { associatedData } = await decrypt(recipient, message);
    expect(associatedData["constructor"]).toBeUndefined(); // it inherits nothing
    const again = await encrypt(recipient, bytes("a"), associatedData);
    expect({ ...(await decrypt(recipient, again, associatedData)).associatedData }).toEqual({ tenant: "42" });
  });

  test("opens names that only others write, and asks for entries that are not stored", async () => {
    const entries = { tenant: "42", row: "7" };
    const message = await encrypt(recipient, bytes("a"), entries, { requiredOnDecrypt: ["row"] });
    expect(Buffer.from(message).includes("tenant")).toBe(true);
    expect(Buffer.from(message).includes("row")).toBe(false);
    const opened = await decrypt(recipient, message, { row: "7" });
    expect([{ ...opened.associatedData }, opened.unstored]).toEqual([entries, ["row"]]);
    for (const wrong of [{}, { row: "8" }, { row: "7", more: "" }]) {
      expect(await codeOf(decrypt(recipient, message, wrong))).toBe("DECRYPTION_FAILED");
    }
  });
});

describe("the caller's memory", () => {
  const slow: Recipient = {
    ...recipient,
    wrap: async (key, request) => {
      await Promise.resolve();
      return recipient.wrap(key, request);
    },
    unwrap: async (...given) => {
      await Promise.resolve();
      return recipient.unwrap(...given);
    },
  };

  test("may change while a recipient is asked: what was given is what is encrypted", async () => {
    const plaintext = bytes("attack at dawn");
    const entries = { tenant: "42" };
    const making = encrypt(slow, plaintext, entries);
    plaintext.fill(0);
    entries.tenant = "43";
    expect(text((await decrypt(recipient, await making, { tenant: "42" })).plaintext)).toBe("attack at dawn");
  });

  test("may change while a recipient is asked: what was given is what is decrypted", async () => {
    const message = await encrypt(recipient, bytes("attack at dawn"));
    const opening = decrypt(slow, message);
    message.fill(0);
    expect(text((await opening).plaintext)).toBe("attack at dawn");
  });

  test("may be gone while a recipient is asked: no message is made of what lay where it was to go", async () => {
    for (const wrap of [recipient.wrap, slow.wrap]) {
      const plaintext = new Uint8Array(5_000).fill(7);
      const detaching: Recipient = {
        ...recipient,
        wrap: (...given) => {
          structuredClone(plaintext.buffer, { transfer: [plaintext.buffer] });
          return wrap(...given);
        },
      };
      expect(await codeOf(encrypt(detaching, plaintext))).toBe("INVALID_ARGUMENT");
    }
  });

  test("may be gone while a recipient is asked: a message that is not there any more does not open", async () => {
    for (const unwrap of [recipient.unwrap, slow.unwrap]) {
      const message = new Uint8Array(await encrypt(recipient, bytes("attack at dawn")));
      const detaching: Recipient = {
        ...recipient,
        unwrap: (...given) => {
          structuredClone(message.buffer, { transfer: [message.buffer] });
          return unwrap(...given);
        },
      };
      expect(await codeOf(decrypt(detaching, message))).toBe("DECRYPTION_FAILED");
    }
  });

  test("is neither changed nor kept, and answers lie in memory of their own", async () => {
    const around = new Uint8Array(64).fill(9);
    const plaintext = around.subarray(10, 20);
    const message = await encrypt(recipient, plaintext);
    expect(message.buffer.byteLength).toBe(message.length);
    const shifted = new Uint8Array(message.length + 7);
    shifted.set(message, 7);
    const opened = await decrypt(recipient, shifted.subarray(7));
    expect(opened.plaintext.buffer.byteLength).toBe(10);
    expect(Object.getPrototypeOf(opened.plaintext)).toBe(Uint8Array.prototype);
    expect(around.every((byte) => byte === 9)).toBe(true);
    expect(shifted.subarray(7)).toEqual(message);
  });

  test("of many frames is one array of its own too", async () => {
    const message = await encrypt(recipient, randomBytes(1_000), {}, { frameBytes: 64, suite: 0x0578 });
    const { plaintext } = await decrypt(recipient, message);
    expect([plaintext.buffer.byteLength, message.buffer.byteLength]).toEqual([1_000, message.length]);
  });
});
