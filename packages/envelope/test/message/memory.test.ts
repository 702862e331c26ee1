import { randomBytes } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { decrypt, encrypt, rawAesRecipient, type Recipient } from "../../src/index.ts";
import { BodyReader } from "../../src/message/body-reader.ts";
import { FrameSealer } from "../../src/message/frame-sealer.ts";
import { refusal } from "../setup.ts";

const recipient = rawAesRecipient("space", "key", randomBytes(32));
const plaintext = new Uint8Array(100_000);

/** From here on there is no room for anything larger: not more than a frame, unless told. */
function exhaust(most = 70_000): void {
  const allocate = Buffer.allocUnsafeSlow;
  vi.spyOn(Buffer, "allocUnsafeSlow").mockImplementation((size) => {
    if (size > most) throw new RangeError("Array buffer allocation failed");
    return allocate(size);
  });
}
afterEach(() => {
  vi.restoreAllMocks();
});

test("a message that does not fit into memory at once is TOO_LARGE, made or opened", async () => {
  const message = await encrypt(recipient, plaintext);
  exhaust();
  expect((await refusal(encrypt(recipient, plaintext))).code).toBe("TOO_LARGE");
  expect((await refusal(decrypt(recipient, message))).code).toBe("TOO_LARGE");
});

test("where the caller's bytes cannot be copied while a recipient is asked, nothing of its answer is left behind", async () => {
  const message = await encrypt(recipient, plaintext);
  const keys = [vi.spyOn(FrameSealer.prototype, "end"), vi.spyOn(BodyReader.prototype, "end")];
  for (const answer of [async () => {}, async () => expect.fail("not today")]) {
    const slow: Recipient = {
      ...recipient,
      wrap: async (...given) => answer().then(() => recipient.wrap(...given)),
      unwrap: async (...given) => answer().then(() => recipient.unwrap(...given)),
    };
    exhaust(0);
    const refused = [encrypt(slow, plaintext), decrypt(slow, message)].map(async (work) => (await refusal(work)).code);
    vi.mocked(Buffer.allocUnsafeSlow).mockRestore();
    expect(await Promise.all(refused)).toEqual(["TOO_LARGE", "TOO_LARGE"]);
    await turn();
  }
  expect(keys.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
});
