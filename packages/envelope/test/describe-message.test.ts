import { describe, expect, test } from "vitest";
import { anyOf, describeMessage, encrypt, rawAesRecipient } from "../src/index.ts";
import { context, forge } from "./forge.ts";
import { bytes, refusal, text } from "./setup.ts";

const recipient = rawAesRecipient("space", "key", new Uint8Array(32).fill(1));
const other = rawAesRecipient("space", "other", new Uint8Array(32).fill(2));

describe("describeMessage", () => {
  test("tells what the header claims", async () => {
    const made = await encrypt(anyOf([recipient, other]), bytes("attack at dawn"), { tenant: "42" }, { frameBytes: 9 });
    const { claimedRecipients, messageId, ...rest } = describeMessage(made);
    expect({ ...rest, claimedAssociatedData: { ...rest.claimedAssociatedData }, proves: [] }).toEqual({
      suite: 0x0478,
      claimedAssociatedData: { tenant: "42" },
      commits: true,
      signed: false,
      framed: true,
      frameBytes: 9,
      headerBytes: made.length - (16 + 9 + 16) - (24 + 5 + 16),
      proves: [],
    });
    expect(messageId).toHaveLength(32);
    expect(
      claimedRecipients.map(({ providerId, providerInfo }) => providerId + text(providerInfo.subarray(0, 3))),
    ).toEqual(["spacekey", "spaceoth"]);
  });

  test("says that nothing is proven, and what a signature does not prove", async () => {
    const signed = await encrypt(recipient, bytes("attack at dawn"), {}, { suite: 0x0578 });
    const { proves, signed: isSigned, claimedAssociatedData } = describeMessage(signed);
    expect(isSigned).toBe(true);
    expect(Object.keys(claimedAssociatedData)).toEqual(["aws-crypto-public-key"]);
    expect(proves.join(" ")).toMatch(/claims.*commits to one data key.*RSA.*never names a sender/);
    expect(describeMessage(forge({ suite: 0x0178 })).proves.join(" ")).toContain("does not commit");
  });

  test("needs the header alone, and no more", () => {
    const message = forge({ context: context(["a", "1"]) });
    const { headerBytes } = describeMessage(message);
    expect(describeMessage(message.subarray(0, headerBytes)).headerBytes).toBe(headerBytes);
  });

  test("hands out memory of its own", async () => {
    const made = await encrypt(recipient, bytes("attack at dawn"));
    const before = describeMessage(made);
    made.fill(0);
    expect(before.messageId.buffer.byteLength).toBe(32);
    expect(before.messageId.some((byte) => byte !== 0)).toBe(true);
  });

  test.each([
    ["nothing", new Uint8Array(0)],
    ["text", bytes("attack at dawn")],
    ["base64 of a message", bytes("AgR4TfvRMU2dVZJbgXIyxeNtbj5eIw8BiTDiwsHyQ")],
    ["a header cut short", forge().subarray(0, 90)],
    ["no bytes", "text" as never],
  ])("refuses %s", async (_what, wrong) => {
    expect((await refusal((async () => describeMessage(wrong))())).code).toBe("INVALID_ARGUMENT");
  });
});
