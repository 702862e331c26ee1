import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { encrypt, rawAesRecipient, type Recipient } from "../src/index.ts";
import { bytes, refusal } from "./setup.ts";

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
