import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { describeMessage, encrypt, rawAesRecipient } from "../../src/index.ts";
import { FrameSealer } from "../../src/message/frame-sealer.ts";
import { readOpening } from "../../src/message/open-header.ts";
import { MessageOpener } from "../../src/streams/message-opener.ts";
import { bytes, flipped, refusal } from "../setup.ts";

const recipient = rawAesRecipient("space", "key", randomBytes(32));
const frameBytes = 32;
const message = Buffer.from(await encrypt(recipient, bytes("attack at dawn".repeat(10)), {}, { frameBytes }));
const { headerBytes } = describeMessage(message);
const sealedBytes = 16 + frameBytes + 16;
const header = message.subarray(0, headerBytes);
const frame = (number: number): Buffer =>
  message.subarray(headerBytes + (number - 1) * sealedBytes, headerBytes + number * sealedBytes);
const fresh = (): MessageOpener => new MessageOpener(readOpening(recipient, undefined));
const codeOf = async (work: unknown): Promise<string> => (await refusal(work)).code;

describe("a reader answers nothing any more", () => {
  test.each<[string, () => Buffer, () => Buffer]>([
    ["a wrong tag", () => Buffer.from(flipped(frame(2), sealedBytes - 1)), () => frame(2)],
    ["a frame out of order, though the rest of the one in order follows", () => frame(3), () => frame(2).subarray(4)],
    ["a frame twice, though the rest of the one in order follows", () => frame(1), () => frame(2).subarray(4)],
  ])("after %s", async (_what, wrong, good) => {
    const opener = fresh();
    expect(await opener.update(Buffer.concat([header, frame(1)]))).toHaveLength(1);
    expect(await codeOf(opener.update(wrong()))).toBe("DECRYPTION_FAILED");
    expect(await codeOf(opener.update(good()))).toBe("DECRYPTION_FAILED");
    expect(await codeOf((async () => opener.final())())).toBe("DECRYPTION_FAILED");
  });

  test("after a header that does not open, though a good message follows", async () => {
    const opener = fresh();
    expect(await codeOf(opener.update(Buffer.from(flipped(header, headerBytes - 1))))).toBe("DECRYPTION_FAILED");
    expect(await codeOf(opener.update(message))).toBe("DECRYPTION_FAILED");
  });

  test("once its key was overwritten: the message is not read under zeros", async () => {
    const opener = fresh();
    await opener.update(header);
    opener.end();
    const zeros = new FrameSealer(Buffer.alloc(32), header.subarray(3, 35));
    const forged = Buffer.alloc(24 + 4 + 16);
    zeros.seal(forged, 0, bytes("evil"), true);
    expect(await codeOf(opener.update(forged))).toBe("DECRYPTION_FAILED");
  });
});

test("a sealer whose key was overwritten seals nothing under zeros", () => {
  const sealer = new FrameSealer(randomBytes(32), randomBytes(32));
  sealer.end();
  expect(() => sealer.seal(Buffer.alloc(100), 0, bytes("secret"), true)).toThrow(TypeError);
  expect(() => sealer.sealApart(bytes("secret"), true)).toThrow(TypeError);
});
