import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { decryptChunks, encrypt, rawAesRecipient, rewrap, type Recipient } from "../../src/index.ts";
import { BodyReader } from "../../src/message/body-reader.ts";

const recipient = rawAesRecipient("space", "key", randomBytes(32));
const refusing: Recipient = { ...recipient, wrap: () => expect.fail("not today") };
const message = await encrypt(recipient, new Uint8Array(400).fill(7), {}, { frameBytes: 100 });

/** What was proven, in the memory where it was. */
let proven: Uint8Array[] = [];
beforeEach(() => {
  proven = [];
  const { read } = BodyReader.prototype;
  vi.spyOn(BodyReader.prototype, "read").mockImplementation(function reading(this: BodyReader, chunk, into) {
    read.call(this, chunk, into);
    proven.push(...into);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});
const left = (): boolean[] => proven.map((part) => part.some((byte) => byte !== 0));

describe("plaintext that nobody takes is overwritten", () => {
  test("when the reader stops: what was handed out is his", async () => {
    for await (const part of decryptChunks(recipient, [message])) {
      expect(part).toHaveLength(100);
      break;
    }
    expect(left()).toEqual([true, false, false, false]);
  });

  test("when the reader of a message made anew stops, or nobody can be given its data key", async () => {
    for await (const part of rewrap({ from: recipient, to: recipient }, [message], { frameBytes: 100 })) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    expect(left()).toEqual([false, false, false, false]);
    proven = [];
    const refused = rewrap({ from: recipient, to: refusing }, [message]);
    await expect(refused.next()).rejects.toThrow("not today");
    expect(left()).toEqual([false, false, false, false]);
  });
});
