import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { KmsError } from "@kms/core";
import {
  anyOf,
  cachedRecipient,
  decrypt,
  encrypt,
  rawAesRecipient,
  recipientReport,
  type Recipient,
} from "../src/index.ts";
import { bytes, refusal, text } from "./setup.ts";

const recipient = rawAesRecipient("space", "key", randomBytes(32));

describe("no message is made of what a recipient answers, and its data key is overwritten, where", () => {
  const wrapped = { providerId: "mine", providerInfo: bytes("key"), ciphertext: bytes("wrapped") };
  test.each<[string, unknown]>([
    ["it wraps for nobody", []],
    ["it answers one wrapped data key and no list", wrapped],
    ["it answers nothing", undefined],
    ["a wrapped data key is nothing", [undefined]],
    ["a wrapped data key is text, which would be written as zeros", [{ ...wrapped, ciphertext: "d3JhcHBlZA==" }]],
    ["the information is text", [wrapped, { ...wrapped, providerInfo: "key" }]],
    ["the provider has no name", [{ ...wrapped, providerId: undefined }]],
    ["the name is half a character, which would be written as another", [{ ...wrapped, providerId: "\uD83D" }]],
  ])("%s", async (_what, encrypted) => {
    let seen: Uint8Array | undefined;
    const wrong: Recipient = {
      ...recipient,
      wrap: (key) => {
        seen = key;
        return encrypted as never;
      },
    };
    expect((await refusal(encrypt(wrong, bytes("a")))).code).toBe("TAMPERED");
    expect(seen?.every((byte) => byte === 0)).toBe(true);
  });

  test.each<[string, unknown]>([
    ["it is nothing", undefined],
    ["the data key is nothing", { encrypted: [wrapped] }],
    ["the data key is text", { dataKey: "a".repeat(32), encrypted: [wrapped] }],
    ["the data key is too short", { dataKey: new Uint8Array(31), encrypted: [wrapped] }],
  ])("%s", async (_what, generated) => {
    const wrong: Recipient = { ...recipient, generate: () => generated as never };
    expect((await refusal(encrypt(wrong, bytes("a")))).code).toBe("TAMPERED");
  });
});

test.each<[string, Recipient["wrap"]]>([
  ["at once", () => expect.fail("not today")],
  ["later", async () => expect.fail("not today")],
])(
  "a data key drawn for a recipient that cannot wrap it is overwritten, when that is told %s",
  async (_when, refuse) => {
    let seen: Uint8Array | undefined;
    const refusing: Recipient = {
      ...recipient,
      wrap: (key, request) => {
        seen = key;
        return refuse(key, request);
      },
    };
    await expect(encrypt(refusing, bytes("a"))).rejects.toThrow("not today");
    expect(seen?.every((byte) => byte === 0)).toBe(true);
  },
);

const limits = { maximumAgeMs: 60_000, maximumMessages: 10, maximumBytes: 1_000 };
const message = await encrypt(recipient, bytes("a"));
const report = { recipient: "mine", outcome: "opened" } as const;

describe("what is no answer to an unwrapping is told as TAMPERED, and leaves the message to the others:", () => {
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a data key alone", new Uint8Array(32)],
    ["a data key that is text", { dataKey: "a".repeat(32), report, errors: [] }],
    ["one without a report", { dataKey: new Uint8Array(32), errors: [] }],
    ["one without errors", { dataKey: undefined, report: { ...report, outcome: "failed" } }],
  ])("%s", async (_what, answer) => {
    for (const unwrap of [() => answer as never, async () => answer as never]) {
      const wrong: Recipient = { ...recipient, unwrap };
      for (const asked of [wrong, cachedRecipient(wrong, limits)]) {
        expect((await refusal(decrypt(asked, message))).code).toBe("TAMPERED");
      }
      expect(text((await decrypt(anyOf([wrong, recipient]), message)).plaintext)).toBe("a");
    }
  });
});

describe("one of several who throws leaves the message to the others", () => {
  const throwing = (error: unknown): Recipient => ({
    ...recipient,
    name: "mine",
    unwrap: () => {
      throw error;
    },
  });

  test.each<[string, unknown, string, string]>([
    ["an error of the network", new Error("socket hang up"), "unreachable", "UNAVAILABLE"],
    ["that it is throttled", new KmsError("THROTTLED", "later"), "unreachable", "UNAVAILABLE"],
    ["that it may not", new KmsError("PERMISSION_DENIED", "no"), "permission", "PERMISSION_DENIED"],
    ["that it does not open", new KmsError("DECRYPTION_FAILED", "no"), "failed", "DECRYPTION_FAILED"],
  ])("%s", async (_what, error, outcome, code) => {
    for (const mine of [throwing(error), { ...throwing(error), unwrap: async () => Promise.reject(error) }]) {
      const { plaintext, recipients } = await decrypt(anyOf([mine, recipient]), message);
      expect([text(plaintext), recipients.of?.[0]]).toEqual(["a", { recipient: "mine", outcome }]);
      const refused = await refusal(decrypt(anyOf([mine]), message));
      expect([refused.code, recipientReport(refused)?.of]).toEqual([code, [{ recipient: "mine", outcome }]]);
    }
  });

  test("and the error is the cause of the one told, unless it is about the message", async () => {
    const error = new Error("socket hang up");
    expect((await refusal(decrypt(anyOf([throwing(error)]), message))).cause).toMatchObject({ cause: error });
    const opaque = await refusal(decrypt(anyOf([throwing(new KmsError("DECRYPTION_FAILED", "why"))]), message));
    expect([opaque.cause, opaque.message.includes("why")]).toEqual([undefined, false]);
  });

  test.each(["CANCELLED", "AUDIT_FAILED", "INVALID_ARGUMENT"] as const)("but not by %s", async (code) => {
    const several = anyOf([throwing(new KmsError(code, "stop")), recipient]);
    expect((await refusal(decrypt(several, message))).code).toBe(code);
  });

  test("but not once the caller has left", async () => {
    const leaving = new AbortController();
    const aborted: Recipient = {
      ...recipient,
      unwrap: async () => {
        leaving.abort();
        throw leaving.signal.reason;
      },
    };
    const opening = decrypt(anyOf([aborted, recipient]), message, undefined, { signal: leaving.signal });
    expect((await refusal(opening)).code).toBe("CANCELLED");
  });
});
